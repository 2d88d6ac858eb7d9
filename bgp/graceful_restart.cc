// See the header.
#include "bgp/graceful_restart.h"

#include <algorithm>

#include "bgp/capabilities.h"
#include "net/bytes.h"

namespace bgp {

namespace {

constexpr std::uint16_t kRestarting = 0x8000, kGracefulNotification = 0x4000, kTime = 0x0fff;
constexpr std::uint8_t kForwarding = 0x80;

std::optional<GracefulRestart> read(net::Bytes value) {
  net::ByteReader reader(value);
  const auto flags = reader.u16();
  if (!flags) return std::nullopt;
  GracefulRestart restart{(*flags & kRestarting) != 0,
                          (*flags & kGracefulNotification) != 0,
                          std::chrono::seconds(*flags & kTime),
                          {}};
  while (!reader.empty()) {
    const auto afi = reader.u16();
    const auto safi = reader.u8();
    const auto family_flags = reader.u8();
    if (!family_flags) return std::nullopt;
    restart.families.push_back({{*afi, *safi}, (*family_flags & kForwarding) != 0});
  }
  return restart;
}

}  // namespace

bool GracefulRestart::preserves(Family family) const {
  return std::ranges::any_of(families, [family](const Preserved& one) { return one.family == family; });
}

bool GracefulRestart::forwarded_throughout(Family family) const {
  return std::ranges::any_of(
      families, [family](const Preserved& one) { return one.family == family && one.forwarding; });
}

std::optional<GracefulRestart> graceful_restart_of(const Open& open) {
  std::optional<GracefulRestart> last;
  for (const Capability& capability : open.capabilities)
    if (capability.code == static_cast<std::uint8_t>(CapabilityCode::GracefulRestart))
      last = read(capability.value);
  return last;
}

Capability graceful_restart_helper() {
  Capability capability{static_cast<std::uint8_t>(CapabilityCode::GracefulRestart), {}};
  net::ByteWriter(capability.value).u16(kGracefulNotification);
  return capability;
}

bool ends_routes(const Notification& notification) {
  if (notification.code != ErrorCode::Cease) return false;
  switch (notification.subcode) {
    case kCeaseMaxPrefixes:
    case kCeaseShutdown:
    case kCeaseDeconfigured:
    case kCeaseRejected:
    case kCeaseHardReset: return true;
    default: return false;
  }
}

}  // namespace bgp
