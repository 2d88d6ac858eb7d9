// Entries as text for people. See show/decode.h.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "bgp/capabilities.h"
#include "bgp/shutdown_communication.h"
#include "show/attributes_json.h"
#include "show/decode.h"
#include "show/words.h"

namespace show {

namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kShownOctets = 256;

// Words behind a title, over as many lines as they need.
void add_words(std::string& out, std::string_view title, const std::vector<std::string>& words) {
  if (words.empty()) return;
  std::size_t column = 2 + title.size();
  out.append("  ").append(title);
  for (const std::string& word : words) {
    if (column + 1 + word.size() > kColumns && column > 4) {
      out += "\n   ";
      column = 3;
    }
    out.append(" ").append(word);
    column += 1 + word.size();
  }
  out += '\n';
}

std::string hex_text(net::Bytes octets) {
  if (octets.size() <= kShownOctets) return hex(octets);
  return fmt::format("{}… ({} more)", hex(octets.first(kShownOctets)), octets.size() - kShownOctets);
}

std::string families_text(net::Bytes value, std::size_t octets_each) {
  std::string text;
  net::ByteReader reader(value);
  while (reader.remaining() >= octets_each) {
    const std::uint16_t afi = *reader.u16();
    const std::uint8_t safi = *reader.u8(), more = *reader.u8();
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", family_text({afi, safi}), more);
  }
  return text;
}

// What a capability's value says, where that is more than octets.
std::string capability_text(const bgp::Open& open, const bgp::Capability& capability) {
  const auto& value = capability.value;
  using enum bgp::CapabilityCode;
  switch (static_cast<bgp::CapabilityCode>(capability.code)) {
    case Multiprotocol:
      if (value.size() != 4) break;
      return family_text({static_cast<std::uint16_t>(value[0] << 8 | value[1]), value[3]});
    case FourOctetAs:
      if (const auto as = net::ByteReader(value).u32(); as && value.size() == 4)
        return fmt::format("{}", *as);
      break;
    case Role: {
      static constexpr std::array<std::string_view, 5> kRoles{"provider", "rs", "rs-client", "customer",
                                                              "peer"};
      if (value.size() == 1 && value[0] < kRoles.size()) return std::string(kRoles[value[0]]);
      break;
    }
    case GracefulRestart:
      if (value.size() < 2 || value.size() % 4 != 2) break;
      return fmt::format("restart time {} s, flags {:#x} {}", (value[0] & 0x0f) << 8 | value[1],
                         value[0] >> 4, families_text(net::Bytes(value).subspan(2), 4));
    case AddPath:
      if (value.empty() || value.size() % 4 != 0) break;
      return families_text(value, 4);
    case Fqdn:
      if (const auto name = bgp::hostname_of(open); !name.empty()) return name;
      break;
    default: break;
  }
  return hex(value);
}

void add_open(std::string& out, const bgp::Open& open) {
  fmt::format_to(std::back_inserter(out), "  version {}, AS {}, hold time {} s, identifier {}\n",
                 open.version, bgp::claimed_as(open), open.hold_time, open.identifier.to_string());
  for (const bgp::Capability& capability : open.capabilities) {
    const std::string value = capability_text(open, capability);
    fmt::format_to(std::back_inserter(out), "  capability {} {}{}{}\n", capability.code,
                   capability_name(capability.code), value.empty() ? "" : ": ", value);
  }
}

void add_attributes(std::string& out, const bgp::PathAttributes& attributes) {
  const auto to = std::back_inserter(out);
  fmt::format_to(to, "  AS path {}\n",
                 attributes.as_path.empty() ? "empty" : as_path_text(attributes.as_path));
  fmt::format_to(to, "  origin {}, next hop {}", origin_word(attributes.origin),
                 attributes.next_hop.to_string());
  if (attributes.link_local_next_hop)
    fmt::format_to(to, " and {}", attributes.link_local_next_hop->to_string());
  if (attributes.med) fmt::format_to(to, ", med {}", *attributes.med);
  if (attributes.local_pref) fmt::format_to(to, ", local preference {}", *attributes.local_pref);
  if (attributes.atomic_aggregate) out += ", atomic aggregate";
  if (attributes.aggregator)
    fmt::format_to(to, ", aggregated by {} {}", attributes.aggregator->as,
                   attributes.aggregator->speaker.to_string());
  if (attributes.originator_id) fmt::format_to(to, ", originator {}", attributes.originator_id->to_string());
  if (attributes.only_to_customer) fmt::format_to(to, ", only to customer {}", *attributes.only_to_customer);
  out += '\n';
  std::vector<std::string> clusters;
  clusters.reserve(attributes.cluster_list.size());
  for (const auto& cluster : attributes.cluster_list) clusters.push_back(cluster.to_string());
  add_words(out, "cluster list", clusters);
  add_words(out, "communities", communities(attributes, false));
  add_words(out, "extended communities", extended_communities(attributes));
  add_words(out, "large communities", large_communities(attributes));
  for (const auto& unknown : attributes.unknown)
    fmt::format_to(to, "  attribute {} (flags {:#04x}): {}\n", unknown.code, unknown.flags,
                   hex_text(unknown.value));
}

void add_faults(std::string& out, const bgp::Update& update) {
  for (const bgp::AttributeFault& fault : update.faults)
    fmt::format_to(std::back_inserter(out), "  fault: {} ({})\n", fault.what,
                   fault.treatment == bgp::FaultTreatment::Withdraw ? "treated as withdrawn" : "discarded");
}

template <class Prefix>
std::vector<std::string> words_of(const std::vector<Prefix>& prefixes) {
  std::vector<std::string> words;
  words.reserve(prefixes.size());
  for (const Prefix& prefix : prefixes) words.push_back(prefix.to_string());
  return words;
}

// Unicast goes without saying.
std::string foreign(bgp::Family family) { return family.safi == 1 ? "" : ' ' + family_text(family); }

void add_update(std::string& out, const bgp::Update& update) {
  if (update.is_end_of_rib())
    fmt::format_to(std::back_inserter(out), "  End-of-RIB {}\n",
                   family_text(update.mp_unreach ? update.mp_unreach->family : bgp::kIpv4Unicast));
  add_words(out, "withdrawn", words_of(update.withdrawn));
  if (update.mp_unreach) {
    const std::string title = "withdrawn" + foreign(update.mp_unreach->family);
    add_words(out, title, words_of(update.mp_unreach->ipv4));
    add_words(out, title, words_of(update.mp_unreach->ipv6));
  }
  if (!update.announced.empty() || update.mp_reach) {
    const bool both = update.mp_reach && !update.announced.empty();
    add_attributes(out, update.attributes);
    add_words(out, "announced", words_of(update.announced));
    if (update.mp_reach) {
      const std::string title =
          "announced" + foreign(update.mp_reach->family) +
          (both ? fmt::format(" with next hop {}:", update.mp_reach->next_hop.to_string()) : "");
      add_words(out, title, words_of(update.mp_reach->ipv4));
      add_words(out, title, words_of(update.mp_reach->ipv6));
    }
  }
  add_faults(out, update);
}

void add_notification(std::string& out, const bgp::Notification& notification) {
  fmt::format_to(std::back_inserter(out), "  {}/{} {}\n", static_cast<unsigned>(notification.code),
                 notification.subcode, notification.describe());
  if (const auto said = bgp::shutdown_text(notification); !said.text.empty()) {
    fmt::format_to(std::back_inserter(out), "  \"{}\"\n", said.text);
  } else if (!notification.data.empty()) {
    fmt::format_to(std::back_inserter(out), "  data {}\n", hex_text(notification.data));
  }
}

void add_message(std::string& out, const bgp::Message& message) {
  std::visit(net::overloaded{
                 [&](const bgp::Open& open) { add_open(out, open); },
                 [&](const bgp::Update& update) { add_update(out, update); },
                 [&](const bgp::Notification& notification) { add_notification(out, notification); },
                 [](const bgp::Keepalive&) {},
                 [&](const bgp::RouteRefresh& refresh) {
                   fmt::format_to(std::back_inserter(out), "  {}, subtype {}\n", family_text(refresh.family),
                                  refresh.subtype);
                 },
             },
             message);
}

std::string place_text(const capture::Place& place) {
  std::string text;
  if (place.at) text += time_text(*place.at, place.microseconds) + ' ';
  if (place.connection != 0) text += fmt::format("#{} ", place.connection);
  if (place.source && place.destination) {
    text += fmt::format("{} > {} ", endpoint_text(*place.source), endpoint_text(*place.destination));
  } else if (place.peer) {
    text += fmt::format("{} ", place.peer->to_string());
  }
  if (place.peer_as) text += fmt::format("AS {} ", *place.peer_as);
  return text;
}

}  // namespace

