// What instructions_test.py counts the instructions of: one pure speaker, no kernel and no socket, between a
// neighbour that feeds it routes and one that hears of them. From the octets of the UPDATEs through session,
// RIBs and decision to the octets for the next router.
//   instructions bulk COUNT    a table, in the pieces in which a busy socket gives it
//   instructions single COUNT  routes one at a time, each there and gone again
// Callgrind counts within travel() only.
#include <charconv>
#include <cstdio>
#include <string_view>
#include <vector>

#include "bench/bulk_routes.h"
#include "bgp/capabilities.h"
#include "speaker/speaker.h"

namespace {

using net::Ipv4Address;

constexpr std::uint32_t kOurs = 101, kFeeder = 100, kListener = 102;
constexpr std::size_t kPiece = 65'536;

speaker::SpeakerConfig config() {
  speaker::SpeakerConfig config;
  config.name = "ROUTER_1";
  config.as = kOurs;
  config.router_id = Ipv4Address::of(10, 0, 0, 1);
  for (unsigned side = 0; side < 2; ++side) {
    speaker::NeighborConfig neighbor;
    neighbor.peer.passive = true;
    neighbor.peer.address = Ipv4Address::of(10, 0, side, 2);
    neighbor.peer.local_address = Ipv4Address::of(10, 0, side, 1);
    neighbor.peer.session.local_as = kOurs;
    neighbor.peer.session.peer_as = side == 0 ? kFeeder : kListener;
    neighbor.peer.session.identifier = config.router_id;
    config.neighbors.push_back(neighbor);
  }
  return config;
}

class Router final : private speaker::Transport, private speaker::Fib {
 public:
  Router() : activity_(2), speaker_(config(), *this, *this, activity_, time_) {
    std::vector<speaker::ConnectedPrefix> links;
    for (unsigned side = 0; side < 2; ++side)
      links.push_back({net::Ipv4Prefix(Ipv4Address::of(10, 0, side, 0), 24), Ipv4Address::of(10, 0, side, 1),
                       side + 2, true});
    speaker_.set_connected(links, time_);
    speaker_.start(time_);
    feeder_ = meet(0, kFeeder);
    meet(1, kListener);
  }

  void hear(net::Bytes octets) { speaker_.received(feeder_, octets, time_); }
  std::size_t octets_sent() const { return octets_sent_; }

 private:
  speaker::ConnectionId meet(unsigned side, std::uint32_t as) {
    const auto id =
        *speaker_.accepted(Ipv4Address::of(10, 0, side, 2), Ipv4Address::of(10, 0, side, 1), 1024, time_);
    bgp::Open open;
    open.my_as = static_cast<std::uint16_t>(as);
    open.hold_time = 90;
    open.identifier = Ipv4Address::of(10, 0, side, 2);
    open.capabilities = bgp::make_capabilities({}, as);
    std::vector<std::uint8_t> octets;
    bgp::encode(open, {}, octets);
    bgp::encode(bgp::Keepalive{}, {}, octets);
    speaker_.received(id, octets, time_);
    return id;
  }

  void dial(speaker::ConnectionId, const net::IpAddress&, const net::IpAddress&) override {}
  void output_ready(speaker::ConnectionId id) override {
    do {
      out_.clear();
      speaker_.take_output(id, kPiece, out_);
      octets_sent_ += out_.size();
    } while (!out_.empty());
  }
  void close(speaker::ConnectionId) override {}
  bgp::Instant now() const override { return time_; }
  std::optional<std::vector<int>> apply(std::span<const rib::Decision> decisions) override {
    return std::vector<int>(decisions.size(), 0);
  }
  std::optional<std::vector<int>> apply(std::span<const rib::Ipv6Decision> decisions) override {
    return std::vector<int>(decisions.size(), 0);
  }

  bgp::Instant time_{};
  std::vector<std::uint8_t> out_;
  std::size_t octets_sent_ = 0;
  speaker::RouterActivity activity_;
  speaker::Speaker speaker_;
  speaker::ConnectionId feeder_;
};

}  // namespace

// Named so that callgrind finds it.
extern "C" [[gnu::noinline]] void travel(Router& router, std::span<const std::vector<std::uint8_t>> pieces) {
  for (const auto& piece : pieces) router.hear(piece);
}

int main(int argc, char** argv) {
  std::size_t count = 0;
  if (argc == 3) std::from_chars(argv[2], argv[2] + std::string_view(argv[2]).size(), count);
  if (count == 0) {
    std::fputs("instructions bulk|single COUNT\n", stderr);
    return 2;
  }
  const bench::Origin origin{kFeeder, Ipv4Address::of(10, 0, 0, 2)};
  std::vector<std::vector<std::uint8_t>> pieces;
  if (argv[1] == std::string_view("bulk")) {
    const auto table = bench::table_in_updates(origin, count, 1);
    for (std::size_t at = 0; at < table.size(); at += kPiece) {
      const net::Bytes piece = net::Bytes(table).subspan(at, std::min(kPiece, table.size() - at));
      pieces.emplace_back(piece.begin(), piece.end());
    }
  } else {
    for (std::uint32_t place = 0; place < count; ++place) {
      pieces.push_back(bench::announcement(origin, place));
      pieces.push_back(bench::withdrawal(place));
    }
  }
  Router router;
  const std::size_t before = router.octets_sent();
  travel(router, pieces);
  std::printf("%zu octets sent on\n", router.octets_sent() - before);
  return router.octets_sent() > before ? 0 : 1;
}
