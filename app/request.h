// What a lab or a speaker is asked on its control socket, as values. A JSON document in, a value or a
// sentence out: knows no socket and no router, so that it can be fuzzed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "net/address.h"
#include "net/prefix.h"
#include "net/result.h"
#include "scenario/outages.h"
#include "show/tables.h"

namespace app {

namespace request {
struct List {};
struct Wait {};
struct Show {  // a line of the vty
  std::string router, command;
};
struct ShowTable {
  std::string router;
  show::TableKind table = show::TableKind::Neighbors;
  std::optional<net::IpAddress> neighbor;  // nothing: all
  show::TableFormat format = show::TableFormat::Json;
  // Large tables are answered in pieces: what stands behind this prefix, after so many rows.
  std::optional<net::IpPrefix> after = {};
  std::uint32_t rows_before = 0;
  // Of the tables of several routers, as one: show/tables.h.
  std::uint32_t router_width = 0;
  bool heading = true;
};
// Until a route is in use there, or is not; until a session is up, or is not.
struct AwaitRoute {
  std::string router;
  net::IpPrefix prefix;
  bool present = true;
};
struct AwaitSession {
  std::string router;
  net::IpAddress neighbor;
  bool up = true;
};
// How busy all routers are: one reading (show/load.h).
struct Loads {};
// The figures of all routers as Prometheus text (show/metrics.h).
struct Metrics {
  bool frr_names = false;
};
// Is the kernel's table what BGP says?
struct CheckFib {
  std::string router;
};
struct Network {
  std::string router;
  net::IpPrefix prefix;
  bool announce = true;
};
// What the routers wrote down since the reader asked last.
struct Events {
  // The number of the event that it has of each router, in their order; empty: it has none, and does not
  // know the routers.
  std::vector<std::uint64_t> after;
};
// What is done to a neighbour, or to all of them.
struct Neighbor {
  enum class Verb : std::uint8_t { Refresh, Clear, Shutdown, Enable };
  std::string router;
  Verb verb = Verb::Refresh;
  std::optional<net::IpAddress> neighbor;  // nothing: all
  std::string text;                        // of Shutdown (RFC 9003)
};
// A link, its session or a router of the chain is taken down, or comes back.
struct Outage {
  scenario::Thing thing = scenario::Thing::Link;
  std::uint32_t number = 0;  // of a link, and of its session: its right-hand router's
  bool up = false;
};
// Slow motion (docs/adr/0018).
struct Motion {
  enum class Verb : std::uint8_t { Pause, Step, Resume, Speed };
  Verb verb = Verb::Pause;
  double speed = 1;  // of Speed: kLeastSpeed to 1
};
inline constexpr double kLeastSpeed = 0.001;
// Everything that the routers hold, at one instant: takes it, and answers with its number; or, with that
// number, hands out what one router holds.
struct Snapshot {
  static constexpr std::uint32_t kForget = 0xffffffff;  // as the router: it will be fetched no further
  std::optional<std::uint32_t> number = {};
  std::uint32_t router = 0;
};
// Another MinRouteAdvertisementInterval for a few seconds, until it is asked for again; nothing: no longer.
struct Interval {
  std::optional<std::chrono::milliseconds> interval;
  std::uint32_t holder = 0;  // who asks: one at a time may
};
inline constexpr std::chrono::milliseconds kLongestInterval{600'000};
// Messages as they come and go are recorded (app/recordings.h).
struct Record {
  // 0: a new one begins, of these routers (none: of all), with what they send, too, and where their Loc-RIBs
  // change. Else: what has come since this one was asked last.
  std::uint32_t recording = 0;
  std::vector<std::string> routers;
  bool sent = false, loc_rib = false;
  bool end = false;  // it is the last time that it is asked
};
// A router's routes as MRT: those behind this prefix, numbered from there on. Peer 0 is the router itself:
// what it originates, or all that its Loc-RIB has.
struct RibDump {
  std::string router;
  std::optional<net::IpPrefix> after = {};
  std::uint32_t sequence = 0;
  bool loc_rib = false;
};
// The sessions of a router that are up, with their OPENs as they were on the wire.
struct Sessions {
  std::string router;
};
// What was reported when the lab converged, if it has.
struct Convergence {};
}  // namespace request

using Request = std::variant<request::List, request::Wait, request::Show, request::ShowTable,
                             request::AwaitRoute, request::AwaitSession, request::CheckFib, request::Loads,
                             request::Metrics, request::Network, request::Events, request::Neighbor,
                             request::Outage, request::Motion, request::Snapshot, request::Interval,
                             request::Record, request::RibDump, request::Convergence, request::Sessions>;

// The error is a sentence for whoever asked.
net::Result<Request, std::string> parse_request(const nlohmann::ordered_json& document);

// The way back, for whoever asks.
nlohmann::ordered_json to_json(const Request& request);

}  // namespace app
