// TCP connections put together again from their segments, for a reader that has the whole capture before it:
// each direction ordered by sequence number, retransmissions dropped, and what is missing said. Knows neither
// containers nor BGP. RFC 9293 §3.4.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "capture/tcp_segment.h"

namespace capture {

// What one end sent, as far as it was captured.
struct TcpStream {
  struct Gap {
    std::size_t at = 0;      // into `octets`
    std::uint64_t lost = 0;  // octets
  };
  struct Arrival {
    std::size_t end = 0;     // into `octets`: up to here was there
    std::size_t packet = 0;  // when this packet had come
  };

  bool from_start = false;  // the SYN was captured
  std::vector<std::uint8_t> octets;
  std::vector<Gap> gaps;          // ascending
  std::vector<Arrival> arrivals;  // ascending `end`

  // The packet with which the octet before `end` had come.
  std::size_t packet_at(std::size_t end) const;
};

struct TcpConnection {
  std::array<Endpoint, 2> ends;
  std::array<TcpStream, 2> streams;  // streams[i] was sent by ends[i]
};

class TcpStreams {
 public:
  // `packet`: its place in the capture, ascending. The segment's octets must live until take().
  void add(const TcpSegment& segment, std::size_t packet);
  // The connections in the order of their first packet. Whatever was waiting for lost octets follows a gap.
  std::vector<TcpConnection> take();

 private:
  struct Held {
    net::Bytes data;
    std::size_t packet;
  };
  struct Direction {
    bool started = false;
    bool syn_had_data = false;  // and nothing has come since
    std::uint64_t next = 0;     // sequence number, counted on beyond 32 bits
    std::multimap<std::uint64_t, Held> held;
    TcpStream stream;
  };
  struct Open {
    std::array<Endpoint, 2> ends;
    std::array<Direction, 2> directions;
  };

  Open& connection_of(const TcpSegment& segment, std::size_t& side);
  static void deliver(Direction& direction, std::uint64_t sequence, const Held& held);
  static void drain(Direction& direction, bool over_gaps);

  std::vector<Open> connections_;
  std::map<std::pair<Endpoint, Endpoint>, std::size_t> latest_;
};

}  // namespace capture
