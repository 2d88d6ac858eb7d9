#include "app/topology.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "show/csv.h"

namespace app {

using net::Ipv4Address;
using net::Ipv4Prefix;
using namespace std::chrono_literals;

namespace {

// On a link the right-hand router holds .1, the left-hand one .2.
Ipv4Address right_end(std::uint32_t link) { return {subnet(link).address().value + 1}; }
Ipv4Address left_end(std::uint32_t link) { return {subnet(link).address().value + 2}; }

speaker::NeighborConfig neighbor(const ChainOptions& options, std::uint32_t router, std::uint32_t peer,
                                 Ipv4Address local, Ipv4Address remote) {
  speaker::NeighborConfig config;
  config.mrai = options.mrai;
  config.peer.address = remote;
  config.peer.local_address = local;
  config.peer.session.local_as = as_number(router);
  config.peer.session.peer_as = as_number(peer);
  config.peer.session.identifier = router_id(router);
  config.peer.session.capabilities.hostname = options.name_prefix + std::to_string(router);
  auto& fsm = config.peer.session.fsm;
  if (options.rfc_timers) {
    fsm.connect_retry = 120s;
    fsm.hold_time = 90s;
  } else {
    fsm.connect_retry = 1s;
    fsm.hold_time = 9s;
  }
  return config;
}

}  // namespace

Ipv4Prefix subnet(std::uint32_t link) {
  if (link <= 255) return {Ipv4Address::of(172, 31, link, 0), 24};
  const std::uint32_t beyond = link - 256;
  return {Ipv4Address::of(10, beyond >> 8, beyond & 0xff, 0), 24};
}

std::uint32_t as_number(std::uint32_t router) {
  if (router == 0) return 100;
  std::uint32_t ten = 10;
  for (std::uint32_t digits = router; digits > 0; digits /= 10) ten *= 10;
  return ten + router;
}

Ipv4Address router_id(std::uint32_t router) { return right_end(router); }

std::vector<RouterPlan> chain(const ChainOptions& options) {
  const auto foreign = [&](std::uint32_t router) {
    return std::ranges::binary_search(options.foreign, router);
  };
  std::vector<RouterPlan> routers(options.hops + 1);
  for (std::uint32_t i = 0; i <= options.hops; ++i) {
    RouterPlan& router = routers[i];
    router.name = options.name_prefix + std::to_string(i);
    router.foreign = foreign(i);
    router.events = options.events;
    router.nexthops = options.nexthops;
    auto& speaker = router.speaker;
    speaker.name = router.name;
    speaker.as = as_number(i);
    speaker.router_id = router_id(i);
    speaker.seed = options.seed * 1'000'003 + i;
    speaker.memory_limit = options.router_memory;
    speaker.networks = {{subnet(i)}, {subnet(i + 1)}};
    if (i > 0) {
      router.node.has_left = true;
      router.node.left = {right_end(i), 24, left_end(i)};
      router.left_peer = static_cast<int>(speaker.neighbors.size());
      if (foreign(i - 1)) router.foreign_peers.push_back(static_cast<std::uint32_t>(router.left_peer));
      speaker.neighbors.push_back(neighbor(options, i, i - 1, right_end(i), left_end(i)));
    } else {
      speaker.networks.push_back({Ipv4Prefix(), true});
      router.node.loopback.push_back({right_end(0), 24});
      router.node.loopback.push_back({options.target, 32});
      router.node.answer_any = options.answer_any;
    }
    if (i < options.hops) {
      router.node.has_right = true;
      router.node.right = {left_end(i + 1), 24, right_end(i + 1)};
      router.right_peer = static_cast<int>(speaker.neighbors.size());
      if (foreign(i + 1)) router.foreign_peers.push_back(static_cast<std::uint32_t>(router.right_peer));
      speaker.neighbors.push_back(neighbor(options, i, i + 1, left_end(i + 1), right_end(i + 1)));
    } else {
      router.node.loopback.push_back({left_end(i + 1), 24});
    }
    if (options.md5_key.empty() && options.ao_key.empty()) continue;
    for (const auto& peer : speaker.neighbors)
      router.tcp.peers.push_back(
          {.address = peer.peer.address, .md5_key = options.md5_key, .ao_key = options.ao_key});
  }
  return routers;
}

std::vector<speaker::SessionEnds> own_sessions(const std::vector<RouterPlan>& chain) {
  std::vector<speaker::SessionEnds> sessions;
  std::uint32_t place = 0;  // among ours, of the router at hand
  for (std::size_t i = 0; i < chain.size(); ++i) {
    if (chain[i].foreign) continue;
    if (i > 0 && !chain[i - 1].foreign)
      sessions.push_back({place - 1, static_cast<std::uint32_t>(chain[i - 1].right_peer), place,
                          static_cast<std::uint32_t>(chain[i].left_peer)});
    ++place;
  }
  return sessions;
}

std::string owner_of(Ipv4Address address, const ChainOptions& options) {
  if (address == options.target) return options.name_prefix + "0";
  for (std::uint32_t link = 0; link <= options.hops + 1; ++link) {
    if (address == right_end(link) && link <= options.hops) return options.name_prefix + std::to_string(link);
    if (address == left_end(link) && link > 0) return options.name_prefix + std::to_string(link - 1);
  }
  return {};
}

std::string check(const ChainOptions& options) {
  if (options.hops < 1 || options.hops > kMaxHops)
    return fmt::format("--hops takes a number from 1 to {}", kMaxHops);
  const Ipv4Address target = options.target;
  if (target.is_this_network() || target.is_loopback() || target.is_multicast() || target.is_class_e())
    return fmt::format("--target {} is not an address that a host can have; take another one",
                       target.to_string());
  for (std::uint32_t link = 0; link <= options.hops + 1; ++link)
    if (subnet(link).contains(target))
      return fmt::format(
          "--target {} lies in {}, which the plan of {} hops gives to link {}; take an address outside it "
          "(chainrouter --hops {} --plan shows the plan)",
          target.to_string(), subnet(link).to_string(), options.hops, link, options.hops);
  if (!options.foreign.empty() && options.foreign.back() > options.hops)
    return fmt::format("--foreign {}: the last router of {} hops is {}{}", options.foreign.back(),
                       options.hops, options.name_prefix, options.hops);
  if (options.foreign.size() > options.hops) return "--foreign leaves no router of ours";
  return {};
}

namespace {

std::string end_text(bool there, const netns::LinkEnd& link, const char* absent) {
  return there ? fmt::format("{}/{}", link.address.to_string(), link.prefix_length) : absent;
}

}  // namespace

std::string plan_table(const ChainOptions& options) {
  std::string text =
      fmt::format("{:<14} {:>10}  {:<15} {:<18} {:<18}\n", "Router", "AS", "Router ID", "Left", "Right");
  for (const RouterPlan& router : chain(options)) {
    text += fmt::format("{:<14} {:>10}  {:<15} {:<18} {:<18}", router.name, router.speaker.as,
                        router.speaker.router_id.to_string(),
                        end_text(router.node.has_left, router.node.left, "-"),
                        end_text(router.node.has_right, router.node.right, "-"));
    for (const auto& address : router.node.loopback)
      text += fmt::format(" lo {}/{}", address.address.to_string(), address.prefix_length);
    if (router.foreign) text += " foreign";
    text += '\n';
  }
  return text;
}

std::string plan_json(const ChainOptions& options) {
  nlohmann::ordered_json routers = nlohmann::ordered_json::array();
  for (const RouterPlan& router : chain(options)) {
    nlohmann::ordered_json json{
        {"name", router.name}, {"as", router.speaker.as}, {"routerId", router.speaker.router_id.to_string()}};
    if (router.node.has_left) json["left"] = router.node.left.address.to_string() + "/24";
    if (router.node.has_right) json["right"] = router.node.right.address.to_string() + "/24";
    for (const auto& address : router.node.loopback)
      json["loopback"].push_back(fmt::format("{}/{}", address.address.to_string(), address.prefix_length));
    for (const auto& network : router.speaker.networks)
      json["networks"].push_back(net::to_string(network.prefix));
    if (router.foreign) json["foreign"] = true;
    routers.push_back(std::move(json));
  }
  return nlohmann::ordered_json{
             {"schema", "chainrouter.plan/1"}, {"hops", options.hops}, {"routers", routers}}
             .dump(2) +
         "\n";
}

std::string plan_csv(const ChainOptions& options) {
  std::string text = "router,as,router_id,left,right,loopback,networks,foreign\n";
  for (const RouterPlan& router : chain(options)) {
    std::vector<std::string> loopback, networks;
    for (const auto& address : router.node.loopback)
      loopback.push_back(fmt::format("{}/{}", address.address.to_string(), address.prefix_length));
    for (const auto& network : router.speaker.networks) networks.push_back(net::to_string(network.prefix));
    const std::string values[] = {router.name,
                                  std::to_string(router.speaker.as),
                                  router.speaker.router_id.to_string(),
                                  end_text(router.node.has_left, router.node.left, ""),
                                  end_text(router.node.has_right, router.node.right, ""),
                                  fmt::format("{}", fmt::join(loopback, " ")),
                                  fmt::format("{}", fmt::join(networks, " ")),
                                  router.foreign ? "true" : "false"};
    text += show::csv_line(values);
  }
  return text;
}

}  // namespace app
