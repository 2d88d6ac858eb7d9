// One router's connection to a BMP collector, from a client of its lab: introduces the router, tells who its
// neighbours are, what they have said and what of it is in the Loc-RIB, and passes on what changes. A
// collector that is not there is tried again, one that does not read is given up, and both get everything
// from the beginning when they come back. RFC 7854 §3, RFC 9069.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <utility>
#include <vector>

#include "app/lab_record.h"
#include "capture/bmp_writer.h"
#include "capture/entry.h"

namespace app {

class BmpFeed {
 public:
  struct Collector {
    sockaddr_storage address{};
    socklen_t octets = 0;
  };

  BmpFeed(const LabRecord& lab, std::string router, const Collector& collector);
  BmpFeed(BmpFeed&& other) noexcept;
  BmpFeed& operator=(BmpFeed&&) = delete;
  ~BmpFeed();

  // Connects when it is time, writes what it can, fetches more of the table where there is room. Throws
  // std::runtime_error when the lab does not answer.
  void turn();
  // A message or a state that the router has recorded.
  void hear(const capture::Entry& entry);
  void tell_statistics();
  // Termination; what is not taken within a second is lost.
  void end();

  bool is_up() const { return state_ == State::Up; }
  // Why the last connection is not there, once; empty: nothing new.
  std::string take_trouble() { return std::exchange(trouble_, {}); }

 private:
  using Clock = std::chrono::steady_clock;
  enum class State { Waiting, Connecting, Up };
  struct Neighbor {
    capture::BmpPeer peer;
    capture::BmpSession session;
    bool up = false;
  };

  void connect();
  void hear_of_loc_rib(const capture::Entry& entry);
  void introduce();
  void tell_more_of_the_table();
  void tell_path(const capture::BmpPeer& peer, const capture::RibPath& path);
  void tell_end_of_rib(const capture::BmpPeer& peer, bgp::Family family);
  void peer_up(Neighbor& neighbor, capture::Time at);
  void peer_down(Neighbor& neighbor, capture::Time at, capture::BmpPeerDown reason, net::Bytes message);
  void write();
  void lose(const std::string& why);

  const LabRecord& lab_;
  std::string router_;
  Collector collector_;
  State state_ = State::Waiting;
  int fd_ = -1;
  Clock::time_point again_{};
  std::chrono::seconds pause_{1};
  std::string trouble_;
  std::vector<std::uint8_t> out_;
  std::map<net::IpAddress, Neighbor> neighbors_;
  capture::BmpPeer loc_rib_;
  bool speaks_ipv6_ = false;
  // Of the table that is being told, Adj-RIBs-In first: from where on.
  enum class Telling { Nothing, AdjRibsIn, LocRib } telling_ = Telling::Nothing;
  std::optional<net::IpPrefix> told_;
  std::uint32_t sequence_ = 0;
  std::vector<std::uint8_t> index_;  // a PEER_INDEX_TABLE
  capture::Time since_;              // what was before is in the table
};

}  // namespace app
