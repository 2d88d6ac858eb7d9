#include "app/lab_stage.h"

#include <stdexcept>

#include <nlohmann/json.hpp>

namespace app {

namespace asio = boost::asio;
using nlohmann::ordered_json;
using scenario::milliseconds;

void Lab::begin_play() {
  player_ = std::jthread([this](std::stop_token over) {
    try {
      Stage stage(*this, std::move(over));
      const int status = watcher_.play(stage);
      asio::post(io_, [this, status] { stop(status); });
    } catch (const std::exception&) {
      asio::post(io_, [this, failure = std::current_exception()] { fail(failure); });
    }
  });
}

// Who waits for an answer must not take an interruption for a good one.
int Lab::status_if_interrupted() const {
  if (phase_ == Phase::Converged) return watcher_.play ? 1 : 0;
  return options_.exit_when_converged || watcher_.play ? 3 : 0;
}

Lab::Stage::Stage(Lab& lab, std::stop_token stop) : lab_(lab), stop_(std::move(stop)) {}

template <class Answer>
std::optional<Answer> Lab::Stage::ask(std::function<void(std::function<void(Answer)>)> question,
                                      Clock::time_point deadline) {
  const auto promise = std::make_shared<std::promise<std::optional<Answer>>>();
  auto future = promise->get_future();
  const auto settle = [promise](std::optional<Answer> answer) {
    try {
      promise->set_value(std::move(answer));
    } catch (const std::future_error&) {
      // Broken off, or too late: nobody waits for it any more.
    }
  };
  const std::stop_callback broken_off(stop_, [&settle] { settle(std::nullopt); });
  asio::post(lab_.io_, [question = std::move(question), settle] {
    question([settle](Answer answer) { settle(std::move(answer)); });
  });
  if (deadline == Clock::time_point::max()) return future.get();
  if (future.wait_until(deadline) != std::future_status::ready) return std::nullopt;
  return future.get();
}

milliseconds Lab::Stage::now() { return std::chrono::duration_cast<milliseconds>(Clock::now() - began_); }

bool Lab::Stage::wait_until(milliseconds at) {
  if (stop_.stop_requested()) return false;
  if (now() >= at) return true;
  std::promise<void> over;
  const std::stop_callback broken_off(stop_, [&over] { over.set_value(); });
  return over.get_future().wait_until(began_ + at) == std::future_status::timeout;
}

std::string Lab::Stage::change(scenario::Thing thing, std::uint32_t number, bool up) {
  const auto reply = ask<ordered_json>([&lab = lab_, outage = request::Outage{thing, number, up}](
                                           auto answer) { lab.take(outage, std::move(answer)); });
  return reply && reply->contains("error") ? reply->at("error").get<std::string>() : std::string();
}

std::string Lab::Stage::originate(std::uint32_t router, net::Ipv4Prefix prefix, bool announce) {
  ask<bool>([&lab = lab_, router, prefix, announce](auto answer) {
    lab.routers_[router]->post([prefix, announce, answer](speaker::Speaker& speaker) {
      if (announce)
        speaker.announce(prefix, speaker.present());
      else
        speaker.withdraw(prefix, speaker.present());
      answer(true);
    });
  });
  return {};
}

bool Lab::Stage::await_quiet(milliseconds within) {
  return ask<bool>([&lab = lab_](
                       auto answer) { lab.wait_for_quiet([answer](const ordered_json&) { answer(true); }); },
                   Clock::now() + within)
      .has_value();
}

std::vector<scenario::Table> Lab::Stage::tables(const std::vector<std::uint32_t>& routers) {
  struct Tables {
    std::vector<scenario::Table> tables;
    std::string error;  // why one of them could not be read
  };
  auto answered = ask<Tables>([&lab = lab_, &routers](auto answer) {
    struct Round : Tables {
      std::size_t open;
    };
    const auto round = std::make_shared<Round>();
    round->tables.resize(routers.size());
    round->open = routers.size();
    for (std::size_t i = 0; i < routers.size(); ++i)
      lab.routers_[routers[i]]->kernel_table([&lab, round, i, answer](auto table) {
        asio::post(lab.io_, [round, i, answer, table = std::move(table)]() mutable {
          if (table)
            round->tables[i] = *std::move(table);
          else
            round->error = std::move(table.error());
          if (--round->open == 0) answer(std::move(*round));
        });
      });
  });
  if (!answered) return {};
  if (!answered->error.empty()) throw std::runtime_error(answered->error);  // the play cannot go on
  return std::move(answered->tables);
}

}  // namespace app
