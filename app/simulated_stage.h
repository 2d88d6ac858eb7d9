// A stage for scenarios without a kernel: the speakers of the chain in the simulator, with virtual time.
#pragma once

#include "app/topology.h"
#include "scenario/play.h"
#include "sim/simulator.h"

namespace app {

class SimulatedStage final : public scenario::Stage {
 public:
  explicit SimulatedStage(const ChainOptions& options);

  // The scenario's time starts now.
  void begin() { began_ = network_.now(); }

  scenario::milliseconds now() override;
  bool wait_until(scenario::milliseconds at) override;
  std::string change(scenario::Thing thing, std::uint32_t number, bool up) override;
  std::string originate(std::uint32_t router, net::Ipv4Prefix prefix, bool announce) override;
  bool await_quiet(scenario::milliseconds within) override;
  std::vector<scenario::Table> tables(const std::vector<std::uint32_t>& routers) override;

 private:
  void set_session(std::uint32_t router, std::uint32_t link);
  void set_link(std::uint32_t link);

  std::vector<RouterPlan> plan_;
  scenario::Outages outages_;
  sim::Simulator network_;
  bgp::Instant began_;
};

}  // namespace app
