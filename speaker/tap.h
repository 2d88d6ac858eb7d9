// Somebody who listens in on a speaker: whole messages as they come and go, and the states of its sessions.
// For recordings (app/message_recorder.h); the speaker neither waits for a tap nor learns from it.
#pragma once

#include "bgp/peer.h"

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
};

}  // namespace speaker
