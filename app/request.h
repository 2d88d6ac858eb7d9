// What a lab or a speaker is asked on its control socket, as values. A JSON document in, a value or a
// sentence out: knows no socket and no router, so that it can be fuzzed.
#pragma once

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
  bool json = true;
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
}  // namespace request

using Request = std::variant<request::List, request::Wait, request::Show, request::ShowTable,
                             request::Network, request::Events, request::Neighbor, request::Outage>;

// The error is a sentence for whoever asked.
net::Result<Request, std::string> parse_request(const nlohmann::ordered_json& document);

// The way back, for whoever asks.
nlohmann::ordered_json to_json(const Request& request);

}  // namespace app
