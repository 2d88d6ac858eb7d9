// Shared by tests: one speaker between a kernel that takes everything, unless told otherwise, and neighbours
// that the test plays by hand, octet for octet.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "bgp/capabilities.h"
#include "bgp/codec.h"
#include "speaker/speaker.h"

namespace speaker_test {

using namespace std::chrono_literals;
using bgp::Instant;

inline constexpr std::uint32_t kLocalAs = 100;
inline net::Ipv4Prefix prefix(std::string_view text) { return net::Ipv4Prefix::parse(text).value(); }

// Neighbour p is AS 201 + p at 10.0.p.1; our end is 10.0.p.2. It dials, for our speaker is passive.
class World final : private speaker::Transport, private speaker::Fib {
 public:
  // `change`: what is unusual about a neighbour's configuration.
  template <class Change>
  World(std::size_t neighbors, const Change& change, std::optional<std::size_t> memory_limit = {})
      : activity_(neighbors),
        ends_(neighbors),
        speaker_(config_of(neighbors, change, memory_limit), *this, *this, activity_, clock) {
    std::vector<speaker::ConnectedPrefix> connected;
    for (unsigned p = 0; p < neighbors; ++p)
      connected.push_back(
          {prefix(fmt::format("10.0.{}.0/24", p)), net::Ipv4Address::of(10, 0, p, 2), p + 2, true});
    speaker_.start(clock);
    speaker_.set_connected(connected, clock);
  }

  static std::uint32_t as_of(unsigned p) { return 201 + p; }
  static net::Ipv4Address address_of(unsigned p) { return net::Ipv4Address::of(10, 0, p, 1); }

  // The OPEN that a neighbour sends.
  static bgp::Open open_of(unsigned p, std::vector<bgp::Capability> more = {}) {
    bgp::LocalCapabilities usual;
    usual.graceful_restart = false;
    bgp::Open open{4, static_cast<std::uint16_t>(as_of(p)), 90, net::Ipv4Address::of(1, 1, 1, p + 1),
                   bgp::make_capabilities(usual, as_of(p))};
    open.capabilities.insert(open.capabilities.end(), more.begin(), more.end());
    return open;
  }
  // False: our speaker did not take the connection.
  bool connect(unsigned p) {
    const auto connection = speaker_.accepted(address_of(p), net::Ipv4Address::of(10, 0, p, 2), 40000, clock);
    if (!connection) return false;
    ends_[p] = {*connection, true, {}};
    return true;
  }
  void establish(unsigned p, std::vector<bgp::Capability> more = {}) {
    REQUIRE(connect(p));
    say(p, open_of(p, std::move(more)));
    say(p, bgp::Keepalive{});
    REQUIRE(speaker_.peer(p).state() == bgp::State::Established);
    hear(p);
  }
  void say(unsigned p, const bgp::Message& message) {
    std::vector<std::uint8_t> octets;
    bgp::encode(message, {}, octets);
    say_octets(p, octets);
  }
  void say_octets(unsigned p, net::Bytes octets) { speaker_.received(ends_[p].connection, octets, clock); }
  // A route of this neighbour.
  static bgp::Update route(unsigned p, std::string_view network) {
    bgp::Update update;
    update.announced = {prefix(network)};
    update.attributes.origin = bgp::Origin::Igp;
    update.attributes.as_path = bgp::AsPath(std::vector{as_of(p)});
    update.attributes.next_hop = address_of(p);
    return update;
  }
  void announce(unsigned p, std::string_view network) { say(p, route(p, network)); }
  // The connection breaks without a word.
  void lose(unsigned p) {
    speaker_.closed(ends_[p].connection, clock);
    ends_[p].open = false;
  }
  // What our speaker has said to a neighbour since it was last asked.
  std::vector<bgp::Message> hear(unsigned p, std::size_t room = 1 << 16) {
    if (ends_[p].open) speaker_.take_output(ends_[p].connection, room, ends_[p].octets);
    std::vector<bgp::Message> messages;
    net::Bytes rest = ends_[p].octets;
    while (!rest.empty()) {
      const auto frame = bgp::next_frame(rest, bgp::kMaxExtendedOctets);
      REQUIRE((frame && *frame));
      messages.push_back(bgp::decode(**frame, {}).value());
      rest = rest.subspan((*frame)->octets());
    }
    ends_[p].octets.clear();
    return messages;
  }
  // The same, as octets that go behind what is in `out`. Return: the speaker's.
  bool take_octets(unsigned p, std::vector<std::uint8_t>& out, std::size_t room = 1 << 16) {
    return speaker_.take_output(ends_[p].connection, room, out);
  }
  // "UPDATE+10.1.0.0/16 BoRR EoRR EoR NOTIFICATION 6/1", KEEPALIVEs left out.
  std::string words(unsigned p) {
    std::string text;
    for (const bgp::Message& message : hear(p)) {
      const std::string word = word_of(message);
      if (!word.empty()) text += (text.empty() ? "" : " ") + word;
    }
    return text;
  }
  void pass(std::chrono::nanoseconds time) {
    const Instant end = clock + time;
    while (const auto next = speaker_.next_deadline()) {
      if (*next > end) break;
      clock = std::max(clock, *next);
      for (unsigned p = 0; p < ends_.size(); ++p)  // nobody's hold time runs out
        if (ends_[p].open) say(p, bgp::Keepalive{});
      speaker_.tick(clock);
    }
    clock = end;
  }
  bool has_route(std::string_view network) {
    const auto route = speaker_.route(prefix(network), clock);
    return route && !route->paths.empty() && route->paths.front().best;
  }

