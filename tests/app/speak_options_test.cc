// `chainrouter speak`: what its words mean, and the one sentence that each mistake gets.
#include "app/speak_options.h"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using net::Ipv4Address;

namespace {

app::SpeakWords words(std::vector<std::string> neighbors = {}) {
  app::SpeakWords words;
  words.as = "65001";
  words.router_id = "10.0.0.1";
  words.locals = {"10.0.0.1", "2001:db8::1"};
  words.neighbors = std::move(neighbors);
  return words;
}

app::SpeakOptions read(const app::SpeakWords& words) {
  auto options = app::read_speak_words(words);
  INFO((options ? "" : options.error()));
  REQUIRE(options);
  return *std::move(options);
}

std::string complaint(const app::SpeakWords& words) {
  const auto options = app::read_speak_words(words);
  return options ? "" : options.error();
}

}  // namespace

TEST_CASE("a neighbor's options become its configuration", "[speak]") {
  const auto options =
      read(words({"10.0.0.2,as=65002,port=1179,passive,shutdown,md5=secret,ttl-security,hold=30,"
                  "open-hold=20,send-hold=40,retry=5,mrai=2,families=ipv4+ipv6,desc=the other side",
                  "2001:db8::2,as=65001,local=2001:db8::5", "10.0.0.3,as=4200000000,hold=0"}));
  const auto& speaker = options.plan.speaker;
  REQUIRE(speaker.neighbors.size() == 3);
  const auto& first = speaker.neighbors[0];
  CHECK(first.peer.address == net::IpAddress(Ipv4Address::of(10, 0, 0, 2)));
  CHECK(first.peer.local_address == net::IpAddress(Ipv4Address::of(10, 0, 0, 1)));
  CHECK(first.peer.session.peer_as == 65002);
  CHECK(first.peer.session.local_as == 65001);
  CHECK(first.peer.passive);
  CHECK(first.shut_down);
  CHECK(first.peer.session.fsm.hold_time == 30s);
  CHECK(first.peer.session.fsm.open_hold_time == 20s);
  CHECK(first.peer.session.fsm.send_hold_time == 40s);
  CHECK(first.peer.session.fsm.connect_retry == 5s);
  CHECK(first.mrai.interval == 2s);
  CHECK(first.peer.session.capabilities.ipv4_unicast);
  CHECK(first.peer.session.capabilities.ipv6_unicast);
  CHECK(first.description == "the other side");
  CHECK_FALSE(first.directly_connected);
  const auto& tcp = options.plan.tcp.peers;
  REQUIRE(tcp.size() == 3);
  CHECK(tcp[0].address == first.peer.address);
  CHECK(tcp[0].port == 1179);
  CHECK(tcp[0].md5_key == "secret");
  CHECK(tcp[0].ttl_security);

  const auto& second = speaker.neighbors[1];
  CHECK(second.peer.session.internal());
  CHECK(second.peer.local_address.to_string() == "2001:db8::5");
  CHECK_FALSE(second.peer.session.capabilities.ipv4_unicast);
  CHECK(second.peer.session.capabilities.ipv6_unicast);
  CHECK(second.peer.session.fsm.hold_time == 9s);  // the lab's
  CHECK(second.peer.session.fsm.open_hold_time == 240s);
  CHECK(second.peer.session.fsm.send_hold_time == 0s);  // RFC 9687's
  CHECK_FALSE(second.peer.passive);
  CHECK(tcp[1].port == 179);
  CHECK(tcp[1].md5_key.empty());
  CHECK(speaker.neighbors[2].peer.session.fsm.hold_time == 0s);
}

TEST_CASE("a speaker is named after its namespace, or as it is told", "[speak]") {
  CHECK(read(words()).plan.name == "speaker");
  auto in_namespace = words();
  in_namespace.netns = "blue";
  CHECK(read(in_namespace).plan.name == "blue");
  CHECK(read(in_namespace).netns == "blue");
  in_namespace.name = "left-1";
  CHECK(read(in_namespace).plan.name == "left-1");
  CHECK(read(in_namespace).plan.speaker.name == "left-1");
  CHECK(read(in_namespace).plan.outlived_by_namespace);
}

TEST_CASE("RFC timers are a profile away", "[speak]") {
  auto rfc = words({"10.0.0.2,as=65002"});
  rfc.profile = "rfc";
  const auto options = read(rfc);
  CHECK(options.plan.speaker.neighbors[0].peer.session.fsm.hold_time == 90s);
  CHECK(options.plan.speaker.neighbors[0].peer.session.fsm.connect_retry == 120s);
}

