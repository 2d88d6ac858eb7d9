// Which way routes flow between two ASes, by the role that ours has towards the neighbour's: what of it the
// policies of one neighbour's routes must know. RFC 9234 §5.
#pragma once

#include "rib/policy.h"
#include "speaker/speaker.h"

namespace speaker {

// Whatever else stands in the policy is left alone.
void apply_role(const NeighborConfig& neighbor, rib::ImportPolicy& policy);
void apply_role(const NeighborConfig& neighbor, rib::ExportPolicy& policy);

// Ingress, rule 3: what comes from a provider, a lateral peer or a route server is for customers only from
// here on, whether it says so or not.
void mark_on_import(const NeighborConfig& neighbor, bgp::PathAttributes& attributes);

}  // namespace speaker
