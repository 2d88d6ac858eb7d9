// How much memory a router's routes may take, as people write it: 64M, 512K, 2G, or octets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "net/result.h"

namespace app {

inline constexpr std::size_t kLeastRouterMemory = std::size_t{64} * 1024;
inline constexpr std::size_t kMostRouterMemory = std::size_t{1} << 40;

// Octets; K, M, G and T are powers of 1024. Nothing: that is no size.
std::optional<std::size_t> parse_memory_size(std::string_view text);

// What --router-memory says: nothing where the text is empty. The error is a sentence.
net::Result<std::optional<std::size_t>, std::string> read_router_memory(std::string_view text);

}  // namespace app
