// How links and routers of a chain are named by whoever types: "50-51" or "ROUTER_50-ROUTER_51", "50" or
// "ROUTER_50". Knows no chain: whether there is such a one is for others to say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/result.h"

namespace scenario {

// "ROUTER_50" is {"ROUTER_", 50}; a bare number has no prefix.
struct Name {
  std::string prefix;
  std::uint32_t number = 0;
  friend bool operator==(const Name&, const Name&) = default;
};

std::optional<Name> read_router(std::string_view word);
// The number of a link is that of its right-hand router: link 51 joins 50 and 51. The error is a sentence.
net::Result<Name, std::string> read_link(std::string_view word);

// "50-51" of link 51.
std::string link_name(std::uint32_t link);

}  // namespace scenario
