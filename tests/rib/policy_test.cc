// What may be told to whom, and what becomes of the attributes on the way.
#include "rib/policy.h"

#include <numeric>

#include <catch2/catch.hpp>

#include "bgp/codec.h"
#include "tests/rib/routes.h"

using namespace rib;
using routes::address;

namespace {

const ExportPolicy kExternal{.external = true, .local_as = 100, .local_address = address("10.0.0.9")};
const ExportPolicy kInternal{.external = false, .local_as = 100, .local_address = address("10.0.0.9")};
constexpr RouteSource kLocal{.local = true};
constexpr RouteSource kFromExternal{};
constexpr RouteSource kFromInternal{.local = false, .internal = true};

}  // namespace

TEST_CASE("who may hear of a route", "[policy]") {
  bgp::PathAttributes plain = routes::learnt({101}, "10.0.0.1");
  for (const auto& source : {kLocal, kFromExternal, kFromInternal})
    CHECK(may_export(traits_of(plain, 100), source, kExternal));
  CHECK(may_export(traits_of(plain, 100), kLocal, kInternal));
  CHECK(may_export(traits_of(plain, 100), kFromExternal, kInternal));
  CHECK_FALSE(may_export(traits_of(plain, 100), kFromInternal, kInternal));

  auto with = [&](std::uint32_t community) {
    auto attributes = plain;
    attributes.communities = {1, community};
    return attributes;
  };
  CHECK(may_export(traits_of(with(2), 100), kFromExternal, kExternal));
  CHECK_FALSE(may_export(traits_of(with(kNoAdvertise), 100), kFromExternal, kExternal));
  CHECK_FALSE(may_export(traits_of(with(kNoAdvertise), 100), kFromExternal, kInternal));
  CHECK_FALSE(may_export(traits_of(with(kNoExport), 100), kFromExternal, kExternal));
  CHECK(may_export(traits_of(with(kNoExport), 100), kFromExternal, kInternal));
  CHECK_FALSE(may_export(traits_of(with(kNoExportSubconfed), 100), kFromExternal, kExternal));
}

TEST_CASE("attributes on the way to another AS", "[policy]") {
  bgp::PathAttributes in = routes::learnt({101, 102}, "10.0.0.1");
  in.med = 7;
  in.local_pref = 300;
  in.originator_id = address("1.1.1.1");
  in.cluster_list = {address("2.2.2.2")};
  in.communities = {5};
  in.unknown = {{0xc0, 250, {1, 2}}, {0x80, 251, {3}}};
  const auto out = export_attributes(in, kFromExternal, kExternal);
  CHECK(out.as_path.to_string() == "100 101 102");
  CHECK(out.next_hop == net::IpAddress(address("10.0.0.9")));
  CHECK_FALSE(out.med);
  CHECK_FALSE(out.local_pref);
  CHECK_FALSE(out.originator_id);
  CHECK(out.cluster_list.empty());
  CHECK(out.communities == in.communities);
  CHECK(out.unknown == std::vector<bgp::UnknownAttribute>{{0xe0, 250, {1, 2}}});  // Partial; 251 stays here

  const auto own = export_attributes(routes::originated(), kLocal, kExternal);
  CHECK(own.as_path.to_string() == "100");
  CHECK(own.med == 0);
}

// RFC 4360 §6.
TEST_CASE("non-transitive extended communities stay in the AS", "[policy]") {
  bgp::PathAttributes in = routes::learnt({101}, "10.0.0.1");
  const bgp::ExtendedCommunity target{0x00, 0x02, 0, 1, 0, 0, 0, 7}, bandwidth{0x40, 0x04, 0, 1, 0, 0, 0, 7};
  in.extended_communities = {bandwidth, target, bandwidth};
  CHECK(export_attributes(in, kFromExternal, kExternal).extended_communities == std::vector{target});
  CHECK(export_attributes(in, kFromExternal, kInternal).extended_communities == in.extended_communities);
}

TEST_CASE("attributes on the way inside the AS", "[policy]") {
  bgp::PathAttributes in = routes::learnt({101}, "10.0.0.1");
  in.med = 7;
  auto out = export_attributes(in, kFromExternal, kInternal);
  CHECK(out.as_path == in.as_path);
  CHECK(out.next_hop == in.next_hop);
  CHECK(out.med == 7);
  CHECK(out.local_pref == 100);
  in.local_pref = 250;
  CHECK(export_attributes(in, kFromExternal, kInternal).local_pref == 250);
  CHECK(export_attributes(routes::originated(), kLocal, kInternal).next_hop ==
        net::IpAddress(address("10.0.0.9")));
}

