// Our own captures, packets and all: the pcap holds exactly the messages of the .msgs file (which another
// program cut), and every attribute says what the .json beside it told the speaker to say. That the messages
// encode to the same octets again, and which do not and why, is tests/bgp/captures_test.cc's.
#include <map>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "capture/read.h"
#include "tests/bgp/captures.h"
#include "tests/capture/shared_data.h"

using namespace bgp;
using nlohmann::json;

namespace {

struct Heard {
  std::string from;
  std::optional<Message> message;  // none: skipped, for it has path identifiers
  captures::Octets octets;
  Agreed agreed;
};

std::vector<Heard> heard_in(const std::string& scenario) {
  const auto file = shared_data::read_raw(std::string(TEST_DATA) + "/captures/" + scenario + ".pcap");
  REQUIRE(capture::recognise(file) == capture::Container::Pcap);
  std::vector<Heard> heard;
  const auto fault = capture::read(capture::Container::Pcap, file, {}, [&](const capture::Entry& entry) {
    const std::string from = entry.place.source->address.to_string();
    if (const auto* decoded = std::get_if<capture::Decoded>(&entry.what)) {
      heard.push_back(
          {from, decoded->message, {decoded->octets.begin(), decoded->octets.end()}, decoded->agreed});
      CHECK_FALSE(decoded->four_octet_as_guessed);
    } else {
      REQUIRE(std::holds_alternative<capture::Skipped>(entry.what));
      heard.push_back({from, std::nullopt, {}, {}});
    }
  });
  CHECK_FALSE(fault);
  return heard;
}

json configuration(const std::string& scenario) {
  std::ifstream stream = captures::open_capture(scenario + ".json");
  return json::parse(stream).at("neutral");
}

const json* speaker_at(const json& speakers, const std::string& address) {
  for (const auto& [name, speaker] : speakers.items())
    if (speaker.at("rid") == address) return &speaker;
  return nullptr;
}

const json* network_of(const json& speaker, const std::string& prefix) {
  for (const json& network : speaker.at("networks"))
    if (network.at("prefix") == prefix) return &network;
  return nullptr;
}

std::uint32_t community(const std::string& text) {
  const auto colon = text.find(':');
  return static_cast<std::uint32_t>(std::stoul(text.substr(0, colon)) << 16 |
                                    std::stoul(text.substr(colon + 1)));
}

std::string large_text(const LargeCommunity& c) {
  return fmt::format("{}:{}:{}", c.global, c.local1, c.local2);
}

// AS_PATH as the speaker was told to send it: its own number before what it prepends, none to an internal
// peer.
std::string path_of(const json& speaker, const json& network, bool internal) {
  if (network.contains("aspath")) return network.at("aspath");
  if (internal) return "";
  std::string path = std::to_string(speaker.at("asn").get<std::uint32_t>());
  for (int i = 0; i < network.value("prepend", 0); ++i)
    path += ' ' + std::to_string(network.at("prepend_as").get<std::uint32_t>());
  return path;
}

std::size_t meds_checked = 0;

void check_attributes(const PathAttributes& attributes, const json& speaker, const json& network,
                      const Agreed& agreed) {
  CHECK(attributes.as_path.to_string() == path_of(speaker, network, agreed.internal));
  if (network.contains("origin"))
    CHECK(attributes.origin == (network.at("origin") == "egp" ? Origin::Egp : Origin::Incomplete));
  else
    CHECK(attributes.origin != Origin::Egp);
  std::vector<std::uint32_t> communities;
  for (const json& text : network.value("communities", json::array())) communities.push_back(community(text));
  CHECK(attributes.communities == communities);
  std::vector<std::string> large;
  for (const LargeCommunity& value : attributes.large_communities) large.push_back(large_text(value));
  CHECK(json(large) == network.value("large", json::array()));
  // BIRD does not show its own MED to an external peer.
  if (attributes.med && network.contains("med")) {
    CHECK(*attributes.med == network.at("med"));
    ++meds_checked;
  } else {
    CHECK(attributes.med.value_or(0) == 0);
  }
  CHECK(attributes.local_pref.has_value() == agreed.internal);
  if (agreed.internal) CHECK(*attributes.local_pref == network.value("localpref", 100u));
  CHECK_FALSE(attributes.atomic_aggregate);
  CHECK_FALSE(attributes.aggregator);
  CHECK(attributes.extended_communities.empty());
  CHECK_FALSE(attributes.originator_id);
  CHECK(attributes.cluster_list.empty());
  CHECK_FALSE(attributes.only_to_customer);
  if (network.contains("raw")) {  // "0xfa 0xc0 0x0011223344": code, flags, value
    REQUIRE(attributes.unknown.size() == 1);
    CHECK(fmt::format("{:#x} {:#x} 0x{}", attributes.unknown[0].code, attributes.unknown[0].flags,
                      captures::hex(attributes.unknown[0].value)) == network.at("raw").get<std::string>());
  } else {
    CHECK(attributes.unknown.empty());
  }
}

}  // namespace

