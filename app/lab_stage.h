// A lab as the stage of a scenario: a thread of its own asks the lab's, and waits for the answers.
#pragma once

#include <future>
#include <memory>
#include <stop_token>

#include "app/lab.h"
#include "scenario/play.h"

namespace app {

class Lab::Stage final : public scenario::Stage {
 public:
  // Its time begins now. A stop request ends every wait; the lab must live as long as this.
  Stage(Lab& lab, std::stop_token stop);

  scenario::milliseconds now() override;
  bool wait_until(scenario::milliseconds at) override;
  std::string change(scenario::Thing thing, std::uint32_t number, bool up) override;
  std::string originate(std::uint32_t router, net::Ipv4Prefix prefix, bool announce) override;
  bool await_quiet(scenario::milliseconds within) override;
  std::vector<scenario::Table> tables(const std::vector<std::uint32_t>& routers) override;

 private:
  using Clock = std::chrono::steady_clock;

  // Runs `question` on the lab's thread, which answers now or later. Nothing: no answer until `deadline`, or
  // broken off.
  template <class Answer>
  std::optional<Answer> ask(std::function<void(std::function<void(Answer)>)> question,
                            Clock::time_point deadline = Clock::time_point::max());

  Lab& lab_;
  std::stop_token stop_;
  Clock::time_point began_ = Clock::now();
};

}  // namespace app
