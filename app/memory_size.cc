#include "app/memory_size.h"

#include <charconv>
#include <limits>

#include <fmt/format.h>

namespace app {

std::optional<std::size_t> parse_memory_size(std::string_view text) {
  std::size_t octets = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), octets);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit.empty()) return octets;
  constexpr std::string_view kUnits = "KMGT";
  const auto place = kUnits.find(unit.front());
  if (unit.size() > 1 || place == std::string_view::npos) return std::nullopt;
  const auto shift = 10 * (place + 1);
  if (octets > std::numeric_limits<std::size_t>::max() >> shift) return std::nullopt;
  return octets << shift;
}

net::Result<std::optional<std::size_t>, std::string> read_router_memory(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto octets = parse_memory_size(text);
  if (!octets || *octets < kLeastRouterMemory || *octets > kMostRouterMemory)
    return std::unexpected(
        fmt::format("--router-memory takes a size from 64K to 1T, like 64M, not \"{}\"", text));
  return octets;
}

}  // namespace app
