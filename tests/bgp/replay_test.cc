// Captured sessions of FRR, BIRD, GoBGP, OpenBGPD and ExaBGP (tests/data/captures), each connection replayed
// through a Session that takes the place of either end: it hears what that end heard, when it heard it, and
// must get as far as that end did, say NOTIFICATIONs where that end did, and decode the other's networks.
#include <map>
#include <regex>
#include <set>

#include <catch2/catch.hpp>

#include "tests/bgp/captures.h"
#include "tests/bgp/session_owner.h"

using namespace bgp;

namespace {

// What the .json's `neutral` section says of a speaker.
struct Speaker {
  std::uint32_t as = 0;
  std::set<std::string> networks;
  std::map<std::string, std::uint32_t> neighbors;  // address -> AS that it is configured with
};

// Speakers by address (which is their identifier, too). A reader for these files, not for JSON at large.
std::map<std::string, Speaker> neutral(const std::string& scenario) {
  std::ifstream stream = captures::open_capture(scenario + ".json");
  std::stringstream buffer;
  buffer << stream.rdbuf();
  std::string text = std::regex_replace(buffer.str(), std::regex("\\s"), "");
  text = text.substr(text.find("\"neutral\":"));
  text = text.substr(0, text.find("\"config\":"));
  std::map<std::string, Speaker> speakers;
  static const std::regex kSpeaker(R"re("asn":(\d+),"rid":"([\d.]+)")re");
  static const std::regex kPrefix(R"re("prefix":"([\d.]+/\d+)")re");
  static const std::regex kNeighbor(R"re("addr":"([\d.]+)","asn":(\d+))re");
  const std::sregex_iterator end;
  for (std::sregex_iterator at(text.cbegin(), text.cend(), kSpeaker); at != end; ++at) {
    Speaker& speaker = speakers[(*at)[2]];
    speaker.as = static_cast<std::uint32_t>(std::stoul((*at)[1]));
    const auto next = std::next(at);
    const auto from = at->suffix().first;
    const std::string part(from, next == end ? text.cend() : (*next)[0].first);
    const auto networks = part.substr(0, part.find("\"neighbors\":"));
    const auto learnt = networks.substr(0, networks.find("\"aggregates\":"));
    for (std::sregex_iterator hit(learnt.begin(), learnt.end(), kPrefix); hit != end; ++hit)
      speaker.networks.insert((*hit)[1]);
    for (std::sregex_iterator hit(part.begin(), part.end(), kNeighbor); hit != end; ++hit)
      speaker.neighbors[(*hit)[1]] = static_cast<std::uint32_t>(std::stoul((*hit)[2]));
  }
  return speakers;
}

struct Replay {
  std::string us, them;
  std::unique_ptr<Session> session;
  session_test::Owner owner;
  std::string said;
  Instant fell{};
  bool was_up = false;
};

// The session configured as the end `us` was: its AS and hold time, and the capabilities that it offered and
// that we have, for those shape the octets which the other end sent.
SessionConfig config_of(const Open& open, const Speaker& us, const std::string& them) {
  SessionConfig config;
  config.local_as = us.as;
  config.peer_as = us.neighbors.at(them);
  config.identifier = open.identifier;
  config.fsm.hold_time = std::chrono::seconds(open.hold_time);
  config.capabilities.four_octet_as = has_capability(open, CapabilityCode::FourOctetAs);
  config.capabilities.extended_message = has_capability(open, CapabilityCode::ExtendedMessage);
  config.capabilities.ipv6_unicast = offers_family(open, kIpv6Unicast);
  return config;
}

void listen(Replay& replay, Instant now) {
  std::vector<std::uint8_t> octets;
  replay.session->take_control(octets);
  const std::string said = session_test::names_of(octets);
  if (!said.empty()) replay.said += said + " ";
  replay.was_up |= replay.session->state() == State::Established;
  if (replay.session->state() == State::Idle && replay.fell == Instant{}) replay.fell = now;
}

// One connection, one end. Nothing when that end never spoke.
std::optional<Replay> replay(const std::vector<captures::Event>& events, unsigned connection,
                             const std::string& us, const std::string& them, const Speaker& speaker) {
  const auto open = captures::open_of(events, connection, us);
  if (!open) return std::nullopt;
  static Jitter jitter(3);
  std::optional<Replay> made(std::in_place);
  Replay& replay = *made;
  replay.us = us;
  replay.them = them;
  const auto dialled = std::ranges::any_of(events, [&](const captures::Event& event) {
    return event.connection == connection && event.type == "SYN" && event.source == us;
  });
  replay.session = std::make_unique<Session>(config_of(*open, speaker, them), replay.owner, jitter,
                                             std::uint16_t{0}, dialled);
  Session& session = *replay.session;
  for (const captures::Event& event : events) {
    if (event.connection != connection) continue;
    const Instant now = Instant{} + std::chrono::hours(1) + event.at;
    while (session.next_deadline() && *session.next_deadline() <= now) {
      const Instant due = *session.next_deadline();
      session.on_deadlines(due);
      listen(replay, due);
    }
    if (event.type == "SYN") {
      if (dialled) {
        session.handle(event::ManualStart{}, now);
        session.handle(event::TcpConnectionAcked{}, now);
      } else {
        session.handle(event::ManualStartPassive{}, now);
        session.handle(event::TcpConnectionConfirmed{}, now);
      }
    } else if (!session.connected() || event.source == us) {
      continue;
    } else if (event.is_message()) {
      session.on_bytes(event.octets, now);
    } else {
      session.handle(event::TcpConnectionFails{}, now);
    }
    listen(replay, now);
  }
  return made;
}

bool has(const std::vector<captures::Event>& events, unsigned connection, const std::string& source,
         const std::string& type) {
  return std::ranges::any_of(events, [&](const captures::Event& event) {
    return event.connection == connection && event.source == source && event.type == type;
  });
}

}  // namespace

