#include "app/request.h"

#include <algorithm>
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

// In the order of request::Motion::Verb.
constexpr std::array<std::string_view, 4> kMotions{"pause", "step", "resume", "speed"};

constexpr std::uint32_t kWidestName = 64;

std::string text_of(const ordered_json& request, const char* key) {
  const auto found = request.find(key);
  return found != request.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// In the order of show::TableFormat.
constexpr std::array<std::string_view, 3> kFormats{"text", "json", "csv"};

// 0 where there is none, or no such number.
std::uint32_t number_of(const ordered_json& request, const char* key) {
  const auto found = request.find(key);
  if (found == request.end() || !found->is_number_unsigned()) return 0;
  const auto number = found->get<std::uint64_t>();
  return number <= std::numeric_limits<std::uint32_t>::max() ? static_cast<std::uint32_t>(number) : 0;
}

std::string no_prefix(std::string_view text) {
  return fmt::format("\"{}\" is not a prefix like 203.0.113.0/24 or 2001:db8::/32", text);
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
  asked.format = show::TableFormat::Json;
  for (std::size_t i = 0; i < kFormats.size(); ++i)
    if (text_of(document, "format") == kFormats[i]) asked.format = static_cast<show::TableFormat>(i);
  if (const std::string after = text_of(document, "after"); !after.empty()) {
    asked.after = net::parse_ip_prefix(after);
    if (!asked.after) return std::unexpected(no_prefix(after));
  }
  asked.rows_before = number_of(document, "rowsBefore");
  asked.router_width = std::min(number_of(document, "routerWidth"), kWidestName);
  const auto heading = document.find("heading");
  asked.heading = heading == document.end() || !heading->is_boolean() || heading->get<bool>();
  return asked;
}

net::Result<Request, std::string> parse_await_route(const ordered_json& document) {
  const std::string text = text_of(document, "prefix"), state = text_of(document, "state");
  const auto prefix = net::parse_ip_prefix(text);
  if (!prefix) return std::unexpected(no_prefix(text));
  if (state != "present" && state != "absent")
    return std::unexpected(fmt::format("\"state\" is present or absent, not \"{}\"", state));
  return request::AwaitRoute{text_of(document, "router"), *prefix, state == "present"};
}

net::Result<Request, std::string> parse_await_session(const ordered_json& document) {
  const auto neighbor = neighbor_of(document);
  if (!neighbor) return std::unexpected(neighbor.error());
  if (!*neighbor) return std::unexpected("name the neighbor by its address");
  const std::string state = text_of(document, "state");
  if (state != "up" && state != "down")
    return std::unexpected(fmt::format("\"state\" is up or down, not \"{}\"", state));
  return request::AwaitSession{text_of(document, "router"), **neighbor, state == "up"};
}

net::Result<Request, std::string> parse_network(const ordered_json& document, bool announce) {
  const std::string text = text_of(document, "prefix");
  const auto prefix = net::parse_ip_prefix(text);
  if (!prefix) return std::unexpected(no_prefix(text));
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

bool is_true(const ordered_json& document, const char* key) {
  const auto found = document.find(key);
  return found != document.end() && found->is_boolean() && found->get<bool>();
}

net::Result<Request, std::string> parse_record(const ordered_json& document) {
  request::Record record{.recording = number_of(document, "recording"), .routers = {}};
  record.sent = is_true(document, "sent");
  record.loc_rib = is_true(document, "locRib");
  record.end = is_true(document, "end");
  const auto routers = document.find("routers");
  if (routers == document.end()) return record;
  if (!routers->is_array()) return std::unexpected("\"routers\" is a list of names");
  for (const auto& router : *routers) {
    if (!router.is_string()) return std::unexpected("\"routers\" is a list of names");
    record.routers.push_back(router.get<std::string>());
  }
  return record;
}

net::Result<Request, std::string> parse_rib_dump(const ordered_json& document) {
  request::RibDump dump{
      text_of(document, "router"), {}, number_of(document, "sequence"), is_true(document, "locRib")};
  const std::string after = text_of(document, "after");
  if (!after.empty() && !(dump.after = net::parse_ip_prefix(after))) return std::unexpected(no_prefix(after));
  return dump;
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

net::Result<Request, std::string> parse_motion(const ordered_json& document, request::Motion::Verb verb) {
  if (verb != request::Motion::Verb::Speed) return request::Motion{verb};
  const auto speed = document.find("speed");
  if (speed == document.end() || !speed->is_number() || !(speed->get<double>() >= request::kLeastSpeed) ||
      speed->get<double>() > 1)
    return std::unexpected(fmt::format("\"speed\" is a number from {:g} to 1", request::kLeastSpeed));
  return request::Motion{verb, speed->get<double>()};
}

net::Result<Request, std::string> parse_snapshot(const ordered_json& document) {
  if (!document.contains("snapshot")) return request::Snapshot{};
  return request::Snapshot{number_of(document, "snapshot"), number_of(document, "router")};
}

net::Result<Request, std::string> parse_interval(const ordered_json& document) {
  request::Interval asked{std::nullopt, number_of(document, "holder")};
  if (!document.contains("milliseconds")) return asked;
  const auto& interval = document.at("milliseconds");
  if (!interval.is_number_unsigned() ||
      interval.get<std::uint64_t>() > static_cast<std::uint64_t>(request::kLongestInterval.count()))
    return std::unexpected(
        fmt::format("\"milliseconds\" is a number from 0 to {}", request::kLongestInterval.count()));
  asked.interval = std::chrono::milliseconds(interval.get<std::uint32_t>());
  return asked;
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
  if (op == "await-route") return parse_await_route(document);
  if (op == "await-session") return parse_await_session(document);
  if (op == "loads") return request::Loads{};
  if (op == "metrics") return request::Metrics{text_of(document, "names") == "frr"};
  if (op == "check-fib") return request::CheckFib{text_of(document, "router")};
  if (op == "record") return parse_record(document);
  if (op == "convergence") return request::Convergence{};
  if (op == "sessions") return request::Sessions{text_of(document, "router")};
  if (op == "rib-dump") return parse_rib_dump(document);
  if (op == "announce" || op == "withdraw") return parse_network(document, op == "announce");
  for (const auto& [name, verb] : kVerbs)
    if (op == name) return parse_neighbor(document, verb);
  for (const auto& [name, thing] : kThings)
    if (op == name) return parse_outage(document, thing);
  for (std::size_t i = 0; i < kMotions.size(); ++i)
    if (op == kMotions[i]) return parse_motion(document, static_cast<request::Motion::Verb>(i));
  if (op == "snapshot") return parse_snapshot(document);
  if (op == "mrai") return parse_interval(document);
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
                              {"format", kFormats[static_cast<std::size_t>(asked.format)]}};
            if (asked.neighbor) json["neighbor"] = asked.neighbor->to_string();
            if (asked.after) json["after"] = net::to_string(*asked.after);
            if (asked.rows_before != 0) json["rowsBefore"] = asked.rows_before;
            if (asked.router_width != 0) json["routerWidth"] = asked.router_width;
            if (!asked.heading) json["heading"] = false;
            return json;
          },
          [](const request::AwaitRoute& awaited) {
            return ordered_json{{"op", "await-route"},
                                {"router", awaited.router},
                                {"prefix", net::to_string(awaited.prefix)},
                                {"state", awaited.present ? "present" : "absent"}};
          },
          [](const request::AwaitSession& awaited) {
            return ordered_json{{"op", "await-session"},
                                {"router", awaited.router},
                                {"neighbor", awaited.neighbor.to_string()},
                                {"state", awaited.up ? "up" : "down"}};
          },
          [](const request::Loads&) {
            return ordered_json{{"op", "loads"}};
          },
          [](const request::Metrics& metrics) {
            return ordered_json{{"op", "metrics"}, {"names", metrics.frr_names ? "frr" : "own"}};
          },
          [](const request::CheckFib& check) {
            return ordered_json{{"op", "check-fib"}, {"router", check.router}};
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
          [](const request::Motion& motion) {
            ordered_json json{{"op", kMotions[static_cast<std::size_t>(motion.verb)]}};
            if (motion.verb == request::Motion::Verb::Speed) json["speed"] = motion.speed;
            return json;
          },
          [](const request::Snapshot& snapshot) {
            ordered_json json{{"op", "snapshot"}};
            if (!snapshot.number) return json;
            json["snapshot"] = *snapshot.number;
            json["router"] = snapshot.router;
            return json;
          },
          [](const request::Interval& asked) {
            ordered_json json{{"op", "mrai"}, {"holder", asked.holder}};
            if (asked.interval) json["milliseconds"] = static_cast<std::uint64_t>(asked.interval->count());
            return json;
          },
          [](const request::Record& record) {
            ordered_json json{{"op", "record"}};
            if (record.recording != 0) json["recording"] = record.recording;
            if (!record.routers.empty()) json["routers"] = record.routers;
            if (record.sent) json["sent"] = true;
            if (record.loc_rib) json["locRib"] = true;
            if (record.end) json["end"] = true;
            return json;
          },
          [](const request::Convergence&) {
            return ordered_json{{"op", "convergence"}};
          },
          [](const request::Sessions& sessions) {
            return ordered_json{{"op", "sessions"}, {"router", sessions.router}};
          },
          [](const request::RibDump& dump) {
            ordered_json json{{"op", "rib-dump"}, {"router", dump.router}, {"sequence", dump.sequence}};
            if (dump.after) json["after"] = net::to_string(*dump.after);
            if (dump.loc_rib) json["locRib"] = true;
            return json;
          },
      },
      request);
}

}  // namespace app
