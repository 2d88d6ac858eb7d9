// `show ip bgp neighbors A.B.C.D advertised-routes|received-routes|routes`: what went between one neighbour
// and us, in FRR 8.4.4's layout. IPv4 only, as there. Every text ends in "\n". Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "speaker/route_records.h"
#include "speaker/view.h"

namespace show {

inline constexpr std::string_view kNoSuchNeighbor = "No such neighbor in this view/vrf";

// Of one neighbour's Adj-RIB-Out, or of its Adj-RIB-In before policy.
enum class AdjDirection : std::uint8_t { Advertised, Received };
std::string adj_routes_text(AdjDirection direction, const speaker::RouterView& router,
                            const speaker::PeerView& peer, const std::vector<speaker::AdjRoute>& routes);
std::string adj_routes_json(AdjDirection direction, const speaker::RouterView& router,
                            const speaker::PeerView& peer, const std::vector<speaker::AdjRoute>& routes);

// What may be used of what `peer` has said: `routes` is the whole table.
std::string accepted_routes_text(const speaker::RouterView& router, const speaker::PeerView& peer,
                                 std::vector<speaker::RouteView> routes);
std::string accepted_routes_json(const speaker::RouterView& router, const speaker::PeerView& peer,
                                 std::vector<speaker::RouteView> routes);

}  // namespace show
