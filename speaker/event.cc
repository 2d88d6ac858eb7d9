#include "speaker/event.h"

#include <algorithm>

namespace speaker {

EventPrefix EventPrefix::of(const net::Ipv4Prefix& prefix) {
  EventPrefix octets{.length = static_cast<std::uint8_t>(prefix.length())};
  for (unsigned i = 0; i < 4; ++i)
    octets.address[i] = static_cast<std::uint8_t>(prefix.address().value >> (24 - 8 * i));
  return octets;
}

EventPrefix EventPrefix::of(const net::Ipv6Prefix& prefix) {
  EventPrefix octets{.length = static_cast<std::uint8_t>(prefix.length()), .ipv6 = true};
  std::ranges::copy(prefix.address().bytes, octets.address.begin());
  return octets;
}

EventPrefix EventPrefix::of(const net::IpPrefix& prefix) {
  return std::visit([](const auto& one) { return of(one); }, prefix);
}

net::IpPrefix EventPrefix::value() const {
  if (!ipv6)
    return net::Ipv4Prefix(net::Ipv4Address::of(address[0], address[1], address[2], address[3]), length);
  net::Ipv6Address v6;
  std::ranges::copy(address, v6.bytes.begin());
  return net::Ipv6Prefix(v6, length);
}

}  // namespace speaker
