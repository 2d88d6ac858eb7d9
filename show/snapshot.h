// Snapshots of a lab as files (docs/schema/snapshot.json): read back, compared, looked through. Pure: a
// document's text is handed in.
#pragma once

#include <cstdint>
#include <istream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/result.h"
#include "show/forwarding.h"

namespace show {

// Sessions, routes of each RIB, routes of the kernel: rows by what names them, as they are shown.
enum class SnapshotTable : std::uint8_t { Session, AdjIn, Loc, AdjOut, Kernel };
inline constexpr std::size_t kSnapshotTables = 5;
std::string_view to_string(SnapshotTable table);  // "session", "adjIn", "loc", "adjOut", "kernel"

struct RouterSnapshot {
  std::string name;
  // "203.0.113.0/24 from 172.31.1.2" -> "via 172.31.1.2, 3 ASes, attributes 0123…"
  std::map<std::string, std::string> tables[kSnapshotTables];
  ForwardingRouter forwarding;
};

struct Snapshot {
  std::int64_t at = 0;  // ns since the lab began, of its clock
  net::Ipv4Address target;
  std::vector<RouterSnapshot> routers;
};

// The error is a sentence without the file's name.
net::Result<Snapshot, std::string> read_snapshot(std::istream& text);

struct SnapshotChange {
  std::string router;
  SnapshotTable table = SnapshotTable::Session;
  std::string row;
  std::optional<std::string> before, after;  // nothing: there was none, there is none
  friend bool operator==(const SnapshotChange&, const SnapshotChange&) = default;
};

// In the order of routers, tables and rows. A router that one of them lacks has lost, or won, all its rows.
std::vector<SnapshotChange> changes(const Snapshot& before, const Snapshot& after);

std::string changes_text(const std::vector<SnapshotChange>& changes);
std::string changes_json(const std::vector<SnapshotChange>& changes);  // docs/schema/snapshot-diff.json
std::string changes_csv(const std::vector<SnapshotChange>& changes);

std::vector<ForwardingFault> forwarding_faults(const Snapshot& snapshot);
std::string faults_text(const std::vector<ForwardingFault>& faults, const Snapshot& snapshot);
std::string faults_json(const std::vector<ForwardingFault>& faults,
                        const Snapshot& snapshot);  // docs/schema/snapshot-check.json
// The routers of a loop stand in one value, in its order, with spaces between them.
std::string faults_csv(const std::vector<ForwardingFault>& faults, const Snapshot& snapshot);

}  // namespace show
