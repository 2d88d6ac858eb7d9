#include "app/speak_options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "app/memory_size.h"

namespace app {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

using Sentence = std::string;  // empty: all is well

template <class Number>
std::optional<Number> number(std::string_view text, Number least, Number most) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
    return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

// One `--neighbor`, while its options are read.
struct Neighbor {
  speaker::NeighborConfig config;
  TcpPeer tcp;
  bool has_as = false, has_local = false, has_families = false;
};

Sentence set_families(Neighbor& neighbor, std::string_view value) {
  auto& capabilities = neighbor.config.peer.session.capabilities;
  capabilities.ipv4_unicast = capabilities.ipv6_unicast = false;
  for (const auto family : split(value, '+')) {
    if (family == "ipv4")
      capabilities.ipv4_unicast = true;
    else if (family == "ipv6")
      capabilities.ipv6_unicast = true;
    else
      return fmt::format("families= takes ipv4, ipv6 or ipv4+ipv6, not \"{}\"", value);
  }
  neighbor.has_families = true;
  return {};
}

Sentence store_key(std::string_view name, std::string_view value, std::string& key) {
  if (value.empty() || value.size() > kMaxTcpKey)
    return fmt::format("{}= takes a key of 1 to {} octets", name, kMaxTcpKey);
  key = value;
  return {};
}

// What an option is called, whether it takes a value, and what it does.
struct Option {
  std::string_view name;
  bool takes_value;
  Sentence (*set)(Neighbor&, std::string_view value);
};

template <class Number, class Store>
Sentence store_number(std::string_view name, std::string_view value, Number least, Number most, Store store) {
  const auto read = number<Number>(value, least, most);
  if (!read) return fmt::format("{}= takes a number from {} to {}, not \"{}\"", name, least, most, value);
  store(*read);
  return {};
}

// What we are to the neighbour (RFC 9234 §4.1).
constexpr std::pair<std::string_view, bgp::Role> kRoles[] = {{"provider", bgp::Role::Provider},
                                                             {"customer", bgp::Role::Customer},
                                                             {"rs", bgp::Role::RouteServer},
                                                             {"rs-client", bgp::Role::RouteServerClient},
                                                             {"peer", bgp::Role::Peer}};

constexpr std::uint32_t kMostAs = 4'294'967'294;  // RFC 7300 reserves the last one

const Option kOptions[] = {
    {"as", true,
     [](Neighbor& neighbor, std::string_view value) {
       neighbor.has_as = true;
       return store_number<std::uint32_t>(
           "as", value, 1, kMostAs, [&](std::uint32_t as) { neighbor.config.peer.session.peer_as = as; });
     }},
    {"local", true,
     [](Neighbor& neighbor, std::string_view value) -> Sentence {
       const auto local = net::IpAddress::parse(value);
       if (!local || local->is_ipv4() != neighbor.config.peer.address.is_ipv4())
         return fmt::format("local= takes an address of the neighbor's family, not \"{}\"", value);
       neighbor.config.peer.local_address = *local;
       neighbor.has_local = true;
       return {};
     }},
    {"port", true,
     [](Neighbor& neighbor, std::string_view value) {
       return store_number<std::uint16_t>("port", value, 1, 65535,
                                          [&](std::uint16_t port) { neighbor.tcp.port = port; });
     }},
    {"passive", false,
     [](Neighbor& neighbor, std::string_view) {
       neighbor.config.peer.passive = true;
       return Sentence();
     }},
    {"shutdown", false,
     [](Neighbor& neighbor, std::string_view) {
       neighbor.config.shut_down = true;
       return Sentence();
     }},
    {"md5", true,
     [](Neighbor& neighbor, std::string_view value) {
       return store_key("md5", value, neighbor.tcp.md5_key);
     }},
    {"ao", true,
     [](Neighbor& neighbor, std::string_view value) { return store_key("ao", value, neighbor.tcp.ao_key); }},
    {"ttl-security", false,
     [](Neighbor& neighbor, std::string_view) {
       neighbor.tcp.ttl_security = true;
       return Sentence();
     }},
    {"hold", true,
     [](Neighbor& neighbor, std::string_view value) -> Sentence {
       const auto hold = number<std::uint16_t>(value, 0, 65535);
       if (!hold || *hold == 1 || *hold == 2)  // RFC 4271 §4.2
         return fmt::format("hold= takes 0, or 3 to 65535 seconds, not \"{}\"", value);
       neighbor.config.peer.session.fsm.hold_time = std::chrono::seconds(*hold);
       return {};
     }},
    // How long until the neighbor's OPEN (RFC 4271 §8.2.2) and until it reads on (RFC 9687 §4).
    {"open-hold", true,
     [](Neighbor& neighbor, std::string_view value) {
       return store_number<std::uint32_t>("open-hold", value, 1, 65535, [&](std::uint32_t seconds) {
         neighbor.config.peer.session.fsm.open_hold_time = std::chrono::seconds(seconds);
       });
     }},
    {"send-hold", true,
     [](Neighbor& neighbor, std::string_view value) {
       return store_number<std::uint32_t>("send-hold", value, 1, 65535, [&](std::uint32_t seconds) {
         neighbor.config.peer.session.fsm.send_hold_time = std::chrono::seconds(seconds);
       });
     }},
    {"retry", true,
     [](Neighbor& neighbor, std::string_view value) {
       return store_number<std::uint32_t>("retry", value, 1, 65535, [&](std::uint32_t seconds) {
         neighbor.config.peer.session.fsm.connect_retry = std::chrono::seconds(seconds);
       });
     }},
    {"mrai", true,
     [](Neighbor& neighbor, std::string_view value) {
       return store_number<std::uint32_t>("mrai", value, 0, 600, [&](std::uint32_t seconds) {
         neighbor.config.mrai.interval = std::chrono::seconds(seconds);
       });
     }},
    {"families", true,
     [](Neighbor& neighbor, std::string_view value) { return set_families(neighbor, value); }},
    {"as-set", true,
     [](Neighbor& neighbor, std::string_view value) -> Sentence {
       auto& reject = neighbor.config.import_policy.reject;
       if (value != "accept" && value != "reject")
         return fmt::format("as-set= takes accept or reject, not \"{}\"", value);
       reject =
           static_cast<rib::Traits>(value == "reject" ? reject | rib::kHasAsSet : reject & ~rib::kHasAsSet);
       return {};
     }},
    {"policy", true,
     [](Neighbor& neighbor, std::string_view value) -> Sentence {
       if (value != "accept" && value != "require")
         return fmt::format("policy= takes accept or require, not \"{}\"", value);
       neighbor.config.import_policy.deny_all = neighbor.config.deny_export = value == "require";
       return {};
     }},
    {"next-hop-self", false,
     [](Neighbor& neighbor, std::string_view) {
       neighbor.config.next_hop_self = true;
       return Sentence();
     }},
    {"max-prefix", true,
     [](Neighbor& neighbor, std::string_view value) {
       return store_number<std::uint32_t>("max-prefix", value, 1, 0xffffffff,
                                          [&](std::uint32_t limit) { neighbor.config.max_prefixes = limit; });
     }},
    {"max-prefix-restart", true,
     [](Neighbor& neighbor, std::string_view value) {
       return store_number<std::uint32_t>("max-prefix-restart", value, 1, 65535, [&](std::uint32_t seconds) {
         neighbor.config.max_prefix_hold_down = std::chrono::seconds(seconds);
       });
     }},
    {"role", true,
     [](Neighbor& neighbor, std::string_view value) -> Sentence {
       const auto* role = std::ranges::find(kRoles, value, &std::pair<std::string_view, bgp::Role>::first);
       if (role == std::end(kRoles))
         return fmt::format("role= takes provider, customer, rs, rs-client or peer, not \"{}\"", value);
       neighbor.config.peer.session.capabilities.role = role->second;
       return {};
     }},
    {"desc", true,
     [](Neighbor& neighbor, std::string_view value) {
       neighbor.config.description = value;
       return Sentence();
     }},
};

Sentence read_option(Neighbor& neighbor, std::string_view text) {
  const auto equals = text.find('=');
  const auto name = text.substr(0, equals);
  const auto* option = std::ranges::find(kOptions, name, &Option::name);
  if (option == std::end(kOptions)) {
    std::string known;
    for (const Option& each : kOptions)
      known += fmt::format("{}{}{}", known.empty() ? "" : ", ", each.name, each.takes_value ? "=" : "");
    return fmt::format("I do not know the neighbor option \"{}\"; there are {}", name, known);
  }
  if (option->takes_value != (equals != std::string_view::npos))
    return fmt::format("the neighbor option {} {}", name,
                       option->takes_value ? "takes a value: " + std::string(name) + "=…" : "takes no value");
  return option->set(neighbor, option->takes_value ? text.substr(equals + 1) : std::string_view());
}

net::Result<Neighbor, Sentence> read_neighbor(std::string_view text, const SpeakWords& words,
                                              const std::vector<net::IpAddress>& locals,
                                              const speaker::SpeakerConfig& speaker) {
  const auto parts = split(text, ',');
  const auto wrong = [&](std::string_view sentence) {
    return std::unexpected(fmt::format("--neighbor {}: {}", text, sentence));
  };
  Neighbor neighbor;
  auto& peer = neighbor.config.peer;
  const auto address = net::IpAddress::parse(parts.front());
  if (!address) return wrong("an address comes first, like 10.0.0.2,as=65002");
  peer.address = neighbor.tcp.address = *address;
  peer.session.local_as = speaker.as;
  peer.session.identifier = speaker.router_id;
  peer.session.capabilities.hostname = speaker.name;
  peer.session.fsm.connect_retry = words.profile == "rfc" ? 120s : 1s;
  peer.session.fsm.hold_time = words.profile == "rfc" ? 90s : 9s;
  neighbor.config.directly_connected = false;
  for (std::size_t i = 1; i < parts.size(); ++i)
    if (const Sentence sentence = read_option(neighbor, parts[i]); !sentence.empty()) return wrong(sentence);
  if (!neighbor.tcp.md5_key.empty() && !neighbor.tcp.ao_key.empty())
    return wrong("md5= and ao= exclude each other (RFC 5925 §2.2)");
  if (!neighbor.has_as) return wrong("its AS number is missing (as=65002)");
  // RFC 8212 is about external peers only.
  if (peer.session.internal()) neighbor.config.import_policy.deny_all = neighbor.config.deny_export = false;
  if (!neighbor.has_families) set_families(neighbor, address->is_ipv4() ? "ipv4" : "ipv6");
  if (!neighbor.has_local) {
    const auto local = std::ranges::find(locals, address->is_ipv4(), &net::IpAddress::is_ipv4);
    if (local == locals.end()) return wrong("our own address is missing (--local, or local= here)");
    peer.local_address = *local;
  }
  return neighbor;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
  }) && text.front() != '.';
}

}  // namespace

