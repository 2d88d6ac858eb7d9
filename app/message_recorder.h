// Writes down what a router hears (and, where wanted, says and chooses) as MRT records, in memory and up to a
// limit: what does not fit any more is counted, and the router notices nothing. Whoever writes a file takes
// the records away from time to time. Thread: the router's.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "speaker/tap.h"

namespace app {

class MessageRecorder final : public speaker::Tap {
 public:
  // Beside what the router hears.
  struct Also {
    bool sent = false;
    // Its Loc-RIB, as UPDATEs that a neighbour 0.0.0.0 of its own AS would send (RFC 9069 §4.2 has the same).
    bool loc_rib = false;
  };
  // `wall`: from the monotonic clock to the wall clock, found out once, so that a wall clock that is set
  // meanwhile puts nothing out of order. `most`: octets held.
  MessageRecorder(Also also, std::chrono::nanoseconds wall, std::size_t most)
      : also_(also), wall_(wall), most_(most) {}

  struct Taken {
    std::vector<std::uint8_t> records;  // whole, in their order
    std::uint64_t dropped = 0;          // since the last time
  };
  Taken take();

  void message(const speaker::Speaker& speaker, const bgp::Peer& peer, const bgp::Session& session, Way way,
               net::Bytes message, bgp::Instant now) override;
  void changed(const speaker::Speaker& speaker, const bgp::Peer& peer, bgp::State from, bgp::State to,
               bgp::Instant now) override;
  void routes(const speaker::Speaker& speaker, std::span<const net::IpPrefix> prefixes,
              bgp::Instant now) override;

 private:
  bool has_room(std::size_t octets);

  Also also_;
  std::chrono::nanoseconds wall_;
  std::size_t most_;
  std::vector<std::uint8_t> records_;
  std::uint64_t dropped_ = 0;
};

}  // namespace app
