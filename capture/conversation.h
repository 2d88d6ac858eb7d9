// The messages of one connection, decoded with what its OPENs agreed on. Where an OPEN was not captured it
// decides by what is there: a message that can be read in one width of AS numbers only tells the width. Knows
// no container. RFC 4271 §6, RFC 6793 §4.1, RFC 8654 §4.
#pragma once

#include <array>
#include <optional>
#include <variant>

#include "capture/entry.h"

namespace capture {

class Conversation {
 public:
  explicit Conversation(const Options& options) : options_(options) {}

  // `side`: 0 or 1, who sent it. `octets`: the whole message of which `frame` is the body.
  std::variant<Decoded, Refused, Skipped> decode(std::size_t side, const bgp::Frame& frame,
                                                 net::Bytes octets);

 private:
  bgp::Agreed agreed() const;
  bool is_width_known() const;
  bool has_path_ids(std::size_t side) const;
  std::variant<Decoded, Refused, Skipped> decode_update(std::size_t side, const bgp::Frame& frame,
                                                        net::Bytes octets);

  Options options_;
  std::array<std::optional<bgp::Open>, 2> opens_;
  std::optional<bool> guessed_four_octet_as_;
};

// Four octets unless only two make sense of the UPDATE (AS_PATH and AGGREGATOR without a fault); nothing:
// both do, or neither.
std::optional<bool> guess_four_octet_as(const bgp::Frame& frame, bgp::Agreed agreed);

}  // namespace capture
