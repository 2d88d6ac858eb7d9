// chainrouter show and list: one router is asked after the other, a piece of its table after the other, and
// each answer is written as it comes. However many routes there are, neither this process nor the lab holds
// more than a piece of them.
#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/standard_error.h"
#include "show/csv.h"

namespace app {

using nlohmann::ordered_json;

int run(const ShowCommand& command) {
  const auto [lab, selection] = choose_routers(command.routers);
  bool understood = true;
  for (const std::string& router : selection.routers) {
    const auto reply = ask(lab, request::Show{router, command.command});
    if (selection.several) fmt::print("=== {} ===\n", router);
    fmt::print("{}", reply.at("text").get<std::string>());
    understood &= reply.at("understood").get<bool>();
    if (!understood) break;  // the others would not understand it either
  }
  return understood ? kOk : kUsage;
}

namespace {

show::TableFormat table_format(Format format) {
  switch (format) {
    case Format::Json: return show::TableFormat::Json;
    case Format::Csv: return show::TableFormat::Csv;
    case Format::Text: break;
  }
  return show::TableFormat::Text;
}

}  // namespace

int run(const ShowTableCommand& command) {
  const auto [lab, selection] = choose_routers(command.routers);
  const bool json = command.format == Format::Json, several = selection.several;
  request::ShowTable asked;
  asked.table = command.table;
  asked.neighbor = command.neighbor;
  asked.format = table_format(command.format);
  if (several) {
    asked.router_width = 6;  // its heading's
    for (const std::string& router : selection.routers)
      asked.router_width = std::max(asked.router_width, static_cast<std::uint32_t>(router.size()));
  }
  if (several && json)
    fmt::print("{{\n\"schema\":\"chainrouter.tables/1\",\n\"table\":\"{}\",\n\"routers\":[\n",
               show::to_string(command.table));
  std::string complaint;
  bool any = false;
  for (const std::string& router : selection.routers) {
    asked.router = router;
    asked.after.reset();
    asked.rows_before = 0;
    while (true) {
      const auto reply = ask(lab, asked);
      if (reply.contains("noSuchNeighbor")) {  // of several, those that have it are meant
        complaint = reply.at("noSuchNeighbor").get<std::string>();
        break;
      }
      if (several && json && any && !asked.after) fmt::print(",\n");
      fmt::print("{}", reply.at("text").get<std::string>());
      any = true;
      asked.heading = false;
      asked.rows_before += reply.at("rows").get<std::uint32_t>();
      if (!reply.contains("next")) break;
      asked.after = net::parse_ip_prefix(reply.at("next").get<std::string>());
    }
  }
  if (several && json) fmt::print("]\n}}\n");
  if (!any && !complaint.empty())
    throw std::runtime_error(
        several ? fmt::format("none of them has a neighbor {}", command.neighbor->to_string()) : complaint);
  return kOk;
}

int run(const ListCommand& command) {
  ordered_json labs = ordered_json::array();
  for (const auto& record : all_records()) {
    if (!record.owner_lives()) continue;
    auto reply = ask(record, request::List{});
    labs.push_back({{"prefix", record.prefix},
                    {"pid", record.pid},
                    {"startedAt", record.started_at},
                    {"hops", record.hops},
                    {"paused", reply.value("paused", false)},
                    {"speed", reply.value("speed", 1.0)},
                    {"routers", reply.at("routers")}});
  }
  if (command.format == Format::Json) {
    fmt::print("{}\n", ordered_json{{"schema", "chainrouter.list/1"}, {"labs", labs}}.dump(2));
    return kOk;
  }
  const bool csv = command.format == Format::Csv;
  if (labs.empty()) tell("no lab is running\n");
  if (csv)
    fmt::print("{}",
               show::csv_line(std::array<std::string, 7>{"router", "as", "router_id", "sessions",
                                                         "sessions_configured", "routes", "routes_failed"}));
  for (const auto& lab : labs) {
    if (!csv)
      fmt::print("{:<14} {:>10}  {:<15} {:>8} {:>8}\n", "Router", "AS", "Router ID", "Sessions", "Routes");
    for (const auto& router : lab.at("routers")) {
      const auto name = router.at("name").get<std::string>(), id = router.at("routerId").get<std::string>();
      const auto number = [&](const char* key) { return router.at(key).get<std::uint32_t>(); };
      const auto sessions = number("sessions"), configured = number("sessionsConfigured");
      if (csv)
        fmt::print("{}", show::csv_line(std::array<std::string, 7>{
                             name, std::to_string(number("as")), id, std::to_string(sessions),
                             std::to_string(configured), std::to_string(number("routes")),
                             std::to_string(number("routesFailed"))}));
      else
        fmt::print("{:<14} {:>10}  {:<15} {:>8} {:>8}\n", name, number("as"), id,
                   fmt::format("{}/{}", sessions, configured), number("routes"));
    }
    if (csv) continue;
    const auto prefix = lab.at("prefix").get<std::string>();
    const double speed = lab.at("speed").get<double>();
    if (lab.at("paused").get<bool>())
      fmt::print("{}* is paused: chainrouter step, or resume\n", prefix);
    else if (speed < 1)
      fmt::print("{}* goes at speed {:g}: chainrouter speed 1 ends that\n", prefix, speed);
  }
  return kOk;
}

}  // namespace app
