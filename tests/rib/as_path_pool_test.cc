// Paths come out as they went in, whatever else is kept; those of a chain share one sequence.
#include "rib/as_path_pool.h"

#include <random>

#include <catch2/catch.hpp>

using bgp::AsPath;
using rib::AsPathPool;
using Numbers = std::vector<std::uint32_t>;

namespace {

Numbers counting_down(std::uint32_t from, std::size_t length) {
  Numbers numbers;
  while (numbers.size() < length) numbers.push_back(from--);
  return numbers;
}

AsPath with_set(const Numbers& sequence, const Numbers& set) {
  AsPath path(sequence);
  path.append_segment(AsPath::SegmentType::Set, set);
  return path;
}

}  // namespace

TEST_CASE("the paths of a chain are lengths of one sequence, in whatever order they come", "[as-path]") {
  constexpr std::size_t kHops = 1000;  // four segments
  std::vector<std::size_t> lengths;
  for (std::size_t length = 1; length <= kHops; ++length) lengths.push_back(length);
  const auto order = GENERATE(0, 1, 2);
  if (order == 1) std::ranges::reverse(lengths);
  std::mt19937 random(1);
  if (order == 2) std::ranges::shuffle(lengths, random);

  AsPathPool pool;
  std::vector<AsPathPool::Path> paths;
  for (const std::size_t length : lengths) paths.push_back(pool.add(AsPath(counting_down(70'000, length))));
  CHECK(pool.size() == 1);
  CHECK(pool.bytes() < 3 * 4 * kHops);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const AsPath expected(counting_down(70'000, lengths[i]));
    REQUIRE(paths[i].length == lengths[i]);
    REQUIRE(pool[paths[i]] == expected);
    REQUIRE(pool.equal(paths[i], expected));
    REQUIRE_FALSE(pool.equal(paths[i], AsPath(counting_down(69'999, lengths[i]))));
    REQUIRE(pool.first_as(paths[i]) == 70'000);
  }
  for (const auto& path : paths) pool.release(path);
  CHECK(pool.size() == 0);
  CHECK(pool.bytes() == 0);
}

TEST_CASE("paths that part from one another are kept apart", "[as-path]") {
  AsPathPool pool;
  const std::pair<const char*, AsPath> rows[] = {
      {"a path", AsPath(Numbers{1, 2, 3})},
      {"its beginning", AsPath(Numbers{1, 2})},
      {"it goes on", AsPath(Numbers{1, 2, 3, 4})},
      {"another way at the end", AsPath(Numbers{1, 2, 3, 5})},
      {"another way at the beginning", AsPath(Numbers{1, 9})},
      {"another neighbour in the same place", AsPath(Numbers{17, 2, 3})},
      {"one number", AsPath(Numbers{1})},
      {"a set behind it", with_set({1, 2}, {3, 4})},
      {"a set alone", with_set({}, {1, 2})},
      {"segments that are not full",
       [] {
         AsPath path(Numbers{1, 2});
         path.append_segment(AsPath::SegmentType::Sequence, Numbers{3, 4});
         return path;
       }()},
      {"a confederation's, whose length is nothing",
       [] {
         AsPath path;
         path.append_segment(AsPath::SegmentType::ConfedSequence, Numbers{64512});
         return path;
       }()},
      {"a full segment", AsPath(counting_down(1000, 255))},
      {"two segments", AsPath(counting_down(1000, 256))},
      {"none", AsPath()},
  };
  std::vector<AsPathPool::Path> paths;
  for (const auto& [what, path] : rows) paths.push_back(pool.add(path));
  for (std::size_t i = 0; i < paths.size(); ++i) {
    INFO(rows[i].first);
    CHECK(pool[paths[i]] == rows[i].second);
    CHECK(paths[i].length == rows[i].second.length());
    CHECK(pool.first_as(paths[i]) == rows[i].second.first_as());
    for (std::size_t j = 0; j < paths.size(); ++j) {
      INFO(rows[j].first);
      CHECK(pool.equal(paths[i], rows[j].second) == (i == j));
    }
  }
  for (const auto& path : paths) pool.release(path);
  CHECK(pool.size() == 0);
  CHECK(pool.bytes() == 0);
}

TEST_CASE("paths that come and go leave those that stay as they are", "[as-path]") {
  std::mt19937 random(GENERATE(1u, 2u, 3u));
  const auto below = [&random](std::uint32_t limit) { return static_cast<std::uint32_t>(random() % limit); };
  AsPathPool pool;
  std::vector<std::pair<AsPathPool::Path, AsPath>> kept;
  for (int step = 0; step < 4000; ++step) {
    if (kept.size() < 40 && below(2) == 0) {
      Numbers numbers;
      for (std::uint32_t length = below(8); numbers.size() < length;) numbers.push_back(1 + below(3));
      AsPath path(numbers);
      if (below(8) == 0) path.append_segment(AsPath::SegmentType::Set, Numbers{5, 6});
      kept.emplace_back(pool.add(path), path);
    } else if (!kept.empty()) {
      const auto gone = kept.begin() + below(static_cast<std::uint32_t>(kept.size()));
      pool.release(gone->first);
      kept.erase(gone);
    }
    for (const auto& [path, expected] : kept) REQUIRE(pool[path] == expected);
  }
  for (const auto& [path, expected] : kept) pool.release(path);
  CHECK(pool.size() == 0);
  CHECK(pool.bytes() == 0);
}
