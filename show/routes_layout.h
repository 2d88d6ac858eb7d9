// The table of `show ip bgp`, which the routes of one neighbour are shown in, too.
#pragma once

#include <string>

#include "speaker/view.h"

namespace show {

// Down to the names of the columns.
std::string routes_heading(const speaker::RouterView& router);

// `first`: of its prefix, which is written then.
void append_route_row(std::string& out, const speaker::RouteView& route, const speaker::PathView& path,
                      bool first);

}  // namespace show
