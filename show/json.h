// The views as JSON with the keys of FRR 8.4.4, in its order and its layout; flags appear only when true.
// Keys of things that we do not have are left out; tests/show/json_test.cc lists them. Our own
// additions: in a route's path `fibInstalled`, `fibPending` (FRR's words) or `fibErrno`; in a table's path
// `ribFailure`. Every text ends in "\n". Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "show/words.h"
#include "speaker/view.h"

namespace show {

std::string summary_json(const speaker::RouterView& router, const Clock& clock);

// One line a prefix, so that a large table is written without a tree of all of it in memory.
std::string routes_json(const speaker::RouterView& router, const std::vector<speaker::RouteView>& routes);

// Null: not in the table, an empty object.
std::string route_json(const speaker::RouterView& router, const speaker::RouteView* route,
                       const Clock& clock);

std::string neighbors_json(const speaker::RouterView& router, const Clock& clock);
// An object with `bgpNoSuchNeighbor` where there is none.
std::string neighbor_json(const speaker::RouterView& router, const net::IpAddress& address,
                          const Clock& clock);

std::string version_json(std::string_view router, std::string_view version);

}  // namespace show
