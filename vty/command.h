// The commands of the vty as values, and the way from a line to one of them: words may be shortened as long
// as only one command fits, as in Quagga and FRR, whose messages these are. Knows no terminal and no router.
// What a command prints may be filtered (vty/filter.h); that is no part of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/address.h"
#include "net/prefix.h"
#include "net/result.h"
#include "show/ip_routes.h"

namespace vty {

// Which commands there are: all may look, `enable` opens what changes things, `configure terminal` and the
// commands below it lead further in.
enum class Mode : std::uint8_t { View, Enable, Config, Router, Ipv4Family, Ipv6Family };

// The mode that `exit` leads to; nothing: it ends the connection.
std::optional<Mode> mode_above(Mode mode);
inline bool configures(Mode mode) { return mode >= Mode::Config; }

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
struct ShowNeighborRoutes {
  enum class Which : std::uint8_t { Advertised, Received, Accepted };
  net::IpAddress neighbor;
  Which which = Which::Advertised;
  bool json = false;
};
struct ShowIpRoutes {  // the kernel's, as far as we know them
  bool ipv6 = false;
  std::optional<show::IpRoute::Source> source;  // nothing: all
  bool json = false;
};
struct ShowIpRoute {
  std::variant<net::IpPrefix, net::IpAddress> where;  // of an address: the longest prefix that has it
  bool json = false;
};
struct ShowRunningConfig {};
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
struct ConfigureTerminal {};
struct RouterBgp {
  std::optional<std::uint32_t> as;  // nothing: whatever it is
};
struct AddressFamily {
  bool ipv6 = false;
};
struct ExitAddressFamily {};
struct ClearNeighbors {
  enum class How : std::uint8_t { Hard, Soft, SoftIn, SoftOut };
  std::optional<net::IpAddress> neighbor;  // nothing: all
  How how = How::Hard;
};
struct SetNetwork {
  net::IpPrefix prefix;
  bool announced = true;
};
struct SetNeighborShutdown {
  net::IpAddress neighbor;
  bool down = true;
  std::string message;  // RFC 9003
};
}  // namespace command

// What only looks.
using ShowCommand =
    std::variant<command::ShowSummary, command::ShowRoutes, command::ShowRoute, command::ShowLongestMatch,
                 command::ShowNeighbors, command::ShowNeighborRoutes, command::ShowIpRoutes,
                 command::ShowIpRoute, command::ShowRunningConfig, command::ShowVersion>;
// What is done to the router.
using ChangeCommand =
    std::variant<command::ClearNeighbors, command::SetNetwork, command::SetNeighborShutdown>;
// The rest concerns the terminal.
using Command = std::variant<command::Nothing, ShowCommand, ChangeCommand, command::Help, command::List,
                             command::Exit, command::TerminalLength, command::Enable, command::Disable,
                             command::End, command::ConfigureTerminal, command::RouterBgp,
                             command::AddressFamily, command::ExitAddressFamily>;

// The command that `line` names, or the sentence to print instead, with its newline. `line` has no filter.
net::Result<Command, std::string> parse(std::string_view line, Mode mode);

struct Candidate {
  std::string word;  // "summary", "A.B.C.D", "<cr>"
  std::string_view help;
  bool keyword = true;  // may be typed as it stands
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

// What may stand where `line` ends: after a blank the next words, else the words that begin like its last
// one, of a filter, too. In alphabetical order, "<cr>" last; empty: nothing fits.
std::vector<Candidate> candidates(std::string_view line, Mode mode);

// `line` with each word that nothing begins like replaced by the nearest one that may stand there: a command
// that can be typed; or empty, when none is near.
std::string nearest_command(std::string_view line, Mode mode);

// Every command in a line of its own, "show ip bgp summary [json]".
std::vector<std::string> commands(Mode mode);

}  // namespace vty
