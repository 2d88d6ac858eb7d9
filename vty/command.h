// The commands of the vty as values, and the way from a line to one of them: words may be shortened as long
// as only one command fits, as in Quagga and FRR, whose messages these are. Knows no terminal and no router.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/address.h"
#include "net/prefix.h"
#include "net/result.h"

namespace vty {

// Which commands there are: all may look, `enable` adds what changes the terminal back.
enum class Mode { View, Enable };

namespace command {
struct Nothing {};  // an empty line or a comment
struct ShowSummary {
  bool json = false;
};
struct ShowRoutes {
  bool json = false;
};
struct ShowRoute {
  net::Ipv4Prefix prefix;
  bool json = false;
};
struct ShowLongestMatch {
  net::Ipv4Address address;
  bool json = false;
};
struct ShowNeighbors {
  std::optional<net::IpAddress> address;  // nothing: all
  bool json = false;
};
struct ShowVersion {
  bool json = false;
};
struct Help {};
struct List {};
struct Exit {};
struct TerminalLength {
  std::optional<unsigned> lines;  // 0 to 512; nothing: `terminal no length`
};
struct Enable {};
struct Disable {};
struct End {};
}  // namespace command

using ShowCommand = std::variant<command::ShowSummary, command::ShowRoutes, command::ShowRoute,
                                 command::ShowLongestMatch, command::ShowNeighbors, command::ShowVersion>;
using Command = std::variant<command::Nothing, ShowCommand, command::Help, command::List, command::Exit,
                             command::TerminalLength, command::Enable, command::Disable, command::End>;

// The command that `line` names, or the sentence to print instead, with its newline.
net::Result<Command, std::string> parse(std::string_view line, Mode mode);

struct Candidate {
  std::string word;  // "summary", "A.B.C.D", "<cr>"
  std::string_view help;
  bool keyword = true;  // may be typed as it stands
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

// What may stand where `line` ends: after a blank the next words, else the words that begin like its last
// one. In alphabetical order, "<cr>" last; empty: nothing fits.
std::vector<Candidate> candidates(std::string_view line, Mode mode);

// `line` with each word that nothing begins like replaced by the nearest one that may stand there: a command
// that can be typed; or empty, when none is near.
std::string nearest_command(std::string_view line, Mode mode);

// Every command in a line of its own, "show ip bgp summary [json]".
std::vector<std::string> commands(Mode mode);

}  // namespace vty