TEST_CASE("captured sessions, replayed in the place of either end", "[replay]") {
  std::size_t replays = 0, established = 0, networks_checked = 0;
  for (const std::string& scenario : captures::scenarios()) {
    // Path identifiers stand before each prefix there; we never offer that, so no peer sends them to us.
    if (scenario == "addpath_offered") continue;
    CAPTURE(scenario);
    const auto events = captures::read_msgs(scenario);
    const auto speakers = neutral(scenario);
    std::map<std::pair<std::string, std::string>, std::set<std::string>> heard;  // (from, by) -> prefixes
    std::set<unsigned> connections;
    for (const auto& event : events) connections.insert(event.connection);
    for (const unsigned connection : connections) {
      for (const auto& [us, speaker] : speakers) {
        for (const auto& [them, their_as] : speaker.neighbors) {
          auto played = replay(events, connection, us, them, speaker);
          const bool theirs = captures::open_of(events, connection, them).has_value();
          if (!played || !theirs) continue;
          CAPTURE(connection, us, them, played->said);
          ++replays;
          const Session& session = *played->session;
          // Did the end whose place we took get to OpenConfirm, and did it hear a KEEPALIVE there?
          const bool both_confirmed =
              has(events, connection, us, "KEEPALIVE") && has(events, connection, them, "KEEPALIVE");
          CHECK(played->was_up == both_confirmed);
          established += played->was_up ? 1 : 0;
          CHECK(session.received().opens == 1);
          CHECK(played->said.starts_with("OPEN "));
          for (const Update& update : played->owner.updates) {
            CHECK(update.faults.empty());
            if (!update.announced.empty() && their_as != speaker.as) {
              CHECK(update.attributes.as_path.first_as() == their_as);
              // All ends share one network, where a next hop may be a third one (RFC 4271 §5.1.3).
              CHECK(speakers.contains(update.attributes.next_hop.to_string()));
            }
            for (const auto& prefix : update.announced) heard[{them, us}].insert(prefix.to_string());
          }
          // NOTIFICATIONs that we, too, have reason to send.
          for (const auto& event : events) {
            if (event.connection != connection || event.source != us || event.type != "NOTIFICATION")
              continue;
            const std::string name = session_test::names_of(event.octets);
            if (name != "NOTIFICATION 2/2" && name != "NOTIFICATION 4/0") continue;
            CHECK(played->said.find(name) != std::string::npos);
            CHECK(session.state() == State::Idle);
            const auto late = played->fell - (Instant{} + std::chrono::hours(1) + event.at);
            CHECK(late > -std::chrono::milliseconds(100));
            CHECK(late < std::chrono::milliseconds(100));
          }
          if (has(events, connection, them, "NOTIFICATION")) {
            CHECK(session.received().notifications <= 1);
            CHECK(played->said.find("NOTIFICATION") == std::string::npos);
            CHECK(session.state() == State::Idle);
          }
        }
      }
    }
    for (const auto& [path, prefixes] : heard) {
      CAPTURE(path);
      for (const std::string& network : speakers.at(path.first).networks) {
        CHECK(prefixes.contains(network));
        ++networks_checked;
      }
    }
  }
  CHECK(replays > 60);
  CHECK(established > 40);
  CHECK(networks_checked > 100);
}
