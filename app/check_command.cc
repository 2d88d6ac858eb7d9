// chainrouter check fib: one router after the other compares its kernel's table with its Loc-RIB, both read
// at one instant (show/fib_check.h); each difference becomes a sentence.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/standard_error.h"
#include "show/csv.h"
#include "show/json_layout.h"

namespace app {

using nlohmann::ordered_json;

namespace {

void print_csv(const std::string& router, const ordered_json& difference) {
  std::vector<std::string> values{router};
  for (const char* key : {"prefix", "kind", "sentence"})
    values.push_back(difference.at(key).get<std::string>());
  fmt::print("{}", show::csv_line(values));
}

void print_verdict(std::size_t tables, std::size_t routes, std::size_t differences) {
  if (differences == 0)
    fmt::print("{} kernel {} what BGP says: {} routes\n", tables, tables == 1 ? "table is" : "tables are",
               routes);
  else
    fmt::print("{} difference{} between BGP and {} kernel table{}\n", differences,
               differences == 1 ? "" : "s", tables, tables == 1 ? "" : "s");
}

}  // namespace

int run(const CheckFibCommand& command) {
  const auto [lab, selection] = choose_routers(command.routers);
  const bool json = command.format == Format::Json, csv = command.format == Format::Csv;
  std::size_t routes = 0, differences = 0;
  if (json) fmt::print("{{\n  \"schema\":\"chainrouter.check-fib/1\",\n  \"routers\":[");
  if (csv) fmt::print("router,prefix,kind,sentence\n");
  const char* separator = "\n";
  for (const std::string& router : selection.routers) {
    const auto reply = ask(lab, request::CheckFib{router});
    const auto found = reply.at("differences").get<std::size_t>();
    routes += reply.at("routes").get<std::size_t>();
    differences += found;
    if (json) {
      fmt::print("{}    {}", std::exchange(separator, ",\n"), show::json_line(reply));
      continue;
    }
    for (const auto& difference : reply.at("named"))
      if (csv)
        print_csv(router, difference);
      else
        fmt::print("{}: {}\n", router, difference.at("sentence").get<std::string>());
    const std::size_t named = reply.at("named").size();
    if (named < found && csv)
      tell("{}: and {} more\n", router, found - named);  // no row
    else if (named < found)
      fmt::print("{}: and {} more\n", router, found - named);
  }
  switch (command.format) {
    case Format::Json:
      fmt::print("\n  ],\n  \"routes\":{},\n  \"differences\":{}\n}}\n", routes, differences);
      break;
    case Format::Csv: break;
    case Format::Text: print_verdict(selection.routers.size(), routes, differences); break;
  }
  return differences == 0 ? kOk : kCheckFailed;
}

}  // namespace app
