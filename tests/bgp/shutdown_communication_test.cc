// Shutdown communications: what is sent of a text, and what is shown of a peer's octets. RFC 9003.
#include "bgp/shutdown_communication.h"

#include <algorithm>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "bgp/fsm.h"
#include "tests/bgp/captures.h"

using namespace bgp;

namespace {

std::string sent(std::string_view text) { return captures::hex(shutdown_data(text)); }

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

struct ShownRow {
  const char* name;
  std::string data;
  std::string shown;  // of Cease/Administrative Shutdown, behind its name
};

}  // namespace

TEST_CASE("what is sent of a text", "[shutdown]") {
  CHECK(sent("").empty());
  CHECK(sent("bye") == "03627965");
  CHECK(sent("\xc3\xa9") == "02c3a9");
  CHECK(sent("a\xff"
             "b\xc3") == "04613f623f");  // no UTF-8
  CHECK(shutdown_data(std::string(255, 'x')).size() == 256);
  CHECK(shutdown_data(std::string(300, 'x')).size() == 256);
  CHECK(shutdown_data(std::string(300, 'x')).front() == 255);
  // A character that does not fit whole is not begun.
  const struct {
    std::string text;
    unsigned octets;
  } cut[] = {{repeated("\xc3\xa9", 200), 254},         {"x" + repeated("\xc3\xa9", 200), 255},
             {repeated("\xe2\x82\xac", 100), 255},     {"x" + repeated("\xe2\x82\xac", 100), 253},
             {repeated("\xf0\x9f\x98\x80", 100), 252}, {std::string(254, 'x') + "\xc3\xa9", 254}};
  for (const auto& row : cut) {
    CHECK(shutdown_data(row.text).size() == row.octets + 1);
    CHECK(unsigned{shutdown_data(row.text).front()} == row.octets);
    CHECK_FALSE(shutdown_text({ErrorCode::Cease, kCeaseShutdown, shutdown_data(row.text)}).malformed);
  }
}

TEST_CASE("what is shown of a peer's octets", "[shutdown]") {
  const ShownRow rows[] = {
      {"nothing", "", ""},
      {"length 0", "00", ""},
      {"text", "03 627965", ": \"bye\""},
      {"two octets a character", "02 c3a9", ": \"\xc3\xa9\""},
      {"three", "03 e282ac", ": \"\xe2\x82\xac\""},
      {"four", "04 f09f9880", ": \"\xf0\x9f\x98\x80\""},
      {"escape sequence", "05 1b5b324a61", ": \"\\u{1b}[2Ja\""},
      {"line feed", "03 610a62", ": \"a\\u{a}b\""},
      {"NUL", "01 00", ": \"\\u{0}\""},
      {"DEL", "01 7f", ": \"\\u{7f}\""},
      {"C1: the other CSI", "02 c29b", ": \"\\u{9b}\""},
      {"no-break space, the first above C1", "02 c2a0", ": \"\xc2\xa0\""},
      {"right-to-left override", "03 e280ae", ": \"\\u{202e}\""},
      {"line separator", "03 e280a8", ": \"\\u{2028}\""},
      {"isolate", "03 e281a6", ": \"\\u{2066}\""},
      {"length beyond the data", "04 627965", ": malformed shutdown communication 04 62 79 65"},
      {"length short of the data", "02 627965", ": malformed shutdown communication 02 62 79 65"},
      {"length alone", "ff", ": malformed shutdown communication ff"},
      {"lone continuation", "01 80", ": malformed shutdown communication 01 80"},
      {"overlong in two", "02 c080", ": malformed shutdown communication 02 c0 80"},
      {"overlong in three", "03 e08080", ": malformed shutdown communication 03 e0 80 80"},
      {"overlong in four", "04 f0808080", ": malformed shutdown communication 04 f0 80 80 80"},
      {"surrogate", "03 eda080", ": malformed shutdown communication 03 ed a0 80"},
      {"above U+10FFFF", "04 f4908080", ": malformed shutdown communication 04 f4 90 80 80"},
      {"F5", "04 f5808080", ": malformed shutdown communication 04 f5 80 80 80"},
      {"cut character", "02 e282", ": malformed shutdown communication 02 e2 82"},
      {"cut character of four", "03 f09f98", ": malformed shutdown communication 03 f0 9f 98"},
      {"FF", "01 ff", ": malformed shutdown communication 01 ff"},
      {"long and malformed", "12 ff0102030405060708090a0b0c0d0e0f1011",
       ": malformed shutdown communication 12 ff 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e ..."},
  };
  for (const ShownRow& row : rows) {
    INFO(row.name);
    const auto data = captures::octets(row.data);
    CHECK(Notification{ErrorCode::Cease, kCeaseShutdown, data}.describe_with_text() ==
          "Cease/Administrative Shutdown" + row.shown);
    CHECK(Notification{ErrorCode::Cease, kCeaseReset, data}.describe_with_text() ==
          "Cease/Administrative Reset" + row.shown);
    // Other errors carry no such text.
    CHECK(Notification{ErrorCode::Cease, kCeaseRejected, data}.describe_with_text() ==
          "Cease/Connection Rejected");
    CHECK(Notification{ErrorCode::OpenMessage, kCeaseShutdown, data}.describe_with_text() ==
          "OPEN Message Error/Bad Peer AS");
    CHECK(shutdown_text({ErrorCode::Cease, kCeaseRejected, data}).text.empty());
  }
}

