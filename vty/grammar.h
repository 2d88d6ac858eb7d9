// The tree of commands: what may follow what, with help texts. Data only; vty/command.cc walks it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vty/command.h"

namespace vty {

enum class WordKind : std::uint8_t {
  Keyword,
  Ipv4Address,
  Ipv6Address,
  Ipv4Prefix,
  Ipv6Prefix,
  Number,  // from `least` to `most`
  Text,    // the rest of the line
};

// What the parameters on the way to a command were.
struct Arguments {
  std::optional<net::IpAddress> address;
  std::optional<net::IpPrefix> prefix;
  std::optional<std::uint32_t> number;
  std::string text;
  bool json = false;

  net::Ipv4Prefix ipv4_prefix() const { return std::get<net::Ipv4Prefix>(*prefix); }
};

// The word before a command of privileged mode, in the modes below it.
inline constexpr std::string_view kDo = "do";

struct Node {
  WordKind kind = WordKind::Keyword;
  std::string_view word;  // of a parameter: how it stands in help
  std::string_view help;
  std::vector<Node> next;
  Command (*make)(const Arguments&) = nullptr;  // null: a command does not end here
  std::uint32_t least = 0, most = 0;            // of a number
};

// The tree of a mode; its root stands for no word.
const Node& grammar(Mode mode);

}  // namespace vty
