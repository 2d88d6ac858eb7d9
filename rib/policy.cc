#include "rib/policy.h"

#include <algorithm>

#include "rib/decision.h"

namespace rib {

namespace {

constexpr std::uint8_t kTransitive = 0x40, kPartial = 0x20;  // attribute flags, RFC 4271 §4.3

bool has(const bgp::PathAttributes& attributes, std::uint32_t community) {
  return std::ranges::find(attributes.communities, community) != attributes.communities.end();
}

}  // namespace

bool may_export(const bgp::PathAttributes& attributes, const RouteSource& source,
                const ExportPolicy& policy) {
  // RFC 4271 §9.2: what one internal peer told is not told to another (we reflect no routes).
  if (source.internal && !policy.external) return false;
  if (attributes.communities.empty()) return true;
  if (has(attributes, kNoAdvertise)) return false;
  return !policy.external || !(has(attributes, kNoExport) || has(attributes, kNoExportSubconfed));
}

bgp::PathAttributes export_attributes(const bgp::PathAttributes& attributes, const RouteSource& source,
                                      const ExportPolicy& policy) {
  bgp::PathAttributes out = attributes;
  // RFC 4271 §5: optional transitive attributes that we do not know are passed on and marked Partial, others
  // stay here.
  std::erase_if(out.unknown, [](const auto& unknown) { return (unknown.flags & kTransitive) == 0; });
  if (!source.local)
    for (auto& unknown : out.unknown) unknown.flags |= kPartial;
  if (policy.external) {
    out.as_path = attributes.as_path.prepended(policy.local_as);  // §5.1.2 b
    out.next_hop = policy.local_address;                          // §5.1.3, next-hop-self
    if (!source.local) out.med.reset();                           // §5.1.4: not to other ASes
    out.local_pref.reset();                                       // §5.1.5
    out.originator_id.reset();                                    // RFC 4456: of no meaning outside
    out.cluster_list.clear();
  } else {
    if (source.local) out.next_hop = policy.local_address;
    out.local_pref = attributes.local_pref.value_or(kDefaultLocalPref);
  }
  return out;
}

}  // namespace rib