TEST_CASE("each mistake of speak gets one sentence", "[speak]") {
  struct Row {
    std::string neighbor, said;
  };
  const Row rows[] = {
      {"", "an address comes first"},
      {"as=65002", "an address comes first"},
      {"10.0.0.256,as=65002", "an address comes first"},
      {"10.0.0.2", "its AS number is missing"},
      {"10.0.0.2,as=0", "as= takes a number from 1 to 4294967294, not \"0\""},
      {"10.0.0.2,as=4294967295", "not \"4294967295\""},
      {"10.0.0.2,as=x", "not \"x\""},
      {"10.0.0.2,as", "the neighbor option as takes a value"},
      {"10.0.0.2,as=1,passive=yes", "the neighbor option passive takes no value"},
      {"10.0.0.2,as=1,passiv", "I do not know the neighbor option \"passiv\""},
      {"10.0.0.2,as=1,", "I do not know the neighbor option \"\""},
      {"10.0.0.2,as=1,hold=1", "hold= takes 0, or 3 to 65535 seconds, not \"1\""},
      {"10.0.0.2,as=1,hold=2", "not \"2\""},
      {"10.0.0.2,as=1,hold=65536", "not \"65536\""},
      {"10.0.0.2,as=1,port=0", "port= takes a number from 1 to 65535, not \"0\""},
      {"10.0.0.2,as=1,retry=0", "retry= takes"},
      {"10.0.0.2,as=1,open-hold=0", "open-hold= takes"},
      {"10.0.0.2,as=1,send-hold=0", "send-hold= takes"},
      {"10.0.0.2,as=1,mrai=601", "mrai= takes a number from 0 to 600"},
      {"10.0.0.2,as=1,md5=", "md5= takes a key of 1 to 80 octets"},
      {"10.0.0.2,as=1,ao=", "ao= takes a key of 1 to 80 octets"},
      {"10.0.0.2,as=1,ao=" + std::string(81, 'k'), "ao= takes a key of 1 to 80 octets"},
      {"10.0.0.2,as=1,ao=k,md5=k", "md5= and ao= exclude each other"},
      {"10.0.0.2,as=1,md5=" + std::string(81, 'k'), "md5= takes a key of 1 to 80 octets"},
      {"10.0.0.2,as=1,families=", "families= takes ipv4, ipv6 or ipv4+ipv6"},
      {"10.0.0.2,as=1,families=ipv4+ipx", "not \"ipv4+ipx\""},
      {"10.0.0.2,as=1,local=2001:db8::1", "local= takes an address of the neighbor's family"},
  };
  for (const Row& row : rows) {
    INFO(row.neighbor);
    CHECK_THAT(complaint(words({row.neighbor})),
               Catch::StartsWith("--neighbor " + row.neighbor + ": ") && Catch::Contains(row.said));
  }
  CHECK_THAT(complaint(words({"10.0.0.2,as=1", "10.0.0.2,as=2"})), Catch::Contains("is there twice"));

  const auto change = [](auto member, const std::string& value) {
    auto changed = words({"10.0.0.2,as=1"});
    changed.*member = value;
    return complaint(changed);
  };
  using Words = app::SpeakWords;
  CHECK_THAT(change(&Words::as, "0"), Catch::Contains("--as takes"));
  CHECK_THAT(change(&Words::router_id, "0.0.0.0"), Catch::Contains("--router-id takes an IPv4 address"));
  CHECK_THAT(change(&Words::router_id, "7"), Catch::Contains("not \"7\""));
  CHECK_THAT(change(&Words::listen_port, "65536"), Catch::Contains("--listen-port takes"));
  CHECK_THAT(change(&Words::profile, "fast"), Catch::Contains("--profile takes lab or rfc"));
  CHECK_THAT(change(&Words::seed, "-1"), Catch::Contains("--seed takes"));
  CHECK_THAT(change(&Words::router_memory, "1K"), Catch::Contains("--router-memory takes a size"));
  CHECK_THAT(change(&Words::name, "a/b"), Catch::Contains("--name takes"));
  CHECK_THAT(change(&Words::name, "../x"), Catch::Contains("--name takes"));
  auto other = words({"10.0.0.2,as=1"});
  other.locals.clear();
  CHECK_THAT(complaint(other), Catch::Contains("our own address is missing"));
  other.locals = {"here"};
  CHECK_THAT(complaint(other), Catch::Contains("--local takes an address, not \"here\""));
  other = words();
  other.networks = {"192.0.2.1/24"};
  CHECK_THAT(complaint(other), Catch::Contains("--network takes a prefix"));
}

TEST_CASE("a configuration file holds the same words, one a line", "[speak]") {
  CHECK(app::words_of_file("") == std::vector<std::string>{});
  CHECK(app::words_of_file("# nothing\n\n  \t\r\n").empty());
  CHECK(app::words_of_file("as 65001\n"
                           "  router-id\t10.0.0.1  # ours\r\n"
                           "neighbor 10.0.0.2,as=65002,desc=the other side\n"
                           "flag") ==
        std::vector<std::string>{"--as", "65001", "--router-id", "10.0.0.1", "--neighbor",
                                 "10.0.0.2,as=65002,desc=the other side", "--flag"});
}
