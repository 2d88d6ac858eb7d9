#include "vty/telnet.h"

#include <random>

#include <catch2/catch.hpp>

#include "tests/show/views.h"

using namespace vty;
using namespace std::string_literals;

namespace {

// What is typed and what is answered when `bytes` come.
struct Outcome {
  std::string typed, answered;
};

Outcome send(Telnet& telnet, const std::string& bytes) {
  Outcome outcome;
  for (const char c : bytes)
    if (const auto typed = telnet.on_byte(static_cast<std::uint8_t>(c), outcome.answered))
      outcome.typed += static_cast<char>(*typed);
  return outcome;
}

}  // namespace

TEST_CASE("we offer what real daemons offer, in the same octets") {
  CHECK(Telnet::offers() == "\xff\xfb\x01\xff\xfb\x03\xff\xfe\x22\xff\xfd\x1f");
  CHECK(views::frr("telnet-session-ROUTER_50.raw").find(Telnet::offers()) != std::string::npos);
}

TEST_CASE("all ends of a line are one newline") {
  Telnet telnet;
  CHECK(send(telnet, "a\r\nb\r\0c\nd\re\r\r\n\n"s).typed == "a\nb\nc\nd\ne\n\n\n");
}

TEST_CASE("a client that agrees gets echo, one that takes it back no more") {
  Telnet telnet;
  CHECK_FALSE(telnet.echo());
  CHECK(send(telnet, "\xff\xfd\x01\xff\xfd\x03\xff\xfc\x22").answered.empty());
  CHECK(telnet.echo());
  send(telnet, "\xff\xfe\x01");
  CHECK_FALSE(telnet.echo());
}

TEST_CASE("what we did not offer is refused once for each request") {
  Telnet telnet;
  CHECK(send(telnet, "\xff\xfd\x18").answered == "\xff\xfc\x18");  // DO TERMINAL-TYPE → WONT
  CHECK(send(telnet, "\xff\xfb\x27").answered == "\xff\xfe\x27");  // WILL NEW-ENVIRON → DONT
  CHECK(send(telnet, "\xff\xfb\x1f\xff\xfc\x18\xff\xfe\x18\xff\xfe\x03").answered.empty());
}

TEST_CASE("window size, with a doubled 255 in it") {
  Telnet telnet;
  CHECK_FALSE(telnet.window());
  const auto outcome = send(telnet, "a\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0"s + "b");
  CHECK(outcome.typed == "ab");
  CHECK(outcome.answered.empty());
  CHECK(telnet.window() == Telnet::Window{80, 24});
  send(telnet, "\xff\xfa\x1f\x00\xff\xff\x01\x00\xff\xf0"s);
  CHECK(telnet.window() == Telnet::Window{255, 256});
  // Too short, too long, another option: not believed.
  send(telnet, "\xff\xfa\x1f\x00\x01\xff\xf0\xff\xfa\x1f\x00\x01\x00\x01\x00\x01\xff\xf0"s);
  send(telnet, "\xff\xfa\x18\x00\x01\x00\x01\xff\xf0"s);
  CHECK(telnet.window() == Telnet::Window{255, 256});
  // WONT: it takes it back.
  send(telnet, "\xff\xfc\x1f");
  CHECK_FALSE(telnet.window());
}

TEST_CASE("telnet's own commands are keys") {
  Telnet telnet;
  CHECK(send(telnet, "\xff\xf4\xff\xf3\xff\xf7\xff\xf8").typed == "\x03\x03\x7f\x15");
  CHECK(send(telnet, "\xff\xf1\xff\xf2\xff\xf9\xff\xf5").typed.empty());
  const auto there = send(telnet, "\xff\xf6");
  CHECK(there.answered == "\r\n[yes]");
  CHECK(there.typed == "\x12");
  CHECK(send(telnet, "\xff\xff").typed == "\xff");
}

TEST_CASE("answers never outgrow what came") {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    Telnet telnet;
    std::string answered;
    std::size_t typed = 0;
    constexpr std::size_t kOctets = 20000;
    for (std::size_t i = 0; i < kOctets; ++i)
      typed += telnet
                   .on_byte(static_cast<std::uint8_t>(random() % 3 != 0 ? 240 + random() % 16 : random()),
                            answered)
                   .has_value();
    CHECK(typed <= kOctets);
    CHECK(answered.size() <= 4 * kOctets);
    // Whatever came before, the end of a subnegotiation and a line get through.
    CHECK(send(telnet, "x\xff\xf0yz\n"s).typed.ends_with("z\n"));
  }
}
