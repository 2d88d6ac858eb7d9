#include "app/request.h"

#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace app {

using nlohmann::ordered_json;
using scenario::Thing;
using Verb = request::Neighbor::Verb;

namespace {

constexpr std::array<std::pair<std::string_view, Verb>, 4> kVerbs{{
    {"refresh", Verb::Refresh},
    {"clear", Verb::Clear},
    {"shutdown", Verb::Shutdown},
    {"enable", Verb::Enable},
}};

// In the order of scenario::Thing.
constexpr std::array<std::pair<std::string_view, Thing>, 3> kThings{{
    {"link", Thing::Link},
    {"session", Thing::Session},
    {"router", Thing::Router},
}};

std::string text_of(const ordered_json& request, const char* key) {
  const auto found = request.find(key);
  return found != request.end() && found->is_string() ? found->get<std::string>() : std::string();
}

net::Result<std::optional<net::IpAddress>, std::string> neighbor_of(const ordered_json& request) {
  const std::string text = text_of(request, "neighbor");
  if (text.empty()) return std::optional<net::IpAddress>();
  const auto address = net::IpAddress::parse(text);
  if (!address) return std::unexpected(fmt::format("\"{}\" is not an address like 10.0.0.2", text));
  return address;
}

net::Result<Request, std::string> parse_table(const ordered_json& document) {
  request::ShowTable asked;
  asked.router = text_of(document, "router");
  const std::string word = text_of(document, "table");
  const auto kind = show::table_kind(word);
  if (!kind) return std::unexpected(fmt::format("there is no table \"{}\"", word));
  auto neighbor = neighbor_of(document);
  if (!neighbor) return std::unexpected(std::move(neighbor.error()));
  asked.table = *kind;
  asked.neighbor = *neighbor;
  asked.json = text_of(document, "format") != "text";
  return asked;
}

net::Result<Request, std::string> parse_network(const ordered_json& document, bool announce) {
  const std::string text = text_of(document, "prefix");
  const auto prefix = net::parse_ip_prefix(text);
  if (!prefix)
    return std::unexpected(fmt::format("\"{}\" is not a prefix like 203.0.113.0/24 or 2001:db8::/32", text));
  return request::Network{text_of(document, "router"), *prefix, announce};
}

net::Result<Request, std::string> parse_neighbor(const ordered_json& document, Verb verb) {
  auto neighbor = neighbor_of(document);
  if (!neighbor) return std::unexpected(std::move(neighbor.error()));
  if (!*neighbor && (verb == Verb::Shutdown || verb == Verb::Enable))
    return std::unexpected("name the neighbor by its address");
  return request::Neighbor{text_of(document, "router"), verb, *neighbor, text_of(document, "text")};
}

net::Result<Request, std::string> parse_events(const ordered_json& document) {
  request::Events events;
  const auto after = document.find("after");
  if (after == document.end()) return events;
  if (!after->is_array()) return std::unexpected("\"after\" is a list of numbers, one a router");
  for (const auto& number : *after) {
    if (!number.is_number_unsigned()) return std::unexpected("\"after\" is a list of numbers, one a router");
    events.after.push_back(number.get<std::uint64_t>());
  }
  return events;
}

net::Result<Request, std::string> parse_outage(const ordered_json& document, Thing thing) {
  const auto number = document.find("number");
  if (number == document.end() || !number->is_number_unsigned() ||
      number->get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max())
    return std::unexpected("\"number\" says which one");
  const std::string state = text_of(document, "state");
  if (state != "up" && state != "down")
    return std::unexpected(fmt::format("\"state\" is up or down, not \"{}\"", state));
  return request::Outage{thing, number->get<std::uint32_t>(), state == "up"};
}

}  // namespace

net::Result<Request, std::string> parse_request(const ordered_json& document) {
  if (!document.is_object() || text_of(document, "op").empty())
    return std::unexpected("a request is one line: a JSON object with \"op\"");
  const std::string op = text_of(document, "op");
  if (op == "list") return request::List{};
  if (op == "wait") return request::Wait{};
  if (op == "show") return request::Show{text_of(document, "router"), text_of(document, "command")};
  if (op == "table") return parse_table(document);
  if (op == "events") return parse_events(document);
  if (op == "announce" || op == "withdraw") return parse_network(document, op == "announce");
  for (const auto& [name, verb] : kVerbs)
    if (op == name) return parse_neighbor(document, verb);
  for (const auto& [name, thing] : kThings)
    if (op == name) return parse_outage(document, thing);
  return std::unexpected(fmt::format("there is no request \"{}\"", op));
}

ordered_json to_json(const Request& request) {
  return std::visit(
      net::overloaded{
          [](const request::List&) {
            return ordered_json{{"op", "list"}};
          },
          [](const request::Wait&) {
            return ordered_json{{"op", "wait"}};
          },
          [](const request::Show& show) {
            return ordered_json{{"op", "show"}, {"router", show.router}, {"command", show.command}};
          },
          [](const request::ShowTable& asked) {
            ordered_json json{{"op", "table"},
                              {"router", asked.router},
                              {"table", show::to_string(asked.table)},
                              {"format", asked.json ? "json" : "text"}};
            if (asked.neighbor) json["neighbor"] = asked.neighbor->to_string();
            return json;
          },
          [](const request::Network& network) {
            return ordered_json{{"op", network.announce ? "announce" : "withdraw"},
                                {"router", network.router},
                                {"prefix", net::to_string(network.prefix)}};
          },
          [](const request::Events& events) {
            ordered_json json{{"op", "events"}};
            if (!events.after.empty()) json["after"] = events.after;
            return json;
          },
          [](const request::Neighbor& action) {
            ordered_json json{{"op", kVerbs[static_cast<std::size_t>(action.verb)].first},
                              {"router", action.router}};
            if (action.neighbor) json["neighbor"] = action.neighbor->to_string();
            if (!action.text.empty()) json["text"] = action.text;
            return json;
          },
          [](const request::Outage& outage) {
            return ordered_json{{"op", kThings[static_cast<std::size_t>(outage.thing)].first},
                                {"number", outage.number},
                                {"state", outage.up ? "up" : "down"}};
          },
      },
      request);
}

}  // namespace app
