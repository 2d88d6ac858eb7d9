#include "app/simulated_stage.h"

namespace app {

using scenario::milliseconds;
using scenario::Thing;

namespace {

constexpr std::uint32_t kLoopback = 1;  // interface index

speaker::ConnectedPrefix connected(net::Ipv4Address local, unsigned length, std::uint32_t interface) {
  return {net::Ipv4Prefix(local, length), local, interface, true};
}

// The links' subnets come first, the left one before the right one.
std::vector<speaker::ConnectedPrefix> connected_prefixes(const netns::NodePlan& node) {
  std::vector<speaker::ConnectedPrefix> prefixes;
  if (node.has_left)
    prefixes.push_back(connected(node.left.address, node.left.prefix_length, netns::kLeftInterfaceIndex));
  if (node.has_right)
    prefixes.push_back(connected(node.right.address, node.right.prefix_length, netns::kRightInterfaceIndex));
  for (const auto& loopback : node.loopback)
    prefixes.push_back(connected(loopback.address, loopback.prefix_length, kLoopback));
  return prefixes;
}

}  // namespace

SimulatedStage::SimulatedStage(const ChainOptions& options)
    : plan_(chain(options)), outages_(options.hops), network_({.seed = options.seed}) {
  network_.check_every_event = false;  // that the detector is right is the tests' business
  for (const RouterPlan& router : plan_) network_.add_router(router.speaker, connected_prefixes(router.node));
  for (std::size_t link = 1; link < plan_.size(); ++link)
    network_.add_link(
        {.router = link - 1,
         .peer = static_cast<std::size_t>(plan_[link - 1].right_peer),
         .connected = plan_[link - 1].node.has_left ? 1u : 0u},
        {.router = link, .peer = static_cast<std::size_t>(plan_[link].left_peer), .connected = 0});
  network_.start();
  begin();
}

milliseconds SimulatedStage::now() {
  return std::chrono::duration_cast<milliseconds>(network_.now() - began_);
}

bool SimulatedStage::wait_until(milliseconds at) {
  if (const auto wait = began_ + at - network_.now(); wait > wait.zero()) network_.run_for(wait);
  return true;
}

// As on the kernel: what goes down says goodbye first, what comes up finds its link there.
std::string SimulatedStage::change(Thing thing, std::uint32_t number, bool up) {
  outages_.set(thing, number, up);
  const bool is_router = thing == Thing::Router;
  for (const std::uint32_t link : is_router ? std::vector{number, number + 1} : std::vector{number}) {
    if (link < 1 || link > outages_.hops()) continue;
    if (up && thing != Thing::Session) set_link(link);
    for (const std::uint32_t router : {link - 1, link})
      if (thing != Thing::Link && (!is_router || router == number)) set_session(router, link);
    if (!up && thing != Thing::Session) set_link(link);
  }
  return {};
}

void SimulatedStage::set_session(std::uint32_t router, std::uint32_t link) {
  const int peer = router == link ? plan_[router].left_peer : plan_[router].right_peer;
  const auto index = static_cast<std::size_t>(peer);
  const bool wanted = outages_.session_wanted(router, link);
  network_.with(router, [&](speaker::Speaker& speaker) {
    if (wanted)
      speaker.enable(index, network_.now());
    else
      speaker.shut_down(index, {}, network_.now());
  });
}

void SimulatedStage::set_link(std::uint32_t link) {
  const bool usable = outages_.link_usable(link);
  if (usable == network_.is_up(link - 1)) return;
  if (usable)
    network_.heal(link - 1);
  else
    network_.cut(link - 1);
}

std::string SimulatedStage::originate(std::uint32_t router, net::Ipv4Prefix prefix, bool announce) {
  network_.with(router, [&](speaker::Speaker& speaker) {
    if (announce)
      speaker.announce(prefix, network_.now());
    else
      speaker.withdraw(prefix, network_.now());
  });
  return {};
}

bool SimulatedStage::await_quiet(milliseconds within) {
  const bgp::Instant end = network_.now() + within;
  if (network_.run_until_quiet(within)) return true;
  if (network_.now() < end) network_.run_for(end - network_.now());  // nothing at all happens until then
  return false;
}

std::vector<scenario::Table> SimulatedStage::tables(const std::vector<std::uint32_t>& routers) {
  std::vector<scenario::Table> tables;
  for (const std::uint32_t router : routers) {
    scenario::Table& table = tables.emplace_back();
    for (const auto& [prefix, next_hop] : network_.kernel(router)) table[prefix] = next_hop.ipv4();
  }
  return tables;
}

}  // namespace app
