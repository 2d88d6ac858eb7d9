// What messages say about themselves: End-of-RIB, and the names of errors. Knows no octets of its own.
// RFC 4724 §2, RFC 9003 §4; names of RFC 4271 §6, RFC 4486, RFC 6608, RFC 7313, RFC 9234, RFC 9384, RFC 8538,
// RFC 9687.
#include "bgp/message.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "bgp/shutdown_communication.h"

namespace bgp {

namespace {

constexpr std::size_t kShownOctets = 16;

using Names = std::span<const std::string_view>;  // index: subcode; empty: none assigned

constexpr std::string_view kHeaderNames[] = {"Unspecific", "Connection Not Synchronized",
                                             "Bad Message Length", "Bad Message Type"};
constexpr std::string_view kOpenNames[] = {"Unspecific",
                                           "Unsupported Version Number",
                                           "Bad Peer AS",
                                           "Bad BGP Identifier",
                                           "Unsupported Optional Parameter",
                                           "Authentication Failure",
                                           "Unacceptable Hold Time",
                                           "Unsupported Capability",
                                           "",
                                           "",
                                           "",
                                           "Role Mismatch"};
constexpr std::string_view kUpdateNames[] = {"Unspecific",
                                             "Malformed Attribute List",
                                             "Unrecognized Well-known Attribute",
                                             "Missing Well-known Attribute",
                                             "Attribute Flags Error",
                                             "Attribute Length Error",
                                             "Invalid ORIGIN Attribute",
                                             "AS Routing Loop",
                                             "Invalid NEXT_HOP Attribute",
                                             "Optional Attribute Error",
                                             "Invalid Network Field",
                                             "Malformed AS_PATH"};
constexpr std::string_view kFsmNames[] = {"Unspecified Error", "Receive Unexpected Message in OpenSent State",
                                          "Receive Unexpected Message in OpenConfirm State",
                                          "Receive Unexpected Message in Established State"};
constexpr std::string_view kCeaseNames[] = {"Unspecific",
                                            "Maximum Number of Prefixes Reached",
                                            "Administrative Shutdown",
                                            "Peer De-configured",
                                            "Administrative Reset",
                                            "Connection Rejected",
                                            "Other Configuration Change",
                                            "Connection Collision Resolution",
                                            "Out of Resources",
                                            "Hard Reset",
                                            "BFD Down"};
constexpr std::string_view kRefreshNames[] = {"Unspecific", "Invalid Message Length"};

struct CodeNames {
  std::string_view code;
  Names subcodes;
};

CodeNames names_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::MessageHeader: return {"Message Header Error", kHeaderNames};
    case ErrorCode::OpenMessage: return {"OPEN Message Error", kOpenNames};
    case ErrorCode::UpdateMessage: return {"UPDATE Message Error", kUpdateNames};
    case ErrorCode::HoldTimerExpired: return {"Hold Timer Expired", {}};
    case ErrorCode::FiniteStateMachine: return {"Finite State Machine Error", kFsmNames};
    case ErrorCode::Cease: return {"Cease", kCeaseNames};
    case ErrorCode::RouteRefresh: return {"ROUTE-REFRESH Message Error", kRefreshNames};
    case ErrorCode::SendHoldTimerExpired: return {"Send Hold Timer Expired", {}};
  }
  return {};  // a peer may send any octet
}

}  // namespace

void Update::clear() {
  auto path = std::exchange(attributes.as_path, {});
  path.clear();
  attributes = {};
  attributes.as_path = std::move(path);
  withdrawn.clear();
  announced.clear();
  mp_reach.reset();
  mp_unreach.reset();
  faults.clear();
}

bool Update::is_end_of_rib() const {
  return withdrawn.empty() && announced.empty() && !mp_reach && faults.empty() &&
         (!mp_unreach || (mp_unreach->ipv4.empty() && mp_unreach->ipv6.empty()));
}

std::string Notification::describe() const {
  const auto [name, subcodes] = names_of(code);
  const std::string head =
      name.empty() ? fmt::format("Unknown error {}", static_cast<unsigned>(code)) : std::string(name);
  if (subcode < subcodes.size() && !subcodes[subcode].empty())
    return fmt::format("{}/{}", head, subcodes[subcode]);
  if (subcode == 0) return head;
  return fmt::format("{}/Unknown subcode {}", head, subcode);
}

std::string Notification::describe_with_text() const {
  const auto [text, malformed] = shutdown_text(*this);
  if (malformed) {
    // As octets, and not all of them (RFC 9003 §4).
    const auto octets = std::span(data).first(std::min(data.size(), kShownOctets));
    return fmt::format("{}: malformed shutdown communication {:02x}{}", describe(), fmt::join(octets, " "),
                       octets.size() < data.size() ? " ..." : "");
  }
  return text.empty() ? describe() : fmt::format("{}: \"{}\"", describe(), text);
}

}  // namespace bgp