TEST_CASE("a Hard Reset carries the text of the NOTIFICATION within it", "[shutdown]") {
  // As FRR 8.4.4 sends it to a peer with RFC 8538's N bit: Cease/Administrative Shutdown and "bye".
  const Notification shutdown{ErrorCode::Cease, kCeaseHardReset, {6, 2, 3, 'b', 'y', 'e'}};
  CHECK(shutdown_text(shutdown).text == "bye");
  const auto reason = hard_reset_reason(shutdown);
  REQUIRE(reason);
  CHECK(reason->describe() == "Cease/Administrative Shutdown");
  CHECK(reason->data == std::vector<std::uint8_t>{3, 'b', 'y', 'e'});
  CHECK(shutdown.describe_with_text().find("bye") != std::string::npos);
  const auto bare = hard_reset_reason({ErrorCode::Cease, kCeaseHardReset, {6, 4}});
  REQUIRE(bare);
  CHECK(bare->describe() == "Cease/Administrative Reset");
  CHECK(bare->data.empty());
  // Nothing within, something without a text, another one within, no Hard Reset.
  CHECK_FALSE(hard_reset_reason({ErrorCode::Cease, kCeaseHardReset, {6}}));
  CHECK(shutdown_text({ErrorCode::Cease, kCeaseHardReset, {6}}).text.empty());
  CHECK(shutdown_text({ErrorCode::Cease, kCeaseHardReset, {6, 1, 3, 'b', 'y', 'e'}}).text.empty());
  CHECK(shutdown_text({ErrorCode::Cease, kCeaseHardReset, {6, 9, 6, 2, 1, 'x'}}).text.empty());
  CHECK(shutdown_text({ErrorCode::Cease, kCeaseHardReset, {6, 2, 9, 'x'}}).malformed);
  CHECK_FALSE(hard_reset_reason({ErrorCode::Cease, kCeaseShutdown, {6, 2}}));
}

TEST_CASE("no octet of a peer reaches a terminal as a control character", "[shutdown]") {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      const Notification notification{
          ErrorCode::Cease,
          kCeaseShutdown,
          {2, static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second)}};
      const std::string shown = notification.describe_with_text();
      const bool clean = std::ranges::none_of(
          shown, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
      if (!clean) FAIL("octets " << first << " " << second);
    }
  }
}

TEST_CASE("every character of the basic plane and beyond: shown as it is, or as its number", "[shutdown]") {
  const auto utf8 = [](unsigned code) {
    std::string text;
    const auto add = [&](unsigned octet) { text += static_cast<char>(octet); };
    if (code < 0x80) return add(code), text;
    if (code < 0x800) return add(0xc0 + code / 64), add(0x80 + code % 64), text;
    if (code < 0x10000)
      return add(0xe0 + code / 4096), add(0x80 + code / 64 % 64), add(0x80 + code % 64), text;
    return add(0xf0 + code / 262144), add(0x80 + code / 4096 % 64), add(0x80 + code / 64 % 64),
           add(0x80 + code % 64), text;
  };
  // First and last: control characters; what turns the direction of writing or begins a line.
  const std::pair<unsigned, unsigned> harmful[] = {{0, 0x1f},        {0x7f, 0x9f},     {0x61c, 0x61c},
                                                   {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}};
  std::vector<unsigned> codes;
  for (unsigned code = 0; code < 0x10000; ++code) codes.push_back(code);
  for (unsigned code = 0x10000; code < 0x110000; code += 0xfff) codes.push_back(code);
  codes.push_back(0x10ffff);
  for (const unsigned code : codes) {
    const std::string text = utf8(code);
    std::vector<std::uint8_t> data(text.begin(), text.end());
    data.insert(data.begin(), static_cast<std::uint8_t>(text.size()));
    const ShutdownText read = shutdown_text({ErrorCode::Cease, kCeaseShutdown, data});
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    const bool hides = std::ranges::any_of(
        harmful, [&](const auto& range) { return range.first <= code && code <= range.second; });
    const std::string shown = surrogate ? "" : hides ? fmt::format("\\u{{{:x}}}", code) : text;
    if (read.malformed != surrogate || read.text != shown)
      FAIL("U+" << std::hex << code << ": " << read.text);
  }
}

TEST_CASE("a stop says its text in the Cease", "[shutdown][fsm]") {
  Fsm fsm({});
  fsm.handle(event::ManualStart{});
  fsm.handle(event::TcpConnectionAcked{});
  const Actions actions = fsm.handle(event::ManualStop{repeated("\xc3\xa9", 200)});
  const auto* said = std::get_if<action::SendNotification>(&actions.front());
  REQUIRE(said != nullptr);
  CHECK(said->notification.data.size() == 255);
  CHECK(shutdown_text(said->notification).text == repeated("\xc3\xa9", 127));
}
