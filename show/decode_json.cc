// Entries as JSON. See show/decode.h.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "show/attributes_json.h"
#include "show/decode.h"

namespace show {

namespace {

using Json = nlohmann::ordered_json;

void add_endpoint(Json& out, const std::string& key, const std::optional<capture::Endpoint>& end) {
  if (!end) return;
  out[key] = end->address.to_string();
  if (end->port != 0) out[key + "Port"] = end->port;
}

void add_place(Json& out, const capture::Place& place) {
  if (place.at) out["time"] = iso_time_text(*place.at, place.microseconds);
  if (place.connection != 0) out["connection"] = place.connection;
  add_endpoint(out, "source", place.source);
  add_endpoint(out, "destination", place.destination);
  if (place.peer) out["peer"] = place.peer->to_string();
  if (place.peer_as) out["peerAs"] = *place.peer_as;
  if (place.local_as) out["localAs"] = *place.local_as;
}

template <class Prefix>
void add_prefixes(Json& families, bgp::Family family, const std::vector<Prefix>& prefixes) {
  for (const Prefix& prefix : prefixes) families[family_text(family)].push_back(prefix.to_string());
}

std::string_view treatment_word(bgp::FaultTreatment treatment) {
  switch (treatment) {
    case bgp::FaultTreatment::Discard: return "discard";
    case bgp::FaultTreatment::Withdraw: return "withdraw";
    case bgp::FaultTreatment::Reset: break;
  }
  return "reset";
}

void add_faults(Json& out, const bgp::Update& update) {
  for (const bgp::AttributeFault& fault : update.faults)
    out["faults"].push_back(
        {{"code", fault.code}, {"treatment", treatment_word(fault.treatment)}, {"what", fault.what}});
}

void add_update(Json& out, const bgp::Update& update) {
  Json withdrawn = Json::object(), announced = Json::object();
  add_prefixes(withdrawn, bgp::kIpv4Unicast, update.withdrawn);
  if (update.mp_unreach) {
    add_prefixes(withdrawn, update.mp_unreach->family, update.mp_unreach->ipv4);
    add_prefixes(withdrawn, update.mp_unreach->family, update.mp_unreach->ipv6);
  }
  add_prefixes(announced, bgp::kIpv4Unicast, update.announced);
  if (update.mp_reach) {
    add_prefixes(announced, update.mp_reach->family, update.mp_reach->ipv4);
    add_prefixes(announced, update.mp_reach->family, update.mp_reach->ipv6);
  }
  const bool announces = !announced.empty();
  if (!withdrawn.empty()) out["withdrawn"] = std::move(withdrawn);
  if (announces) out["announced"] = std::move(announced);
  if (update.is_end_of_rib())
    out["endOfRib"] = family_text(update.mp_unreach ? update.mp_unreach->family : bgp::kIpv4Unicast);
  if (announces) {
    const bool both = update.mp_reach && !update.announced.empty();
    out["attributes"] = attributes_json(update.attributes);
    // NEXT_HOP is of the NLRI field; MP_REACH_NLRI's prefixes have their own.
    if (both) out["mpNextHop"] = update.mp_reach->next_hop.to_string();
  }
  add_faults(out, update);
}

void add_message(Json& out, const capture::Decoded& decoded) {
  std::visit(net::overloaded{
                 [&](const bgp::Open& open) { out["open"] = open_json(open); },
                 [&](const bgp::Update& update) {
                   add_update(out, update);
                   out["asWidth"] = decoded.agreed.four_octet_as ? 4 : 2;
                   if (decoded.four_octet_as_guessed) out["asWidthGuessed"] = true;
                 },
                 [&](const bgp::Notification& notification) {
                   out["notification"] = notification_json(notification);
                 },
                 [](const bgp::Keepalive&) {},
                 [&](const bgp::RouteRefresh& refresh) {
                   out["family"] = family_text(refresh.family);
                   out["subtype"] = refresh.subtype;
                 },
             },
             decoded.message);
}

}  // namespace

Json entry_json(const capture::Entry& entry) {
  Json out = Json::object();
  out["type"] = kind_of(entry);
  add_place(out, entry.place);
  std::visit(net::overloaded{
                 [&](const capture::Decoded& decoded) {
                   if (!decoded.octets.empty()) out["octets"] = decoded.octets.size();
                   add_message(out, decoded);
                 },
                 [&](const capture::Refused& refused) {
                   out["octets"] = refused.octets.size();
                   out["reply"] = notification_json(refused.reply);
                   out["message"] = hex(refused.octets);
                 },
                 [&](const capture::Skipped& skipped) {
                   out["octets"] = skipped.octets;
                   out["why"] = skipped.why;
                 },
                 [&](const capture::StateChange& change) {
                   out["from"] = change.from;
                   out["to"] = change.to;
                 },
                 [&](const capture::PeerIndex& index) {
                   out["collector"] = index.collector.to_string();
                   out["view"] = index.view;
                   out["peers"] = Json::array();
                   for (const auto& peer : index.peers)
                     out["peers"].push_back({{"identifier", peer.identifier.to_string()},
                                             {"address", peer.address.to_string()},
                                             {"as", peer.as}});
                 },
                 [&](const capture::RibPath& path) {
                   out["prefix"] =
                       std::visit([](const auto& prefix) { return prefix.to_string(); }, path.prefix);
                   if (path.originated) out["originated"] = iso_time_text(*path.originated, false);
                   out["attributes"] = attributes_json(path.update.attributes);
                   add_faults(out, path.update);
                 },
             },
             entry.what);
  return out;
}

}  // namespace show
