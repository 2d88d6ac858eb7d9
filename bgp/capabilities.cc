// Capabilities: what we offer, what a peer's OPEN offers, what both share. A value that is not as its RFC
// wants it counts as not offered. RFC 5492, RFC 4760 §8, RFC 6793 §4.1, RFC 8654 §3, RFC 7313 §3, RFC 9234
// §4.
#include "bgp/capabilities.h"

#include <algorithm>

#include "bgp/graceful_restart.h"
#include "net/bytes.h"

namespace bgp {

namespace {

constexpr std::size_t kMaxHostname = 253;  // with its two length octets it fills a capability

Capability multiprotocol(Family family) {
  Capability capability{static_cast<std::uint8_t>(CapabilityCode::Multiprotocol), {}};
  net::ByteWriter writer(capability.value);
  writer.u16(family.afi);
  writer.u8(0);
  writer.u8(family.safi);
  return capability;
}

std::optional<Family> family_of(const Capability& capability) {
  if (capability.code != static_cast<std::uint8_t>(CapabilityCode::Multiprotocol)) return std::nullopt;
  if (capability.value.size() != 4) return std::nullopt;
  const auto& value = capability.value;
  return Family{static_cast<std::uint16_t>(value[0] << 8 | value[1]), value[3]};
}

bool speaks(const Open& open, Family family) {
  const bool names_any = std::ranges::any_of(
      open.capabilities, [](const Capability& capability) { return family_of(capability).has_value(); });
  return names_any ? offers_family(open, family) : family == kIpv4Unicast;
}

}  // namespace

std::vector<Capability> make_capabilities(const LocalCapabilities& local, std::uint32_t local_as) {
  std::vector<Capability> capabilities;
  const auto add = [&](CapabilityCode code) -> Capability& {
    return capabilities.emplace_back(Capability{static_cast<std::uint8_t>(code), {}});
  };
  if (local.ipv4_unicast) capabilities.push_back(multiprotocol(kIpv4Unicast));
  if (local.ipv6_unicast) capabilities.push_back(multiprotocol(kIpv6Unicast));
  if (local.route_refresh) add(CapabilityCode::RouteRefresh);
  if (local.extended_message) add(CapabilityCode::ExtendedMessage);
  if (local.role) add(CapabilityCode::Role).value.push_back(static_cast<std::uint8_t>(*local.role));
  if (local.graceful_restart) capabilities.push_back(graceful_restart_helper());
  if (local.four_octet_as) net::ByteWriter(add(CapabilityCode::FourOctetAs).value).u32(local_as);
  if (local.enhanced_refresh) add(CapabilityCode::EnhancedRouteRefresh);
  if (!local.hostname.empty()) {
    auto& value = add(CapabilityCode::Fqdn).value;
    const std::string hostname = local.hostname.substr(0, kMaxHostname);
    value.push_back(static_cast<std::uint8_t>(hostname.size()));
    value.insert(value.end(), hostname.begin(), hostname.end());
    value.push_back(0);  // no domain name
  }
  return capabilities;
}

bool has_capability(const Open& open, CapabilityCode code) {
  return std::ranges::any_of(open.capabilities, [code](const Capability& capability) {
    return capability.code == static_cast<std::uint8_t>(code);
  });
}

bool offers_family(const Open& open, Family family) {
  return std::ranges::any_of(
      open.capabilities, [family](const Capability& capability) { return family_of(capability) == family; });
}

std::optional<std::uint32_t> four_octet_as(const Open& open) {
  for (const Capability& capability : open.capabilities) {
    if (capability.code == static_cast<std::uint8_t>(CapabilityCode::FourOctetAs) &&
        capability.value.size() == 4)
      return net::ByteReader(capability.value).u32();
  }
  return std::nullopt;
}

std::string hostname_of(const Open& open) {
  for (const Capability& capability : open.capabilities) {
    if (capability.code != static_cast<std::uint8_t>(CapabilityCode::Fqdn)) continue;
    net::ByteReader reader(capability.value);
    const auto host = reader.take(reader.u8().value_or(0));
    const auto domain_octets = reader.u8();
    if (!host || !domain_octets || *domain_octets != reader.remaining()) continue;
    // It is shown on terminals: what is not printable ASCII must not reach them.
    std::string hostname(host->begin(), host->end());
    std::ranges::replace_if(
        hostname, [](char c) { return c <= ' ' || c > '~'; }, '?');
    return hostname;
  }
  return {};
}

Role counterpart(Role role) {
  switch (role) {
    case Role::Provider: return Role::Customer;
    case Role::Customer: return Role::Provider;
    case Role::RouteServer: return Role::RouteServerClient;
    case Role::RouteServerClient: return Role::RouteServer;
    case Role::Peer: break;
  }
  return Role::Peer;
}

bool roles_fit(std::optional<Role> local, const Open& received) {
  std::optional<std::uint8_t> claimed;
  for (const Capability& capability : received.capabilities) {
    if (capability.code != static_cast<std::uint8_t>(CapabilityCode::Role) || capability.value.size() != 1)
      continue;
    if (claimed && *claimed != capability.value[0]) return false;
    claimed = capability.value[0];
  }
  return !local || !claimed || *claimed == static_cast<std::uint8_t>(counterpart(*local));
}

std::vector<std::uint8_t> families_in_octets(const Open& open) {
  std::vector<std::uint8_t> octets;
  for (const Capability& capability : open.capabilities) {
    if (!family_of(capability)) continue;
    octets.push_back(capability.code);
    octets.push_back(static_cast<std::uint8_t>(capability.value.size()));
    octets.insert(octets.end(), capability.value.begin(), capability.value.end());
  }
  return octets;
}

std::uint32_t claimed_as(const Open& open) { return four_octet_as(open).value_or(open.my_as); }

Agreed agree(const Open& sent, const Open& received) {
  const auto both_have = [&](CapabilityCode code) {
    return has_capability(sent, code) && has_capability(received, code);
  };
  Agreed agreed;
  agreed.four_octet_as = four_octet_as(sent) && four_octet_as(received);
  agreed.extended_message = both_have(CapabilityCode::ExtendedMessage);
  agreed.enhanced_refresh = both_have(CapabilityCode::EnhancedRouteRefresh);
  agreed.internal = claimed_as(sent) == claimed_as(received);
  agreed.ipv4_unicast = speaks(sent, kIpv4Unicast) && speaks(received, kIpv4Unicast);
  agreed.ipv6_unicast = speaks(sent, kIpv6Unicast) && speaks(received, kIpv6Unicast);
  return agreed;
}

}  // namespace bgp
