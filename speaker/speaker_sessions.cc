// What becomes of a neighbour's routes when its session comes, goes, or asks for and begins refreshes, and
// how many of them there may be: graceful restart as a helper (RFC 4724 §4.2, RFC 8538), route refresh with a
// beginning and an end (RFC 2918, RFC 7313), the limits of prefixes and of memory (RFC 4486 §4).
#include <algorithm>

#include "bgp/graceful_restart.h"
#include "net/bytes.h"
#include "speaker/speaker.h"

namespace speaker {

using bgp::Instant;
using namespace std::chrono_literals;

namespace {

// How long routes stay stale when the peer is there and never comes to an end. RFC 4724 §4.2 and RFC 7313 §4
// leave it to us.
constexpr auto kStaleLimit = 6min;

std::optional<bgp::GracefulRestart> restart_of(const bgp::Session& session) {
  return session.open_received() ? bgp::graceful_restart_of(*session.open_received()) : std::nullopt;
}

}  // namespace

template <class Visit>
void Speaker::with_rib(bgp::Family family, Visit&& visit) {
  if (family == bgp::kIpv4Unicast) visit(ipv4_.rib);
  if (family == bgp::kIpv6Unicast && ipv6_) visit(ipv6_->rib);
}

// RFC 4724 §4.2: the routes of families that the peer said it would preserve stay, and are stale.
void Speaker::lose_routes(Neighbor& neighbor, const bgp::Session& session) {
  const rib::PeerIndex peer = neighbor.peer.index();
  const auto restart = session.routes_outlive() ? restart_of(session) : std::nullopt;
  neighbor.stale.clear();
  for (const bgp::Family family : {bgp::kIpv4Unicast, bgp::kIpv6Unicast}) {
    const bool keeps = restart && restart->preserves(family) && session.agreed().covers(family);
    with_rib(family, [&](auto& rib) {
      rib.peer_down(peer, keeps);
      if (keeps && rib.received(peer) > 0)
        neighbor.stale[family] = {now_ + restart->restart_time, Stale::Cause::Restart};
    });
  }
}

// RFC 4724 §4.2: it is back. What it has not preserved after all goes at once; the rest may be confirmed
// until its End-of-RIB.
void Speaker::confirm_stale(Neighbor& neighbor, const bgp::Session& session) {
  const auto restart = restart_of(session);
  for (auto& [family, stale] : neighbor.stale)
    stale.until = restart && restart->forwarded_throughout(family) && session.agreed().covers(family)
                      ? now_ + kStaleLimit
                      : now_;
  expire_stale(neighbor);
}

void Speaker::expire_stale(Neighbor& neighbor) {
  std::erase_if(neighbor.stale, [&](const auto& one) {
    if (one.second.until > now_ && !neighbor.peer.admin_down()) return false;
    because_of(journal_.trigger(Trigger::StaleRoutesGone, now_, neighbor.peer.index()));
    sweep(neighbor, one.first);
    return true;
  });
}

void Speaker::end_stale(Neighbor& neighbor, bgp::Family family, Stale::Cause cause) {
  const auto found = neighbor.stale.find(family);
  if (found == neighbor.stale.end() || found->second.cause != cause) return;
  neighbor.stale.erase(found);
  sweep(neighbor, family);
}

void Speaker::sweep(Neighbor& neighbor, bgp::Family family) {
  worked_ = true;
  with_rib(family, [&](auto& rib) { rib.sweep_stale(neighbor.peer.index()); });
}

void Speaker::route_refresh(bgp::Peer& peer, bgp::Session& session, const bgp::RouteRefresh& refresh) {
  Neighbor& neighbor = neighbors_[peer.index()];
  if (frozen_ || !session.agreed().covers(refresh.family)) return;  // RFC 2918 §4
  if (refresh.subtype == bgp::kRefreshRequest) {
    neighbor.news = journal_.trigger(Trigger::RefreshReceived, now_, peer.index());
    with_rib(refresh.family, [&](auto& rib) { rib.resend(peer.index()); });
    return;
  }
  if (!session.agreed().enhanced_refresh) return;
  if (refresh.subtype == bgp::kRefreshEnd) end_stale(neighbor, refresh.family, Stale::Cause::Refresh);
  if (refresh.subtype != bgp::kRefreshBegin) return;
  // RFC 7313 §4: before the End-of-RIB of a peer that has graceful restart a BoRR does not count.
  const bool ended =
      refresh.family == bgp::kIpv6Unicast ? neighbor.ipv6_end_of_rib_received : neighbor.end_of_rib_received;
  if (restart_of(session) && !ended) return;
  with_rib(refresh.family, [&](auto& rib) { rib.mark_stale(peer.index()); });
  neighbor.stale[refresh.family] = {now_ + kStaleLimit, Stale::Cause::Refresh};
}

// RFC 4486 §4: one prefix more than agreed ends the session, and it stays away for a while.
void Speaker::check_prefix_limit(Neighbor& neighbor) {
  const NeighborConfig& config = config_.neighbors[neighbor.peer.index()];
  if (!config.max_prefixes) return;
  for (const bgp::Family family : {bgp::kIpv4Unicast, bgp::kIpv6Unicast}) {
    std::size_t received = 0;
    with_rib(family, [&](const auto& rib) { received = rib.received(neighbor.peer.index()); });
    if (received <= *config.max_prefixes) continue;
    bgp::Notification cease{bgp::ErrorCode::Cease, bgp::kCeaseMaxPrefixes, {}};
    net::ByteWriter writer(cease.data);
    writer.u16(family.afi);
    writer.u8(family.safi);
    writer.u32(*config.max_prefixes);
    neighbor.peer.hold_down(cease, config.max_prefix_hold_down, now_);
    return;
  }
}

// RFC 4486 §4: the UPDATE that carried the router over what it may hold ends its session, and no other one.
void Speaker::check_memory_limit(Neighbor& neighbor, std::size_t bytes_before) {
  if (!memory_ceiling_ || neighbor.peer.held_down_until()) return;
  const std::size_t bytes = rib_bytes();
  if (bytes <= *memory_ceiling_ || bytes <= bytes_before) return;
  // What it leaves goes when the kernel and the neighbours have been told. Until then the others' changes
  // have room of their own, or one that has done nothing would be the next to go over.
  memory_ceiling_ = bytes + spare_memory();
  memory_overruns_.push_back({neighbor.peer.config().address, bytes});
  neighbor.peer.hold_down({bgp::ErrorCode::Cease, bgp::kCeaseOutOfResources, {}}, config_.memory_hold_down,
                          now_);
}

// When nothing is being taken down any more, or so much is gone that the others have as much room again.
void Speaker::lower_memory_ceiling(bool busy) {
  if (memory_ceiling_ == config_.memory_limit) return;
  if (!busy || rib_bytes() + spare_memory() <= *config_.memory_limit) memory_ceiling_ = config_.memory_limit;
}

}  // namespace speaker
