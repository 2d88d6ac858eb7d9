// See the header.
#include "speaker/roles.h"

namespace speaker {

using bgp::Role;

namespace {

// Our role towards an external neighbour; inside an AS there is none (RFC 9234 §3).
std::optional<Role> role_of(const NeighborConfig& neighbor) {
  const bgp::SessionConfig& session = neighbor.peer.session;
  return session.internal() ? std::nullopt : session.capabilities.role;
}

bool is_downstream(Role ours) { return ours == Role::Customer || ours == Role::RouteServerClient; }
bool is_upstream(Role ours) { return ours == Role::Provider || ours == Role::RouteServer; }

}  // namespace

// Ingress, rules 1 and 2.
void apply_role(const NeighborConfig& neighbor, rib::ImportPolicy& policy) {
  const auto ours = role_of(neighbor);
  if (!ours || is_downstream(*ours)) return;
  policy.reject |= rib::kOnlyToCustomer;
  if (*ours == Role::Peer) policy.only_to_customer_of = neighbor.peer.session.peer_as;
}

// Egress, rules 1 and 2.
void apply_role(const NeighborConfig& neighbor, rib::ExportPolicy& policy) {
  const auto ours = role_of(neighbor);
  if (!ours) return;
  policy.adds_only_to_customer = !is_downstream(*ours);
  policy.holds_back_only_to_customer = !is_upstream(*ours);
}

void mark_on_import(const NeighborConfig& neighbor, bgp::PathAttributes& attributes) {
  const auto ours = role_of(neighbor);
  if (ours && !is_upstream(*ours) && !attributes.only_to_customer)
    attributes.only_to_customer = neighbor.peer.session.peer_as;
}

}  // namespace speaker
