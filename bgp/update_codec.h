// Internal to bgp/: the body of an UPDATE, and the frame around what codec.cc and update_codec.cc write.
#pragma once

#include <vector>

#include "bgp/codec.h"
#include "net/bytes.h"

namespace bgp {

// Into `update`, which is empty; what it holds after an error means nothing.
std::optional<Notification> decode_update(net::Bytes body, const Agreed& agreed, Update& update);
// Appends the body. MP_REACH_NLRI and MP_UNREACH_NLRI come first among the attributes (RFC 7606 §5.1).
void encode_update(const Update& update, const Agreed& agreed, std::vector<std::uint8_t>& out);

// Writes marker, a length of 0 and the type; returns where the message starts, for end_message.
std::size_t begin_message(MessageType type, net::ByteWriter& writer);
void end_message(std::size_t start, net::ByteWriter& writer);

}  // namespace bgp