  Instant clock{1000s};
  int kernel_error = 0;                    // errno of every change from now on
  std::chrono::nanoseconds work_takes{0};  // what the transport's clock is ahead of an input
  speaker::Speaker& speaker() { return speaker_; }
  const speaker::RouterActivity& activity() const { return activity_; }
  // What others know of its work after the test has pulled what it had to say.
  speaker::Busy busy() {
    speaker_.write_progress(ends_[0].connection, clock);
    return activity_.busy;
  }
  bool is_open(unsigned p) const { return ends_[p].open; }

 private:
  struct End {
    speaker::ConnectionId connection;
    bool open = false;
    std::vector<std::uint8_t> octets;
  };

  template <class Change>
  static speaker::SpeakerConfig config_of(std::size_t neighbors, const Change& change,
                                          std::optional<std::size_t> memory_limit) {
    speaker::SpeakerConfig config;
    config.memory_limit = memory_limit;
    config.name = "test";
    config.as = kLocalAs;
    config.router_id = net::Ipv4Address::of(10, 0, 0, 9);
    for (unsigned p = 0; p < neighbors; ++p) {
      speaker::NeighborConfig& neighbor = config.neighbors.emplace_back();
      neighbor.peer.address = address_of(p);
      neighbor.peer.local_address = net::Ipv4Address::of(10, 0, p, 2);
      neighbor.peer.passive = true;
      neighbor.peer.session.local_as = kLocalAs;
      neighbor.peer.session.peer_as = as_of(p);
      neighbor.peer.session.identifier = config.router_id;
      neighbor.peer.session.fsm.hold_time = 90s;
      change(p, neighbor);
    }
    return config;
  }

  static std::string word_of(const bgp::Message& message) {
    if (const auto* update = std::get_if<bgp::Update>(&message)) {
      if (update->is_end_of_rib()) return "EoR";
      std::string word = "UPDATE";
      for (const auto& gone : update->withdrawn) word += "-" + gone.to_string();
      for (const auto& announced : update->announced) word += "+" + announced.to_string();
      return word;
    }
    if (const auto* refresh = std::get_if<bgp::RouteRefresh>(&message))
      return refresh->subtype == bgp::kRefreshBegin ? "BoRR"
             : refresh->subtype == bgp::kRefreshEnd ? "EoRR"
                                                    : "REFRESH";
    if (const auto* said = std::get_if<bgp::Notification>(&message))
      return fmt::format("NOTIFICATION {}/{}", static_cast<unsigned>(said->code), said->subcode);
    return std::holds_alternative<bgp::Open>(message) ? "OPEN" : "";
  }

  void dial(speaker::ConnectionId, const net::IpAddress&, const net::IpAddress&) override {}
  void output_ready(speaker::ConnectionId) override {}
  Instant now() const override { return clock + work_takes; }
  void close(speaker::ConnectionId connection) override {
    End& end = ends_[connection.peer];
    if (!end.open || end.connection != connection) return;
    speaker_.take_output(connection, 1 << 16, end.octets);
    end.open = false;
  }
  std::optional<std::vector<int>> apply(std::span<const rib::Decision> decisions) override {
    return std::vector<int>(decisions.size(), kernel_error);
  }
  std::optional<std::vector<int>> apply(std::span<const rib::Ipv6Decision> decisions) override {
    return std::vector<int>(decisions.size(), kernel_error);
  }

  speaker::RouterActivity activity_;
  std::vector<End> ends_;
  speaker::Speaker speaker_;
};

}  // namespace speaker_test
