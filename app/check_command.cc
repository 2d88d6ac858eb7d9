// chainrouter check fib: one router after the other compares its kernel's table with its Loc-RIB, both read
// at one instant (show/fib_check.h); each difference becomes a sentence.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
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
    if (const std::size_t named = reply.at("named").size(); named < found)
      fmt::print(csv ? stderr : stdout, "{}: and {} more\n", router, found - named);
  }
  const int status = differences == 0 ? kOk : kCheckFailed;
  if (csv) return status;
  if (json)
    fmt::print("\n  ],\n  \"routes\":{},\n  \"differences\":{}\n}}\n", routes, differences);
  else if (differences == 0)
    fmt::print("{} kernel {} what BGP says: {} routes\n", selection.routers.size(),
               selection.routers.size() == 1 ? "table is" : "tables are", routes);
  else
    fmt::print("{} difference{} between BGP and {} kernel table{}\n", differences,
               differences == 1 ? "" : "s", selection.routers.size(),
               selection.routers.size() == 1 ? "" : "s");
  return status;
}

}  // namespace app
