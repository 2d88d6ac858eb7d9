// AS_PATH as a value: counting, prepending across full segments, text; and how two-octet peers see it.
#include "bgp/as_path.h"

#include <numeric>

#include <catch2/catch.hpp>

#include "bgp/as_trans.h"
#include "tests/bgp/captures.h"

using namespace bgp;
using SegmentType = AsPath::SegmentType;

namespace {

std::vector<std::uint32_t> numbers(std::size_t count, std::uint32_t first = 1000) {
  std::vector<std::uint32_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

std::vector<std::size_t> segment_sizes(const AsPath& path) {
  std::vector<std::size_t> sizes;
  path.for_each_segment([&sizes](const AsPath::Segment& segment) { sizes.push_back(segment.size()); });
  return sizes;
}

// "1 2 {3 4} (5) [6]" into a path.
AsPath path_of(const std::string& text) {
  AsPath path;
  std::vector<std::uint32_t> run;
  SegmentType type = SegmentType::Sequence;
  const auto flush = [&](SegmentType next) {
    path.append_segment(type, run);
    run.clear();
    type = next;
  };
  std::string word;
  for (const char c : text + " ") {
    if (c >= '0' && c <= '9') {
      word += c;
      continue;
    }
    if (!word.empty()) run.push_back(static_cast<std::uint32_t>(std::stoul(std::exchange(word, {}))));
    if (c == '{') flush(SegmentType::Set);
    if (c == '(') flush(SegmentType::ConfedSequence);
    if (c == '[') flush(SegmentType::ConfedSet);
    if (c == '}' || c == ')' || c == ']' || c == '|') flush(SegmentType::Sequence);
  }
  flush(SegmentType::Sequence);
  return path;
}

}  // namespace

TEST_CASE("a path that is filled again is as a new one") {
  bgp::AsPath path = path_of("1 2 {3,4}");
  path.clear();
  CHECK(path == bgp::AsPath());
  CHECK(path.length() == 0);
  path.prepend(5);
  CHECK(path.to_string() == "5");
  CHECK(path.length() == 1);
  CHECK(path.take_wire().size() == 6);
  CHECK(path.length() == 0);
  CHECK(path.empty());
}

TEST_CASE("an empty path") {
  const AsPath path;
  CHECK(path.empty());
  CHECK(path.length() == 0);
  CHECK(path.first_as() == 0);
  CHECK(path.origin_as() == 0);
  CHECK_FALSE(path.contains(0));
  CHECK(path.to_string().empty());
  CHECK(path.prepended(7).to_string() == "7");
}

TEST_CASE("counting follows RFC 4271 §9.1.2.2 and RFC 5065 §5.3") {
  struct Row {
    std::string text;
    std::size_t length;
    std::uint32_t first, origin;
  };
  const Row rows[] = {
      {"1049 1048 100", 3, 1049, 100},
      {"1 {3,4}", 2, 1, 0},
      {"{3,4} 5", 2, 0, 5},
      {"(65001 65002) 1 2", 2, 0, 2},
      {"[65001,65002] 1", 1, 0, 1},
      {"4200000001", 1, 4200000001, 4200000001},
      {"1 (65001) 2", 2, 1, 2},
      {"{7}", 1, 0, 0},
  };
  for (const auto& [text, length, first, origin] : rows) {
    INFO(text);
    const AsPath path = path_of(text);
    CHECK(path.to_string() == text);
    CHECK(path.length() == length);
    CHECK(path.first_as() == first);
    CHECK(path.origin_as() == origin);
    CHECK(AsPath::from_wire({path.wire().begin(), path.wire().end()}) == path);
  }
}

TEST_CASE("what a path contains") {
  const AsPath path = path_of("1 2 4200000001 {3,70000} (65001)");
  for (const std::uint32_t as : {1u, 2u, 3u, 70000u, 65001u, 4200000001u}) CHECK(path.contains(as));
  for (const std::uint32_t as : {0u, 4u, 70001u, 2100000001u}) CHECK_FALSE(path.contains(as));
  CHECK(path.has(SegmentType::Set));
  CHECK(path.has(SegmentType::ConfedSequence));
  CHECK_FALSE(path.has(SegmentType::ConfedSet));
  CHECK(path.numbers() == std::vector<std::uint32_t>{1, 2, 4200000001, 3, 70000, 65001});
}

TEST_CASE("a full segment is followed by another (RFC 4271 §5.1.2)") {
  for (const std::size_t count : {1u, 254u, 255u, 256u, 257u, 510u, 511u, 1000u}) {
    INFO(count);
    const auto all = numbers(count);
    AsPath prepended;
    for (auto as = all.rbegin(); as != all.rend(); ++as) prepended = prepended.prepended(*as);
    const AsPath at_once(all);
    CHECK(prepended == at_once);
    CHECK(prepended.length() == count);
    CHECK(prepended.numbers() == all);
    CHECK(prepended.first_as() == all.front());
    CHECK(prepended.origin_as() == all.back());
    const auto sizes = segment_sizes(prepended);
    CHECK(sizes.size() == (count + 254) / 255);
    for (std::size_t i = 1; i < sizes.size(); ++i) CHECK(sizes[i] == 255);

    for (const bool four_octet_as : {true, false}) {
      const Agreed agreed{.four_octet_as = four_octet_as};
      Update update;
      update.announced = {net::Ipv4Prefix::parse("10.0.0.0/8").value()};
      update.attributes.as_path = prepended;
      std::vector<std::uint8_t> octets;
      encode(update, agreed, octets);
      const auto frame = next_frame(octets, kMaxMessageOctets);
      REQUIRE((frame && *frame));
      const auto decoded = decode(**frame, agreed);
      REQUIRE(decoded.has_value());
      CHECK(std::get<Update>(*decoded) == update);
    }
  }
}

TEST_CASE("prepending before anything but a sequence opens one") {
  CHECK(path_of("{3,4} 5").prepended(2).to_string() == "2 {3,4} 5");
  CHECK(segment_sizes(path_of("{3,4} 5").prepended(2)) == std::vector<std::size_t>{1, 2, 1});
  CHECK(path_of("(65001) 5").prepended(2).length() == 2);
}

TEST_CASE("AS4_PATH is needed only for numbers that two octets cannot hold (RFC 6793 §4.2.2)") {
  CHECK_FALSE(needs_as4_path(path_of("1 65535 23456")));
  CHECK(needs_as4_path(path_of("1 65536")));
  CHECK(needs_as4_path(path_of("1 {70000}")));
  CHECK_FALSE(needs_as4_path(path_of("1 2 {3 4} 5")));
  CHECK_FALSE(needs_as4_path(path_of("(70000) 1")));
  CHECK(without_confederation(path_of("(65001) 1 [65002] {2}")).to_string() == "1 {2}");
}

TEST_CASE("AS_PATH and AS4_PATH merge as RFC 6793 §4.2.3 says") {
  struct Row {
    std::string as_path, as4_path, merged;
    std::vector<std::size_t> segments;
  };
  const Row rows[] = {
      {"23456 23456", "70000 70001", "70000 70001", {2}},
      {"1 23456 2", "70000 2", "1 70000 2", {3}},
      {"1 2 3", "70000", "1 2 70000", {3}},
      {"23456", "1 70000", "23456", {1}},  // longer: ignored
      {"1 {2,3} 23456", "70000", "1 {2,3} 70000", {1, 2, 1}},
      {"{2,3} 23456", "{2,3} 70000", "{2,3} 70000", {2, 1}},
      {"1 23456 {3,23456}", "70000 {3,70001}", "1 70000 {3,70001}", {2, 2}},
      {"(65001) 23456", "70000", "(65001) 70000", {1, 1}},
      {"1 (65001) 23456", "70000", "1 (65001) 70000", {1, 1, 1}},
      {"1 2 (65001) 23456", "70001 70000", "1 70001 70000", {3}},
      {"{1,2} 3", "70000 3", "70000 3", {2}},
  };
  for (const auto& [as_path, as4_path, merged, segments] : rows) {
    INFO(as_path << " + " << as4_path);
    const AsPath result = merge_as4_path(path_of(as_path), path_of(as4_path));
    CHECK(result.to_string() == merged);
    CHECK(segment_sizes(result) == segments);
  }
}

TEST_CASE("merging never makes a segment of more than 255 numbers") {
  AsPath two_octet(numbers(255, 1));
  two_octet = two_octet.prepended(9);
  const AsPath merged = merge_as4_path(two_octet, AsPath(numbers(255, 70000)));
  CHECK(merged.length() == 256);
  CHECK(segment_sizes(merged) == std::vector<std::size_t>{1, 255});
  CHECK(merged.first_as() == 9);
  CHECK(merged.origin_as() == 70254);
  // And of 255 it makes one.
  const AsPath whole = merge_as4_path(AsPath(numbers(255, 1)), AsPath(numbers(254, 70000)));
  CHECK(segment_sizes(whole) == std::vector<std::size_t>{255});
  CHECK(whole.first_as() == 1);
  CHECK(whole.origin_as() == 70253);
}
