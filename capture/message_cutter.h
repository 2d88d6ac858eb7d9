// Cuts the octets that one end sent into messages, for a reader that goes on where a session would end:
// behind an error, a gap, or a beginning that was not captured, it looks for the next marker. RFC 4271 §4.1,
// §6.1.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bgp/codec.h"
#include "capture/entry.h"
#include "capture/tcp_streams.h"

namespace capture {

struct Piece {
  std::size_t at = 0, octets = 0;  // into the stream
  std::variant<bgp::Frame, bgp::Notification, Skipped> what;

  std::size_t end() const { return at + octets; }
};

// The pieces in order. Messages above 4096 octets are cut, too: whether they were agreed on is the session's
// to say.
std::vector<Piece> cut_messages(const TcpStream& stream);
// Octets that start with a message.
std::vector<Piece> cut_messages(net::Bytes octets);

// Where the next header that can be one starts, at `from` or later.
std::optional<std::size_t> find_header(net::Bytes octets, std::size_t from);

}  // namespace capture