TEST_CASE("the packets of a capture give the messages that were cut from it") {
  std::size_t messages = 0;
  for (const std::string& scenario : captures::scenarios()) {
    INFO(scenario);
    // Two messages of one instant may stand in either order of their senders: compare sender by sender.
    std::map<std::string, std::vector<std::string>> expected, got;
    for (const auto& event : captures::read_msgs(scenario)) {
      const bool has_path_ids =
          scenario == "addpath_offered" && event.type == "UPDATE" && event.octets.size() > 23;
      if (event.is_message())
        expected[event.source].push_back(has_path_ids ? "" : captures::hex(event.octets));
    }
    for (const Heard& heard : heard_in(scenario)) {
      got[heard.from].push_back(captures::hex(heard.octets));
      ++messages;
    }
    CHECK(got == expected);
  }
  CHECK(messages == 370);
}

TEST_CASE("captured attributes say what their speakers were told to say, all of them") {
  std::size_t routes = 0, passed_on = 0, opens = 0;
  meds_checked = 0;
  for (const std::string& scenario : captures::scenarios()) {
    const json speakers = configuration(scenario);
    for (const Heard& heard : heard_in(scenario)) {
      if (!heard.message) continue;
      INFO(scenario << " from " << heard.from << " " << captures::hex(heard.octets));
      const json* speaker = speaker_at(speakers, heard.from);
      REQUIRE(speaker != nullptr);
      if (const auto* open = std::get_if<Open>(&*heard.message)) {
        ++opens;
        CHECK(claimed_as(*open) == speaker->at("asn"));
        CHECK(open->identifier.to_string() == speaker->at("rid").get<std::string>());
      }
      const auto* update = std::get_if<Update>(&*heard.message);
      if (update == nullptr) continue;
      CHECK(update->faults.empty());
      const auto check = [&](const std::string& prefix) {
        if (const json* network = network_of(*speaker, prefix)) {
          ++routes;
          return check_attributes(update->attributes, *speaker, *network, heard.agreed);
        }
        // Learnt from a neighbour, or aggregated: it leads through this speaker.
        ++passed_on;
        CHECK(update->attributes.as_path.first_as() == speaker->at("asn"));
      };
      for (const auto& prefix : update->announced) {
        CHECK(speaker_at(speakers, update->attributes.next_hop.to_string()) != nullptr);
        check(prefix.to_string());
      }
      if (!update->mp_reach) continue;
      CHECK(update->mp_reach->next_hop.to_string() == speaker->at("self6").get<std::string>());
      CHECK(update->mp_reach->ipv4.empty());
      for (const auto& prefix : update->mp_reach->ipv6) check(prefix.to_string());
    }
  }
  CHECK(opens > 70);
  CHECK(routes > 500);
  CHECK(passed_on > 0);
  CHECK(meds_checked > 60);
}
