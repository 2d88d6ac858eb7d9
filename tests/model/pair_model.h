// Two real Peers and the TCP connections between them as one state that can be asked what may happen next,
// made to let it happen, and compared with other states. Each Peer has a clock of its own, which moves only
// when a step says so, so that any relation between their timers can come about. The connections keep the
// order of what is sent; they may be refused, break, or end without a word when a router restarts. Nothing
// about BGP is modelled: whatever the Peers do is bgp/'s own code.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "bgp/peer.h"

namespace model {

struct Step {
  enum class Kind : std::uint8_t {
    // Fair: what a good wire, synchronous clocks and an operator who wants the session bring about.
    Deliver,  // what waits first at one end of one connection
    Tick,     // nothing is under way: both clocks move to the next deadline of either
    LinkUp,
    Start,
    // Faults.
    Refuse,   // a SYN is answered with a reset
    Break,    // a connection is lost, with all that is under way on it; both ends learn it
    Restart,  // a router dies without a word and begins anew
    Jump,     // one clock alone moves to its next deadline, whatever is under way
    LinkDown,
    Stop,
    Reset,
  };
  Kind kind{};
  std::uint8_t wire = 0;  // where the kind is about one
  std::uint8_t side = 0;
  bool is_fair() const { return kind <= Kind::Start; }
};
std::string to_string(const Step& step);

using PairConfig = std::array<bgp::PeerConfig, 2>;

class PairModel final : private bgp::PeerOwner {
 public:
  explicit PairModel(const PairConfig& config);
  PairModel(const PairModel&) = delete;
  PairModel& operator=(const PairModel&) = delete;

  std::vector<Step> steps() const;
  void take(const Step& step);

  // Equal for two states exactly when nothing that can happen from now on tells them apart.
  std::string key() const;
  // Nothing is under way on any connection.
  bool quiet() const;
  // One connection, Established at both of its ends, and nothing beside it.
  bool settled() const;
  // Both peers are meant to come up and can.
  bool wanted() const;
  // What must not be, in words; empty when all is well.
  const std::string& violation() const { return violation_; }
  std::string describe() const;

 private:
  struct Syn {};
  struct SynAck {};
  struct End {};  // FIN or RST
  using Segment = std::variant<Syn, SynAck, End, std::vector<std::uint8_t>>;
  struct Side {
    bgp::Session* session = nullptr;  // nobody, once it has closed or died
    std::deque<Segment> inbox;
  };
  struct Wire {
    std::array<Side, 2> sides;
  };

  void make_peer(std::uint8_t side);
  void deliver(std::size_t wire, std::uint8_t side);
  void expire(std::uint8_t side);
  bgp::Instant next_deadline(std::uint8_t side) const;
  void send(Wire& wire, std::uint8_t from, Segment segment);
  void pump();
  void drop_dead_wires();
  void check();
  std::string key_of(bgp::Peer& peer, bgp::Instant now) const;
  std::string key_of(const Wire& wire) const;

  // bgp::PeerOwner
  void dial(bgp::Peer& peer, bgp::Session& session) override;
  void close(bgp::Peer& peer, bgp::Session& session) override;
  void established(bgp::Peer& peer, bgp::Session& session) override;
  void down(bgp::Peer& peer, bgp::Session& session) override;
  void update(bgp::Peer&, bgp::Session&, bgp::Update&&) override {}
  void route_refresh(bgp::Peer&, bgp::Session&, const bgp::RouteRefresh&) override {}

  const PairConfig& config_;
  bgp::Jitter jitter_ = bgp::Jitter::none();
  std::array<std::unique_ptr<bgp::Peer>, 2> peers_;
  std::array<bgp::Instant, 2> clocks_{};
  std::array<int, 2> up_{};
  std::deque<Wire> wires_;
  std::string violation_;
};

}  // namespace model
