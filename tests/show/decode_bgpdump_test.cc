// The lines of `bgpdump -m`, against bgpdump's own expected texts (tests/capture/shared_data.h says where
// they are).
#include <sstream>

#include <catch2/catch.hpp>

#include "capture/read.h"
#include "show/decode.h"
#include "tests/capture/shared_data.h"

namespace {

struct Shown {
  std::string lines;
  std::size_t refused = 0;
};

Shown shown(const std::filesystem::path& path) {
  const auto octets = shared_data::read(path);
  REQUIRE(capture::recognise(octets) == capture::Container::Mrt);
  Shown shown;
  const auto fault = capture::read(capture::Container::Mrt, octets, {}, [&](const capture::Entry& entry) {
    shown.lines += show::entry_bgpdump(entry);
    shown.refused += std::holds_alternative<capture::Refused>(entry.what) ? 1 : 0;
  });
  CHECK_FALSE(fault);
  return shown;
}

// The first line that differs; a whole text of 400 kB helps nobody.
std::string difference(const std::string& expected, const std::string& got) {
  std::istringstream left(expected), right(got);
  std::string a, b;
  for (std::size_t number = 1;; ++number) {
    const bool more = static_cast<bool>(std::getline(left, a)),
               others = static_cast<bool>(std::getline(right, b));
    if (!more && !others) return "";
    if (more != others || a != b)
      return "line " + std::to_string(number) + "\nexpected " + (more ? a : "the end") + "\ngot      " +
             (others ? b : "the end");
  }
}

}  // namespace

TEST_CASE("bgpdump's expected texts, octet for octet") {
  const auto folder = shared_data::folder("bgpdump");
  if (!folder) return;
  std::size_t lines = 0;
  for (const char* name : {"updates.20020722.2238", "updates.20070211.0141", "updates.20071015.1505",
                           "updates.20100722.2015", "updates.20160811.1600", "updates.long_withdrawal"}) {
    INFO(name);
    const auto expected = shared_data::read(*folder / (std::string(name) + ".gz.bgp.gz"));
    const Shown got = shown(*folder / (std::string(name) + ".gz"));
    CHECK(difference({expected.begin(), expected.end()}, got.lines) == "");
    CHECK(got.refused == 0);
    lines += static_cast<std::size_t>(std::ranges::count(got.lines, '\n'));
  }
  CHECK(lines > 100'000);
}

TEST_CASE(
    "where bgpdump goes on behind prefixes that cannot be parsed, our speaker does not (RFC 4271 §6.3)") {
  const auto folder = shared_data::folder("bgpdump");
  if (!folder) return;
  // 11.13/13, and then a prefix of 11 bits without an octet.
  const Shown got = shown(*folder / "updates.nlri_mask_trailing_bits.gz");
  CHECK(got.refused == 1);
  CHECK(got.lines.empty());
}

TEST_CASE("a table of MRTd, whose lengths are four octets short, is read path by path") {
  const auto folder = shared_data::folder("bgpkit-parser");
  if (!folder) return;
  auto octets = shared_data::read(*folder / "bview.20000111.0032.gz");
  octets.resize(1u << 20);  // of 19: all of them would show nothing else
  std::string lines;
  (void)capture::read(capture::Container::Mrt, octets, {},
                      [&](const capture::Entry& entry) { lines += show::entry_bgpdump(entry); });
  CHECK(lines.starts_with(
      "TABLE_DUMP|947550744|B|204.152.166.29|3549|3.0.0.0/8|3549 701 80|IGP|204.152.166.29|0|0||NAG||\n"));
  CHECK(std::ranges::count(lines, '\n') > 20'000);
}