TEST_CASE("an AS_PATH past 255 numbers goes on in a second segment", "[policy]") {
  for (const std::uint32_t length : {254u, 255u, 256u, 257u, 510u}) {
    std::vector<std::uint32_t> numbers(length);
    std::iota(numbers.begin(), numbers.end(), 1'000u);
    bgp::PathAttributes in = routes::learnt({}, "10.0.0.1");
    in.as_path = bgp::AsPath(numbers);
    const auto out = export_attributes(in, kFromExternal, kExternal);
    numbers.insert(numbers.begin(), 100);
    CHECK(out.as_path.numbers() == numbers);
    CHECK(out.as_path.length() == length + 1);
    CHECK(out.as_path.first_as() == 100);
    std::vector<std::size_t> segments;
    out.as_path.for_each_segment([&](const auto& segment) { segments.push_back(segment.size()); });
    CHECK(std::accumulate(segments.begin(), segments.end(), std::size_t{0}) == length + 1);
    CHECK(segments.size() == (length + 1 > 510 ? 3u : length + 1 > 255 ? 2u : 1u));
    // And over the wire, to both kinds of peer.
    for (const bool four_octets : {true, false}) {
      const bgp::Agreed agreed{.four_octet_as = four_octets};
      bgp::Update update;
      update.announced = {routes::prefix("10.1.0.0/16")};
      update.attributes = out;
      std::vector<std::uint8_t> octets;
      bgp::encode(update, agreed, octets);
      const auto frame = bgp::next_frame(octets, 4096);
      REQUIRE(frame);
      REQUIRE(*frame);
      const auto decoded = bgp::decode(**frame, agreed);
      REQUIRE(decoded);
      CHECK(std::get<bgp::Update>(*decoded).attributes.as_path.numbers() == numbers);
    }
  }
}

TEST_CASE("what import policy looks at", "[policy]") {
  using Type = bgp::AsPath::SegmentType;
  bgp::PathAttributes attributes = routes::learnt({101, 102}, "10.0.0.1");
  CHECK(traits_of(attributes, 100) == 0);
  CHECK(traits_of(attributes, 102) == kLoops);
  attributes.as_path.append_segment(Type::Set, std::vector<std::uint32_t>{103, 104});
  CHECK(traits_of(attributes, 100) == kHasAsSet);
  CHECK(traits_of(attributes, 104) == (kHasAsSet | kLoops));
  attributes.as_path.append_segment(Type::ConfedSequence, std::vector<std::uint32_t>{65001});
  CHECK(traits_of(attributes, 100) == (kHasAsSet | kHasConfedSegment));
  attributes.communities = {0xffff0000};
  CHECK(traits_of(attributes, 100) == (kHasAsSet | kHasConfedSegment | kShutsDown));
}

TEST_CASE("ONLY_TO_CUSTOMER, and what we reflected, are seen (RFC 9234, RFC 4456)", "[policy]") {
  bgp::PathAttributes attributes = routes::learnt({101}, "10.0.0.1");
  attributes.only_to_customer = 101;
  CHECK(traits_of(attributes, 100) == kOnlyToCustomer);
  attributes.originator_id = address("1.1.1.1");
  attributes.cluster_list = {address("2.2.2.2"), address("3.3.3.3")};
  CHECK(traits_of(attributes, 100, address("4.4.4.4")) == kOnlyToCustomer);
  CHECK(traits_of(attributes, 100, address("1.1.1.1")) == (kOnlyToCustomer | kReflectedBack));
  CHECK(traits_of(attributes, 100, address("3.3.3.3")) == (kOnlyToCustomer | kReflectedBack));
  attributes.originator_id = address("0.0.0.0");
  CHECK(traits_of(attributes, 100) == kOnlyToCustomer);

  const ImportPolicy upstream{.reject = kLoops | kOnlyToCustomer};
  const ImportPolicy lateral{.reject = kOnlyToCustomer, .only_to_customer_of = 101};
  CHECK(judge(kReflectedBack, {}) == RejectReason::ReflectedBack);
  CHECK(judge(kOnlyToCustomer, {}, 7) == RejectReason::None);
  CHECK(judge(kOnlyToCustomer, upstream, 101) == RejectReason::RouteLeak);
  CHECK(judge(0, upstream) == RejectReason::None);
  CHECK(judge(kOnlyToCustomer, lateral, 101) == RejectReason::None);
  CHECK(judge(kOnlyToCustomer, lateral, 102) == RejectReason::RouteLeak);
  CHECK(judge(kOnlyToCustomer | kLoops, upstream, 101) == RejectReason::AsLoop);
}

TEST_CASE("what is not taken, and why", "[policy]") {
  CHECK(judge(0, {}) == RejectReason::None);
  CHECK(judge(kLoops, {}) == RejectReason::AsLoop);
  CHECK(judge(kHasAsSet | kShutsDown, {}) == RejectReason::None);
  CHECK(judge(kHasConfedSegment, {}) == RejectReason::ConfedSegment);
  CHECK(judge(kHasAsSet, {.reject = kLoops | kHasAsSet}) == RejectReason::AsSet);
  CHECK(judge(0, {.deny_all = true}) == RejectReason::NoPolicy);  // RFC 8212
  auto deny = kExternal;
  deny.deny_all = true;
  CHECK_FALSE(may_export(traits_of(routes::originated(), 100), kLocal, deny));
}

TEST_CASE("next-hop-self needs an address of the family", "[policy]") {
  const auto in = routes::learnt({101}, "10.0.0.1");
  ExportPolicy policy{.external = true, .local_as = 100};
  CHECK_FALSE(may_export(traits_of(in, 100), kFromExternal, policy));
  policy.external = false;
  CHECK(may_export(traits_of(in, 100), kFromExternal, policy));  // goes on unchanged
  CHECK_FALSE(may_export(traits_of(in, 100), kLocal, policy));
  policy.next_hop_self = true;
  CHECK_FALSE(may_export(traits_of(in, 100), kFromExternal, policy));
  policy.local_address = address("10.0.0.9");
  CHECK(may_export(traits_of(in, 100), kFromExternal, policy));
  CHECK(export_attributes(in, kFromExternal, policy).next_hop == net::IpAddress(address("10.0.0.9")));
}

TEST_CASE("reasons have words", "[policy]") {
  const std::pair<RejectReason, std::string_view> rows[] = {
      {RejectReason::None, ""},
      {RejectReason::NoPolicy, "no policy"},
      {RejectReason::AsLoop, "AS loop"},
      {RejectReason::AsSet, "AS_SET"},
      {RejectReason::ConfedSegment, "confederation segment"},
      {RejectReason::RouteLeak, "route leak"},
      {RejectReason::ReflectedBack, "reflected back"},
      {RejectReason::NextHopUnreachable, "next hop unreachable"}};
  for (const auto& [reason, words] : rows) CHECK(to_string(reason) == words);
}

// RFC 9234 §5, egress: towards a provider, a peer or a route server.
TEST_CASE("ONLY_TO_CUSTOMER holds a route back, or goes with it", "[policy]") {
  auto in = routes::learnt({101}, "10.0.0.1");
  auto upwards = kExternal;
  upwards.holds_back_only_to_customer = true;
  auto downwards = kExternal;
  downwards.adds_only_to_customer = true;
  CHECK(may_export(traits_of(in, 100), kFromExternal, upwards));
  CHECK(export_attributes(in, kFromExternal, downwards).only_to_customer == 100u);
  CHECK_FALSE(export_attributes(in, kFromExternal, upwards).only_to_customer);
  in.only_to_customer = 7;
  CHECK_FALSE(may_export(traits_of(in, 100), kFromExternal, upwards));
  CHECK(may_export(traits_of(in, 100), kFromExternal, downwards));
  CHECK(export_attributes(in, kFromExternal, downwards).only_to_customer == 7u);
  auto inside = kInternal;
  inside.adds_only_to_customer = true;
  CHECK_FALSE(export_attributes(routes::learnt({101}, "10.0.0.1"), kFromExternal, inside).only_to_customer);
}

// RFC 8326 §4.2.
TEST_CASE("GRACEFUL_SHUTDOWN lowers LOCAL_PREF on the way in, from outside and where asked for", "[policy]") {
  auto in = routes::learnt({101}, "10.0.0.1");
  in.local_pref = 200;
  CHECK(import_attributes(in, {}, false) == in);
  in.communities = {kGracefulShutdown};
  CHECK(import_attributes(in, {}, false).local_pref == 0u);
  CHECK(import_attributes(in, {}, true) == in);
  CHECK(import_attributes(in, {.graceful_shutdown = false}, false) == in);
}

TEST_CASE("both kinds of confederation segment are seen (RFC 5065)", "[policy]") {
  using Type = bgp::AsPath::SegmentType;
  for (const Type type : {Type::ConfedSequence, Type::ConfedSet}) {
    bgp::PathAttributes attributes;
    attributes.as_path.append_segment(type, std::vector<std::uint32_t>{65001});
    CHECK(traits_of(attributes, 100) == kHasConfedSegment);
  }
}
