// Somebody who listens in on a speaker: whole messages as they come and go, the states of its sessions, and
// where its Loc-RIB changes.
// For recordings (app/message_recorder.h); the speaker neither waits for a tap nor learns from it.
#pragma once

#include <span>

#include "bgp/peer.h"
#include "net/prefix.h"

namespace speaker {

class Speaker;

// Called from within the speaker's own functions, on its thread; must not call back into it but for reading.
class Tap {
 public:
  enum class Way : std::uint8_t { Received, Sent };

  virtual ~Tap() = default;
  // `message`: one, header included; for as long as the call lasts. Received: before it is handled, whatever
  // will come of it. Sent: as the transport pulls it.
  virtual void message(const Speaker& speaker, const bgp::Peer& peer, const bgp::Session& session, Way way,
                       net::Bytes message, bgp::Instant now) = 0;
  // The state of a neighbour's foremost connection, as it stands at the end of an input: what it has passed
  // through on the way is not told.
  virtual void changed(const Speaker& speaker, const bgp::Peer& peer, bgp::State from, bgp::State to,
                       bgp::Instant now) = 0;
  // The Loc-RIB's routes to these prefixes have changed, each once, and the kernel has answered: what holds
  // now is to be read (Speaker::has_route, loc_routes).
  virtual void routes(const Speaker& speaker, std::span<const net::IpPrefix> prefixes, bgp::Instant now) = 0;
};

}  // namespace speaker