std::string entry_text(const capture::Entry& entry) {
  std::string out = place_text(entry.place);
  const auto to = std::back_inserter(out);
  std::visit(
      net::overloaded{
          [&](const capture::Decoded& decoded) {
            out += kind_of(entry);
            if (!decoded.octets.empty()) fmt::format_to(to, ", {} octets", decoded.octets.size());
            if (decoded.four_octet_as_guessed)
              fmt::format_to(to, ", AS numbers taken for {} octets", decoded.agreed.four_octet_as ? 4 : 2);
            out += '\n';
            add_message(out, decoded.message);
          },
          [&](const capture::Refused& refused) {
            fmt::format_to(to, "refused, {} octets; chainrouter would answer with NOTIFICATION\n",
                           refused.octets.size());
            add_notification(out, refused.reply);
            fmt::format_to(to, "  octets {}\n", hex_text(refused.octets));
          },
          [&](const capture::Skipped& skipped) {
            if (skipped.octets == 0)
              fmt::format_to(to, "gap: {}\n", skipped.why);
            else
              fmt::format_to(to, "skipped {} octets: {}\n", skipped.octets, skipped.why);
          },
          [&](const capture::StateChange& change) {
            fmt::format_to(to, "state {} > {}\n", state_text(change.from), state_text(change.to));
          },
          [&](const capture::PeerIndex& index) {
            fmt::format_to(to, "peer index of collector {}, view \"{}\"\n", index.collector.to_string(),
                           printable(index.view));
            for (const auto& peer : index.peers)
              fmt::format_to(to, "  {} AS {} identifier {}\n", peer.address.to_string(), peer.as,
                             peer.identifier.to_string());
          },
          [&](const capture::RibPath& path) {
            fmt::format_to(to, "path to {}",
                           std::visit([](const auto& prefix) { return prefix.to_string(); }, path.prefix));
            if (path.originated) fmt::format_to(to, " since {}", time_text(*path.originated, false));
            out += '\n';
            add_attributes(out, path.update.attributes);
            add_faults(out, path.update);
          },
      },
      entry.what);
  return out;
}

}  // namespace show
