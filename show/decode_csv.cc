// Entries as CSV: a row for each prefix of an UPDATE and each path of a table, one for anything else. See
// show/decode.h.
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bgp/capabilities.h"
#include "show/attributes_json.h"
#include "show/csv.h"
#include "show/decode.h"
#include "show/words.h"

namespace show {

namespace {

// The first ones say where the entry was, these what it says; their names are in kHeading.
constexpr std::size_t kAction = 7, kPrefix = 8, kNextHop = 9, kAsPath = 10, kOrigin = 11, kMed = 12,
                      kLocalPref = 13, kCommunities = 14, kDetail = 15;
constexpr const char* kHeading =
    "time,type,connection,source,destination,peer,peer_as,action,prefix,next_hop,as_path,origin,med,"
    "local_pref,communities,detail\n";

using Row = std::array<std::string, kDetail + 1>;

Row place_row(const capture::Entry& entry) {
  const capture::Place& place = entry.place;
  Row row;
  if (place.at) row[0] = iso_time_text(*place.at, place.microseconds);
  row[1] = kind_of(entry);
  if (place.connection != 0) row[2] = std::to_string(place.connection);
  if (place.source) row[3] = endpoint_text(*place.source);
  if (place.destination) row[4] = endpoint_text(*place.destination);
  if (place.peer) row[5] = place.peer->to_string();
  if (place.peer_as) row[6] = std::to_string(*place.peer_as);
  return row;
}

void set_attributes(Row& row, const bgp::PathAttributes& attributes, const net::IpAddress& next_hop) {
  row[kNextHop] = next_hop.to_string();
  row[kAsPath] = as_path_text(attributes.as_path);
  row[kOrigin] = origin_word(attributes.origin);
  row[kMed] = attributes.med ? std::to_string(*attributes.med) : "";
  row[kLocalPref] = attributes.local_pref ? std::to_string(*attributes.local_pref) : "";
  row[kCommunities] = fmt::format("{}", fmt::join(communities(attributes, false), " "));
}

std::string faults_words(const bgp::Update& update) {
  std::string text;
  for (const bgp::AttributeFault& fault : update.faults) text += (text.empty() ? "" : "; ") + fault.what;
  return text;
}

template <class Prefix>
void add_rows(std::string& out, Row& row, const std::vector<Prefix>& prefixes) {
  for (const Prefix& prefix : prefixes) {
    row[kPrefix] = prefix.to_string();
    out += csv_line(row);
  }
}

std::string update_rows(Row row, const bgp::Update& update) {
  std::string out;
  row[kDetail] = faults_words(update);
  row[kAction] = "withdraw";
  add_rows(out, row, update.withdrawn);
  if (update.mp_unreach) {
    add_rows(out, row, update.mp_unreach->ipv4);
    add_rows(out, row, update.mp_unreach->ipv6);
  }
  row[kAction] = "announce";
  set_attributes(row, update.attributes, update.attributes.next_hop);
  add_rows(out, row, update.announced);
  if (update.mp_reach) {
    row[kNextHop] = update.mp_reach->next_hop.to_string();
    add_rows(out, row, update.mp_reach->ipv4);
    add_rows(out, row, update.mp_reach->ipv6);
  }
  return out;
}

std::string row_of(Row row, const bgp::Message& message) {
  std::visit(net::overloaded{
                 [&row](const bgp::Open& open) {
                   row[kDetail] = fmt::format("AS {}, hold time {} s, identifier {}", bgp::claimed_as(open),
                                              open.hold_time, open.identifier.to_string());
                 },
                 // Without a prefix.
                 [&row](const bgp::Update& update) {
                   row[kDetail] = faults_words(update);
                   if (!update.is_end_of_rib()) return;
                   row[kAction] = "endOfRib";
                   row[kDetail] =
                       family_text(update.mp_unreach ? update.mp_unreach->family : bgp::kIpv4Unicast);
                 },
                 [&row](const bgp::Notification& notification) {
                   row[kDetail] = fmt::format("{}/{} {}", static_cast<unsigned>(notification.code),
                                              notification.subcode, notification.describe_with_text());
                 },
                 [](const bgp::Keepalive&) {},
                 [&row](const bgp::RouteRefresh& refresh) {
                   row[kDetail] = fmt::format("{}, subtype {}", family_text(refresh.family), refresh.subtype);
                 },
             },
             message);
  return csv_line(row);
}

}  // namespace

std::string entries_csv_heading() { return kHeading; }

std::string entry_csv(const capture::Entry& entry) {
  Row row = place_row(entry);
  if (const auto* decoded = std::get_if<capture::Decoded>(&entry.what)) {
    const auto* update = std::get_if<bgp::Update>(&decoded->message);
    std::string rows = update == nullptr ? "" : update_rows(row, *update);
    return rows.empty() ? row_of(std::move(row), decoded->message) : rows;
  }
  if (const auto* path = std::get_if<capture::RibPath>(&entry.what)) {
    row[kPrefix] = std::visit([](const auto& prefix) { return prefix.to_string(); }, path->prefix);
    set_attributes(row, path->update.attributes, path->update.attributes.next_hop);
    row[kDetail] = faults_words(path->update);
  } else if (const auto* refused = std::get_if<capture::Refused>(&entry.what)) {
    row[kDetail] = fmt::format("{}/{} {}", static_cast<unsigned>(refused->reply.code), refused->reply.subcode,
                               refused->reply.describe());
  } else if (const auto* skipped = std::get_if<capture::Skipped>(&entry.what)) {
    row[kDetail] = fmt::format("{} octets: {}", skipped->octets, skipped->why);
  } else if (const auto* change = std::get_if<capture::StateChange>(&entry.what)) {
    row[kDetail] = fmt::format("{} to {}", state_text(change->from), state_text(change->to));
  } else if (const auto* index = std::get_if<capture::PeerIndex>(&entry.what)) {
    row[kDetail] =
        fmt::format("collector {}, {}", index->collector.to_string(), counted(index->peers.size(), "peer"));
  }
  return csv_line(row);
}

}  // namespace show
