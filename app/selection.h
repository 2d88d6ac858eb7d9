// Which routers a command is about, as people type them:
//   ROUTER_50, r50, 50      one
//   10-20, r10-r20, ROUTER_10-ROUTER_20   all from the one to the other
//   all                     every one
//   10,20-25,ROUTER_50      several of these
// Pure: the names that there are are handed in.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/result.h"

namespace app {

struct Selection {
  std::vector<std::string> routers;  // as the names stand, each once
  bool several = false;              // it was asked as for several, even if there is but one
};

// `prefix`: of the names. The error is a sentence.
net::Result<Selection, std::string> select_routers(std::string_view words, std::string_view prefix,
                                                   std::span<const std::string> names);

}  // namespace app
