// Captures and archives of others, which stay where they are: in the folder that CHAINROUTER_BGP_DATA names,
// or in
// ../shared/data/bgp beside the repository. Where it is absent, the tests that want it say so and check
// nothing.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "capture/decompress.h"

namespace shared_data {

inline std::optional<std::filesystem::path> folder(const std::string& name) {
  const char* named = std::getenv("CHAINROUTER_BGP_DATA");
  std::vector<std::filesystem::path> roots;
  if (named != nullptr) roots.emplace_back(named);
  // TEST_DATA is REPOSITORY/tests/data; a worktree may stand elsewhere.
  roots.push_back(std::filesystem::path(TEST_DATA) / "../../../shared/data/bgp");
  roots.emplace_back("/work/shared/data/bgp");
  for (const auto& root : roots)
    if (std::filesystem::is_directory(root / name)) return root / name;
  WARN("SKIPPED: no folder " << name << "; CHAINROUTER_BGP_DATA may name the folder that holds it");
  return std::nullopt;
}

inline std::vector<std::uint8_t> read_raw(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot open " + path.string());
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Decompressed where it is compressed.
inline std::vector<std::uint8_t> read(const std::filesystem::path& path) {
  auto octets = read_raw(path);
  if (!capture::is_compressed(octets)) return octets;
  auto plain = capture::decompress(octets, 1u << 28);
  if (!plain) throw std::runtime_error(path.string() + ": " + plain.error());
  return *std::move(plain);
}

}  // namespace shared_data