net::Result<SpeakOptions, std::string> read_speak_words(const SpeakWords& words) {
  SpeakOptions options;
  options.netns = words.netns;
  RouterPlan& plan = options.plan;
  speaker::SpeakerConfig& speaker = plan.speaker;
  speaker.name = plan.name = !words.name.empty() ? words.name : words.netns.empty() ? "speaker" : words.netns;
  plan.outlived_by_namespace = true;
  if (!is_name(plan.name))
    return std::unexpected("--name takes up to 32 letters, digits, \"_\", \"-\" and \".\"");
  const auto as = number<std::uint32_t>(words.as, 1, kMostAs);
  if (!as)
    return std::unexpected(fmt::format("--as takes a number from 1 to {}, not \"{}\"", kMostAs, words.as));
  speaker.as = *as;
  const auto router_id = net::Ipv4Address::parse(words.router_id);
  if (!router_id || router_id->is_unspecified())
    return std::unexpected(fmt::format("--router-id takes an IPv4 address, not \"{}\"", words.router_id));
  speaker.router_id = *router_id;
  const auto port = number<std::uint16_t>(words.listen_port, 1, 65535);
  if (!port)
    return std::unexpected(
        fmt::format("--listen-port takes a number from 1 to 65535, not \"{}\"", words.listen_port));
  plan.tcp.listen_port = *port;
  if (words.profile != "lab" && words.profile != "rfc")
    return std::unexpected(fmt::format("--profile takes lab or rfc, not \"{}\"", words.profile));
  const auto seed = number<std::uint64_t>(words.seed, 0, std::numeric_limits<std::uint64_t>::max());
  if (!seed) return std::unexpected(fmt::format("--seed takes a whole number, not \"{}\"", words.seed));
  speaker.seed = *seed;
  const auto memory = read_router_memory(words.router_memory);
  if (!memory) return std::unexpected(memory.error());
  speaker.memory_limit = *memory;

  std::vector<net::IpAddress> locals;
  for (const auto& text : words.locals) {
    const auto local = net::IpAddress::parse(text);
    if (!local) return std::unexpected(fmt::format("--local takes an address, not \"{}\"", text));
    locals.push_back(*local);
  }
  for (const auto& text : words.neighbors) {
    auto neighbor = read_neighbor(text, words, locals, speaker);
    if (!neighbor) return std::unexpected(std::move(neighbor.error()));
    for (const auto& other : speaker.neighbors)
      if (other.peer.address == neighbor->config.peer.address)
        return std::unexpected(
            fmt::format("--neighbor {} is there twice", neighbor->config.peer.address.to_string()));
    speaker.neighbors.push_back(std::move(neighbor->config));
    plan.tcp.peers.push_back(std::move(neighbor->tcp));
  }
  for (const auto& text : words.networks) {
    const auto prefix = net::parse_ip_prefix(text);
    if (!prefix)
      return std::unexpected(
          fmt::format("--network takes a prefix like 203.0.113.0/24 without host bits, not \"{}\"", text));
    speaker.networks.push_back({*prefix, true});
  }
  return options;
}

std::vector<std::string> words_of_file(std::string_view text) {
  std::vector<std::string> words;
  for (auto line : split(text, '\n')) {
    line = line.substr(0, line.find('#'));
    const auto from = line.find_first_not_of(" \t\r");
    if (from == std::string_view::npos) continue;
    line = line.substr(from, line.find_last_not_of(" \t\r") + 1 - from);
    const auto blank = std::min(line.find_first_of(" \t"), line.size());
    words.push_back("--" + std::string(line.substr(0, blank)));
    const auto value = line.find_first_not_of(" \t", blank);
    if (value != std::string_view::npos) words.emplace_back(line.substr(value));
  }
  return words;
}

}  // namespace app
