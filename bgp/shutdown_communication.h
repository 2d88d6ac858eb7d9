// The text that an administrator sends along with a Cease/Administrative Shutdown or Reset: one length octet,
// then UTF-8. What comes from a peer is shown on terminals and in logs, so it is checked and made harmless
// here, whatever its sender meant. RFC 9003 (which replaces RFC 8203).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgp/message.h"

namespace bgp {

inline constexpr std::size_t kMaxShutdownTextOctets = 255;  // RFC 9003 §2

// The data of the NOTIFICATION: nothing for an empty text. What is too long is cut between two characters;
// octets that are no UTF-8 become question marks.
std::vector<std::uint8_t> shutdown_data(std::string_view text);

// What a Hard Reset stands for (RFC 8538 §3): its data are the code, subcode and data of the NOTIFICATION
// that would have been sent to a peer without graceful restart.
std::optional<Notification> hard_reset_reason(const Notification& notification);

// What a NOTIFICATION, or the one within a Hard Reset, says. `malformed`: there is data, and it is no such
// text.
struct ShutdownText {
  std::string text;  // UTF-8; control characters, and those that turn the order of a line, escaped as \u{9b}
  bool malformed = false;
};
ShutdownText shutdown_text(const Notification& notification);

}  // namespace bgp
