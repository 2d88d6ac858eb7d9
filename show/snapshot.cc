#include "show/snapshot.h"

#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "show/csv.h"
#include "show/json_layout.h"
#include "show/words.h"

namespace show {

using nlohmann::ordered_json;

namespace {

constexpr std::string_view kTables[kSnapshotTables] = {"session", "adjIn", "loc", "adjOut", "kernel"};
constexpr int kUnicast = 1;  // RTN_UNICAST

// A document that is not one of ours.
struct Unreadable {
  std::string what;
};

std::string text(const ordered_json& row, std::size_t column) { return row.at(column).get<std::string>(); }

net::IpPrefix prefix(const std::string& words) {
  const auto read = net::parse_ip_prefix(words);
  if (!read) throw Unreadable{fmt::format("\"{}\" is no prefix", words)};
  return *read;
}

net::IpAddress address(const std::string& words) {
  const auto read = net::IpAddress::parse(words);
  if (!read) throw Unreadable{fmt::format("\"{}\" is no address", words)};
  return *read;
}

bool is_nowhere(const std::string& next_hop) { return next_hop == "0.0.0.0" || next_hop == "::"; }

// [neighbor, prefix, next hop, length of the AS path, mark of all attributes]
void read_rib(const ordered_json& rows, std::map<std::string, std::string>& table, std::string_view from) {
  for (const auto& row : rows) {
    const std::string neighbor = text(row, 0), next_hop = text(row, 2);
    const auto length = row.at(3).get<std::uint32_t>();
    std::string name = text(row, 1);
    if (!neighbor.empty() && !from.empty()) name += fmt::format(" {} {}", from, neighbor);
    table[name] =
        fmt::format("{}, {} AS{}, attributes {}", neighbor.empty() ? "originated here" : "via " + next_hop,
                    length, length == 1 ? "" : "es", text(row, 4));
  }
}

RouterSnapshot read_router(const ordered_json& json) {
  RouterSnapshot router;
  const auto rows = [&](const char* key) -> const ordered_json& {
    const ordered_json& found = json.at(key);
    if (!found.is_array()) throw Unreadable{fmt::format("\"{}\" is no list", key)};
    return found;
  };
  const auto table = [&](SnapshotTable which) -> auto& {
    return router.tables[static_cast<std::size_t>(which)];
  };
  router.name = router.forwarding.name = json.at("name").get<std::string>();
  for (const auto& row : rows("addresses"))
    router.forwarding.subnets.push_back({prefix(text(row, 0)), address(text(row, 1)), row.at(3).get<bool>()});
  for (const auto& row : rows("sessions"))
    table(SnapshotTable::Session)[text(row, 0)] =
        text(row, 2) + (row.at(3).get<bool>() ? " (administratively down)" : "");
  read_rib(rows("adjIn"), table(SnapshotTable::AdjIn), "from");
  read_rib(rows("loc"), table(SnapshotTable::Loc), "");
  read_rib(rows("adjOut"), table(SnapshotTable::AdjOut), "to");
  for (const auto& row : rows("loc"))
    if (text(row, 0).empty()) router.forwarding.origins.push_back(prefix(text(row, 1)));
  // [prefix, next hop, interface, protocol, metric, type, link down]
  for (const auto& row : rows("kernel")) {
    const std::string next_hop = text(row, 1);
    const auto metric = row.at(4).get<std::uint32_t>();
    const bool down = row.at(6).get<bool>();
    const int type = row.at(5).get<int>();
    router.forwarding.routes.push_back(
        {.prefix = prefix(text(row, 0)),
         .next_hop = is_nowhere(next_hop) ? std::nullopt : std::optional(address(next_hop)),
         .metric = metric,
         .usable = type == kUnicast && !down});
    table(SnapshotTable::Kernel)[fmt::format("{} metric {}", text(row, 0), metric)] = fmt::format(
        "{} interface {}, protocol {}{}{}", is_nowhere(next_hop) ? "on" : "via " + next_hop + " on",
        row.at(2).get<std::uint32_t>(), row.at(3).get<int>(),
        type == kUnicast ? "" : fmt::format(", type {}", type), down ? ", link down" : "");
  }
  return router;
}

}  // namespace

std::string_view to_string(SnapshotTable table) { return kTables[static_cast<std::size_t>(table)]; }

// Router by router, so that of a large document no more than one is held as JSON.
net::Result<Snapshot, std::string> read_snapshot(std::istream& text) {
  Snapshot snapshot;
  try {
    const ordered_json head =
        ordered_json::parse(text, [&](int depth, ordered_json::parse_event_t event, ordered_json& parsed) {
          if (depth != 2 || event != ordered_json::parse_event_t::object_end) return true;
          snapshot.routers.push_back(read_router(parsed));
          return false;
        });
    if (head.at("schema") != "chainrouter.snapshot/1") throw Unreadable{"it has another schema"};
    snapshot.at = head.at("atNs").get<std::int64_t>();
    snapshot.target =
        net::Ipv4Address::parse(head.at("target").get<std::string>()).value_or(net::Ipv4Address{});
  } catch (const nlohmann::json::exception&) {
    return std::unexpected("it is not a snapshot of chainrouter's, or only a part of one");
  } catch (const Unreadable& unreadable) {
    return std::unexpected(fmt::format("it is not a snapshot of chainrouter's: {}", unreadable.what));
  }
  return snapshot;
}

std::vector<SnapshotChange> changes(const Snapshot& before, const Snapshot& after) {
  std::map<std::string_view, const RouterSnapshot*> of_before, of_after;
  std::vector<std::string_view> names;
  for (const auto& router : before.routers) {
    names.push_back(router.name);
    of_before[router.name] = &router;
  }
  for (const auto& router : after.routers) {
    if (!of_before.contains(router.name)) names.push_back(router.name);
    of_after[router.name] = &router;
  }
  static const RouterSnapshot kNone;
  std::vector<SnapshotChange> changes;
  for (const auto name : names) {
    const auto& a = of_before.contains(name) ? *of_before[name] : kNone;
    const auto& b = of_after.contains(name) ? *of_after[name] : kNone;
    for (std::size_t table = 0; table < kSnapshotTables; ++table) {
      const auto note = [&](const std::string& row, std::optional<std::string> was,
                            std::optional<std::string> is) {
        changes.push_back(
            {std::string(name), static_cast<SnapshotTable>(table), row, std::move(was), std::move(is)});
      };
      auto was = a.tables[table].begin(), is = b.tables[table].begin();
      const auto was_end = a.tables[table].end(), is_end = b.tables[table].end();
      while (was != was_end || is != is_end) {
        if (is == is_end || (was != was_end && was->first < is->first)) {
          note(was->first, was->second, std::nullopt);
          ++was;
        } else if (was == was_end || is->first < was->first) {
          note(is->first, std::nullopt, is->second);
          ++is;
        } else {
          if (was->second != is->second) note(was->first, was->second, is->second);
          ++was;
          ++is;
        }
      }
    }
  }
  return changes;
}

std::string changes_text(const std::vector<SnapshotChange>& changes) {
  std::string out;
  std::set<std::string_view> routers;
  for (const auto& change : changes) {
    routers.insert(change.router);
    const auto table = to_string(change.table);
    if (!change.before)
      out += fmt::format("{} {} {}: new: {}\n", change.router, table, change.row, *change.after);
    else if (!change.after)
      out += fmt::format("{} {} {}: gone: {}\n", change.router, table, change.row, *change.before);
    else
      out += fmt::format("{} {} {}: {} -> {}\n", change.router, table, change.row, *change.before,
                         *change.after);
  }
  if (changes.empty()) return "no difference\n";
  return out +
         fmt::format("{} at {}\n", counted(changes.size(), "difference"), counted(routers.size(), "router"));
}

std::string changes_json(const std::vector<SnapshotChange>& changes) {
  ordered_json rows = ordered_json::array();
  for (const auto& change : changes) {
    ordered_json row{{"router", change.router}, {"table", to_string(change.table)}, {"row", change.row}};
    if (change.before) row["before"] = *change.before;
    if (change.after) row["after"] = *change.after;
    rows.push_back(std::move(row));
  }
  return json_text({{"schema", "chainrouter.snapshot-diff/1"}, {"changes", std::move(rows)}}) + "\n";
}

std::string changes_csv(const std::vector<SnapshotChange>& changes) {
  std::string out = "router,table,row,before,after\n";
  for (const auto& change : changes) {
    const std::string values[] = {change.router, std::string(to_string(change.table)), change.row,
                                  change.before.value_or(""), change.after.value_or("")};
    out += csv_line(values);
  }
  return out;
}

namespace {

std::vector<ForwardingRouter> tables_of(const Snapshot& snapshot) {
  std::vector<ForwardingRouter> routers;
  routers.reserve(snapshot.routers.size());
  for (const auto& router : snapshot.routers) routers.push_back(router.forwarding);
  return routers;
}

std::string_view word(ForwardingFault::Kind kind) {
  return kind == ForwardingFault::Kind::Loop ? "loop" : "blackHole";
}

}  // namespace

std::vector<ForwardingFault> forwarding_faults(const Snapshot& snapshot) {
  return forwarding_faults(tables_of(snapshot), snapshot.target);
}

std::string faults_text(const std::vector<ForwardingFault>& faults, const Snapshot& snapshot) {
  if (faults.empty()) return "no loop, no black hole\n";
  const auto routers = tables_of(snapshot);
  std::string out;
  for (const auto& fault : faults) out += to_sentence(fault, routers) + "\n";
  return out;
}

std::string faults_json(const std::vector<ForwardingFault>& faults, const Snapshot& snapshot) {
  const auto routers = tables_of(snapshot);
  ordered_json rows = ordered_json::array();
  for (const auto& fault : faults) {
    ordered_json names = ordered_json::array();
    for (const auto router : fault.routers) names.push_back(routers[router].name);
    rows.push_back({{"kind", word(fault.kind)},
                    {"prefix", net::to_string(fault.prefix)},
                    {"address", fault.address.to_string()},
                    {"routers", std::move(names)},
                    {"from", fault.from},
                    {"sentence", to_sentence(fault, routers)}});
  }
  return json_text({{"schema", "chainrouter.snapshot-check/1"}, {"faults", std::move(rows)}}) + "\n";
}

std::string faults_csv(const std::vector<ForwardingFault>& faults, const Snapshot& snapshot) {
  const auto routers = tables_of(snapshot);
  std::string out = "kind,prefix,address,routers,from\n";
  for (const auto& fault : faults) {
    std::string names;
    for (const auto router : fault.routers) names += (names.empty() ? "" : " ") + routers[router].name;
    const std::string values[] = {std::string(word(fault.kind)), net::to_string(fault.prefix),
                                  fault.address.to_string(), std::move(names), std::to_string(fault.from)};
    out += csv_line(values);
  }
  return out;
}

}  // namespace show
