// The tree of commands: what may follow what, with help texts. Data only; vty/command.cc walks it.
#pragma once

#include <string_view>
#include <vector>

#include "vty/command.h"

namespace vty {

enum class WordKind { Keyword, Address, Prefix, Length };

// What the parameters on the way to a command were.
struct Arguments {
  std::optional<net::Ipv4Address> address;
  std::optional<net::Ipv4Prefix> prefix;
  unsigned length = 0;
  bool json = false;
};

struct Node {
  WordKind kind = WordKind::Keyword;
  std::string_view word;  // of a parameter: how it stands in help
  std::string_view help;
  std::vector<Node> next;
  Command (*make)(const Arguments&) = nullptr;  // null: a command does not end here
  bool enabled_only = false;
};

// The one tree; its root stands for no word.
const Node& grammar();

}  // namespace vty
