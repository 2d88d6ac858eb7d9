// The JSON of attributes, capabilities, OPENs and NOTIFICATIONs, whole, so that a changed key is seen.
#include "show/attributes_json.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace bgp;
using Json = nlohmann::ordered_json;

namespace {

AsPath path_of_all_segments() {
  AsPath path;
  path.append_segment(AsPath::SegmentType::ConfedSequence, std::vector<std::uint32_t>{64512, 64513});
  path.append_segment(AsPath::SegmentType::ConfedSet, std::vector<std::uint32_t>{64514, 64515});
  path.append_segment(AsPath::SegmentType::Sequence, std::vector<std::uint32_t>{65002, 4200000001});
  path.append_segment(AsPath::SegmentType::Set, std::vector<std::uint32_t>{65004, 65005});
  return path;
}

Notification cease(std::uint8_t subcode, const std::string& text) {
  Notification notification{ErrorCode::Cease, subcode, {static_cast<std::uint8_t>(text.size())}};
  notification.data.insert(notification.data.end(), text.begin(), text.end());
  return notification;
}

}  // namespace

TEST_CASE("attributes: what is not there has no key") {
  PathAttributes attributes;
  attributes.origin = Origin::Igp;
  attributes.next_hop = net::Ipv4Address::of(10, 0, 0, 1);
  CHECK(show::attributes_json(attributes).dump() ==
        R"({"origin":"IGP","asPath":"","asPathSegments":[],"nextHop":"10.0.0.1"})");
}

TEST_CASE("attributes: every key, in this order") {
  PathAttributes attributes;
  attributes.origin = Origin::Egp;
  attributes.as_path = path_of_all_segments();
  attributes.next_hop = *net::IpAddress::parse("2001:db8::1");
  attributes.med = 0;
  attributes.local_pref = 4294967295;
  attributes.atomic_aggregate = true;
  attributes.aggregator = Aggregator{4200000001, net::Ipv4Address::of(10, 0, 0, 9)};
  attributes.communities = {0xffffff01, 0xfde90001};
  attributes.extended_communities = {{0x00, 0x02, 0xfd, 0xe9, 0, 0, 0, 1}};
  attributes.large_communities = {{65001, 0, 4294967295}};
  attributes.originator_id = net::Ipv4Address::of(10, 0, 0, 7);
  attributes.cluster_list = {net::Ipv4Address::of(0, 0, 0, 1), net::Ipv4Address::of(10, 0, 0, 8)};
  attributes.only_to_customer = 65001;
  attributes.unknown = {{0xe0, 250, {0x00, 0xab}}};
  attributes.link_local_next_hop = net::Ipv6Address::parse("fe80::1");
  CHECK(show::attributes_json(attributes) == Json::parse(R"({
    "origin": "EGP",
    "asPath": "(64512 64513) [64514 64515] 65002 4200000001 {65004 65005}",
    "asPathSegments": [{"type": "confedSequence", "as": [64512, 64513]},
                       {"type": "confedSet", "as": [64514, 64515]},
                       {"type": "sequence", "as": [65002, 4200000001]},
                       {"type": "set", "as": [65004, 65005]}],
    "nextHop": "2001:db8::1",
    "linkLocalNextHop": "fe80::1",
    "med": 0,
    "localPref": 4294967295,
    "atomicAggregate": true,
    "aggregator": {"as": 4200000001, "address": "10.0.0.9"},
    "communities": ["65535:65281", "65001:1"],
    "extendedCommunities": ["0002fde900000001"],
    "largeCommunities": ["65001:0:4294967295"],
    "originatorId": "10.0.0.7",
    "clusterList": ["0.0.0.1", "10.0.0.8"],
    "otc": 65001,
    "unknown": [{"code": 250, "flags": 224, "value": "00ab"}]})"));
}

TEST_CASE("an OPEN claims the four-octet AS number, its capabilities have names") {
  Open open;
  open.my_as = 23456;
  open.hold_time = 90;
  open.identifier = net::Ipv4Address::of(10, 0, 0, 1);
  open.capabilities = {{65, {0xfa, 0x56, 0xea, 0x01}}, {2, {}}, {200, {1}}};
  CHECK(show::open_json(open) == Json::parse(R"({
    "version": 4, "as": 4200000001, "holdTime": 90, "identifier": "10.0.0.1",
    "capabilities": [{"code": 65, "name": "Four-octet AS", "value": "fa56ea01"},
                     {"code": 2, "name": "Route Refresh", "value": ""},
                     {"code": 200, "name": "Unknown", "value": "01"}]})"));
}

TEST_CASE("a NOTIFICATION says what it means, and why when its operator says so (RFC 9003)") {
  CHECK(show::notification_json({ErrorCode::OpenMessage, kOpenBadPeerAs, {0xfd, 0xe9}}) == Json::parse(R"({
    "code": 2, "subcode": 2, "data": "fde9", "description": "OPEN Message Error/Bad Peer AS"})"));
  CHECK(show::notification_json(cease(kCeaseShutdown, "back at 5")).at("text") == "back at 5");
  CHECK(show::notification_json(cease(kCeaseReset, "x")).at("text") == "x");

  CHECK_FALSE(show::notification_json(cease(kCeaseShutdown, "")).contains("text"));
  CHECK_FALSE(show::notification_json(cease(kCeaseMaxPrefixes, "no text here")).contains("text"));
}
