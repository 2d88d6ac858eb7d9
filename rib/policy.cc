#include "rib/policy.h"

#include <algorithm>

#include "rib/decision.h"

namespace rib {

namespace {

constexpr std::uint8_t kTransitive = 0x40, kPartial = 0x20;  // attribute flags, RFC 4271 §4.3

bool has(const bgp::PathAttributes& attributes, std::uint32_t community) {
  return std::ranges::find(attributes.communities, community) != attributes.communities.end();
}

constexpr std::uint8_t kNonTransitiveAcrossAs = 0x40;  // RFC 4360 §2: in an extended community's type

// Do we set ourselves as the next hop (RFC 4271 §5.1.3)?
bool sets_next_hop(const RouteSource& source, const ExportPolicy& policy) {
  return policy.external || source.local || policy.next_hop_self;
}

}  // namespace

Traits traits_of(const bgp::PathAttributes& attributes, std::uint32_t local_as, net::Ipv4Address router_id) {
  Traits traits = 0;
  attributes.as_path.for_each_segment([&](const bgp::AsPath::Segment& segment) {
    using enum bgp::AsPath::SegmentType;
    if (segment.type == Set) traits |= kHasAsSet;
    if (segment.type == ConfedSequence || segment.type == ConfedSet) traits |= kHasConfedSegment;
    if (segment.contains(local_as)) traits |= kLoops;
  });
  if (has(attributes, kGracefulShutdown)) traits |= kShutsDown;
  if (has(attributes, kNoAdvertise)) traits |= kStaysHere;
  if (has(attributes, kNoExport) || has(attributes, kNoExportSubconfed)) traits |= kStaysInAs;
  if (attributes.only_to_customer) traits |= kOnlyToCustomer;
  // We are a cluster of our own, whose CLUSTER_ID is the router id (RFC 4456 §7).
  if (!router_id.is_unspecified() &&
      (attributes.originator_id == router_id ||
       std::ranges::find(attributes.cluster_list, router_id) != attributes.cluster_list.end()))
    traits |= kReflectedBack;
  return traits;
}

std::string_view to_string(RejectReason reason) {
  switch (reason) {
    case RejectReason::None: return "";
    case RejectReason::NoPolicy: return "no policy";
    case RejectReason::AsLoop: return "AS loop";
    case RejectReason::AsSet: return "AS_SET";
    case RejectReason::ConfedSegment: return "confederation segment";
    case RejectReason::RouteLeak: return "route leak";
    case RejectReason::ReflectedBack: return "reflected back";
    case RejectReason::NextHopUnreachable: return "next hop unreachable";
  }
  return "";
}

RejectReason judge(Traits traits, const ImportPolicy& policy, std::optional<std::uint32_t> only_to_customer) {
  if (policy.deny_all) return RejectReason::NoPolicy;
  const int faults = traits & policy.reject;
  if (faults == 0) return RejectReason::None;
  if ((faults & kLoops) != 0) return RejectReason::AsLoop;
  if ((faults & kHasAsSet) != 0) return RejectReason::AsSet;
  if ((faults & kHasConfedSegment) != 0) return RejectReason::ConfedSegment;
  if ((faults & kReflectedBack) != 0) return RejectReason::ReflectedBack;
  const bool from_whom_it_says = policy.only_to_customer_of && only_to_customer == policy.only_to_customer_of;
  return from_whom_it_says ? RejectReason::None : RejectReason::RouteLeak;
}

bgp::PathAttributes import_attributes(bgp::PathAttributes attributes, const ImportPolicy& policy,
                                      bool internal) {
  if (!internal && policy.graceful_shutdown && has(attributes, kGracefulShutdown)) attributes.local_pref = 0;
  return attributes;
}

bool may_export(Traits traits, const RouteSource& source, const ExportPolicy& policy) {
  if (policy.deny_all) return false;
  if (!policy.local_address && sets_next_hop(source, policy)) return false;
  // RFC 4271 §9.2: what one internal peer told is not told to another (we reflect no routes).
  if (source.internal && !policy.external) return false;
  if (policy.holds_back_only_to_customer && (traits & kOnlyToCustomer) != 0) return false;
  if ((traits & kStaysHere) != 0) return false;
  return !policy.external || (traits & kStaysInAs) == 0;
}

bgp::PathAttributes export_attributes(bgp::PathAttributes attributes, const RouteSource& source,
                                      const ExportPolicy& policy) {
  // RFC 4271 §5: optional transitive attributes that we do not know are passed on and marked Partial, others
  // stay here.
  std::erase_if(attributes.unknown, [](const auto& unknown) { return (unknown.flags & kTransitive) == 0; });
  if (!source.local)
    for (auto& unknown : attributes.unknown) unknown.flags |= kPartial;
  // A link-local next hop means something to whoever is on the link only (RFC 2545 §3).
  attributes.link_local_next_hop.reset();
  if (sets_next_hop(source, policy)) {
    attributes.next_hop = *policy.local_address;
    attributes.link_local_next_hop = policy.link_local;
  }
  if (policy.external) {
    attributes.as_path.prepend(policy.local_as);  // §5.1.2 b
    if (!source.local) attributes.med.reset();    // §5.1.4: not to other ASes
    attributes.local_pref.reset();                // §5.1.5
    attributes.originator_id.reset();             // RFC 4456: of no meaning outside
    attributes.cluster_list.clear();
    // RFC 4360 §6: what is not transitive across ASes ends here.
    std::erase_if(attributes.extended_communities, [](const bgp::ExtendedCommunity& community) {
      return (community[0] & kNonTransitiveAcrossAs) != 0;
    });
    if (policy.adds_only_to_customer && !attributes.only_to_customer)
      attributes.only_to_customer = policy.local_as;
  } else {
    attributes.local_pref = source.shuts_down ? 0 : attributes.local_pref.value_or(kDefaultLocalPref);
  }
  return attributes;
}

}  // namespace rib
