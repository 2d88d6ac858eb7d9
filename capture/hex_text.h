// Messages written as hexadecimal digits, as people paste them from logs and RFCs: white space and colons
// anywhere, remarks from '#' to the end of the line, a blank line between messages where their own lengths do
// not part them.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/bytes.h"

namespace capture {

// One paragraph: its octets line by line.
using HexParagraph = std::vector<std::vector<std::uint8_t>>;

// Nothing but digits, white space, colons and remarks?
bool is_hex_text(net::Bytes text);

// The paragraphs that hold digits, or one sentence about what is no hexadecimal text.
std::variant<std::vector<HexParagraph>, std::string> read_hex_text(std::string_view text);

// The messages of a paragraph, each with marker and header, whatever it was written with: whole messages;
// messages without their marker (length, type, body); the body of an UPDATE; or one of these on each line.
// What is none of these comes back as it is.
std::vector<std::vector<std::uint8_t>> messages_of(const HexParagraph& paragraph);

}  // namespace capture
