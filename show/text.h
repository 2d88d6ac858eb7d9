// The views as text, in the layout of FRR 8.4.4: what scripts for Quagga and FRR read. Lines end in "\n";
// what FRR prints about things that we do not have (graceful restart, roles, update groups…) is left out.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "show/words.h"
#include "speaker/view.h"

namespace show {

inline constexpr std::string_view kNotInTable = "% Network not in table\n";

// show ip bgp summary
std::string summary_text(const speaker::RouterView& router);

// show ip bgp. `routes` in the order in which they are to stand.
std::string routes_text(const speaker::RouterView& router, const std::vector<speaker::RouteView>& routes);

// show ip bgp A.B.C.D/M. Null: not in the table.
std::string route_text(const speaker::RouterView& router, const speaker::RouteView* route,
                       const Clock& clock);

// show ip bgp neighbors [A.B.C.D]. With an address: only that one, or a sentence that there is none.
std::string neighbors_text(const speaker::RouterView& router);
std::string neighbor_text(const speaker::RouterView& router, const net::IpAddress& address);

// show version
std::string version_text(std::string_view router, std::string_view version);

}  // namespace show
