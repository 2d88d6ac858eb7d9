#include "app/bmp_feed.h"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/hex_octets.h"
#include "bgp/capabilities.h"
#include "capture/mrt.h"
#include "net/result.h"

namespace app {

using capture::BmpPeerDown;

namespace {

// More of the table is fetched below the first; beyond the second the collector is given up.
constexpr std::size_t kRoom = 1u << 20, kMost = 32u << 20;
constexpr std::chrono::seconds kFirstPause{1}, kLongestPause{60};
constexpr int kLastWordsMs = 1000;
constexpr const char* kDeaf = "it does not read what it is told";
// Whose routes the Loc-RIB's are, in the lab's records (app/message_recorder.h, request::RibDump).
const net::IpAddress kItself = net::Ipv4Address{};
constexpr std::uint16_t kEstablished = 6;  // RFC 6396 §4.4.1

std::string in_words(int error) { return std::generic_category().message(error); }

capture::Time wall_clock() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::optional<bgp::Open> open_of(net::Bytes message) {
  const auto frame = bgp::next_frame(message, bgp::kMaxMessageOctets);
  if (!frame || !*frame) return std::nullopt;
  auto decoded = bgp::decode(**frame, {});
  if (!decoded || !std::holds_alternative<bgp::Open>(*decoded)) return std::nullopt;
  return std::get<bgp::Open>(*std::move(decoded));
}

// RFC 9069 §4.4: of a session with itself that could say everything that the Loc-RIB has.
std::vector<std::uint8_t> open_for(const capture::BmpPeer& loc_rib, bool ipv6) {
  bgp::Open open{.my_as = static_cast<std::uint16_t>(loc_rib.as > 0xffff ? bgp::kAsTrans : loc_rib.as),
                 .hold_time = 0,
                 .identifier = loc_rib.identifier,
                 .capabilities = bgp::make_capabilities({.ipv6_unicast = ipv6,
                                                         .route_refresh = false,
                                                         .enhanced_refresh = false,
                                                         .graceful_restart = false},
                                                        loc_rib.as)};
  std::vector<std::uint8_t> octets;
  bgp::encode(open, {}, octets);
  return octets;
}

}  // namespace

BmpFeed::BmpFeed(const LabRecord& lab, std::string router, const Collector& collector)
    : lab_(lab), router_(std::move(router)), collector_(collector) {}

BmpFeed::BmpFeed(BmpFeed&& other) noexcept
    : lab_(other.lab_),
      router_(std::move(other.router_)),
      collector_(other.collector_),
      state_(other.state_),
      fd_(std::exchange(other.fd_, -1)) {}

BmpFeed::~BmpFeed() {
  if (fd_ >= 0) close(fd_);
}

void BmpFeed::lose(const std::string& why) {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
  state_ = State::Waiting;
  again_ = Clock::now() + pause_;
  pause_ = std::min(pause_ * 2, kLongestPause);
  trouble_ = why;
  out_ = std::vector<std::uint8_t>();
  neighbors_.clear();
  telling_ = Telling::Nothing;
}

void BmpFeed::turn() {
  if (state_ == State::Waiting && Clock::now() >= again_) connect();
  if (state_ == State::Connecting) {
    pollfd ready{fd_, POLLOUT, 0};
    if (poll(&ready, 1, 0) != 1) return;
    int error = 0;
    socklen_t octets = sizeof error;
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &octets);
    if (error != 0) return lose(in_words(error));
    state_ = State::Up;
    introduce();
  }
  if (state_ != State::Up) return;
  // A collector says nothing (§3.2); what can be read is its end.
  std::uint8_t unasked[256];
  ssize_t count = 0;
  while ((count = recv(fd_, unasked, sizeof unasked, MSG_DONTWAIT)) > 0) {
  }
  if (count == 0) return lose("it has closed the connection");
  if (errno != EAGAIN && errno != EINTR) return lose(in_words(errno));
  while (state_ == State::Up && telling_ != Telling::Nothing && out_.size() < kRoom) {
    tell_more_of_the_table();
    write();
  }
  write();
}

void BmpFeed::connect() {
  fd_ = socket(collector_.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd_ < 0) return lose(in_words(errno));
  state_ = State::Connecting;
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&collector_.address), collector_.octets) != 0 &&
      errno != EINPROGRESS)
    lose(in_words(errno));
}

// Who we are, whom we have sessions with; what they have said follows.
void BmpFeed::introduce() {
  capture::write_bmp_initiation(router_, "chainrouter " CHAINROUTER_VERSION, out_);
  const auto reply = ask(lab_, request::Sessions{router_});
  since_ = capture::Time(std::chrono::microseconds(reply.at("at").get<std::int64_t>()));
  for (const auto& row : reply.at("sessions")) {
    const auto address = net::IpAddress::parse(row.at("neighbor").get<std::string>()).value();
    Neighbor& neighbor = neighbors_[address];
    neighbor.peer = {address, row.at("as").get<std::uint32_t>(),
                     net::Ipv4Address::parse(row.at("identifier").get<std::string>()).value()};
    neighbor.session = {net::IpAddress::parse(row.at("local").get<std::string>()).value(),
                        row.at("localPort").get<std::uint16_t>(), row.at("neighborPort").get<std::uint16_t>(),
                        from_hex(row.at("openSent").get<std::string>()),
                        from_hex(row.at("openReceived").get<std::string>())};
    peer_up(neighbor, since_ - std::chrono::milliseconds(row.at("upForMs").get<std::int64_t>()));
  }
  loc_rib_ = {{},
              reply.at("as").get<std::uint32_t>(),
              net::Ipv4Address::parse(reply.at("identifier").get<std::string>()).value(),
              false,
              true};
  speaks_ipv6_ = reply.at("ipv6").get<bool>();
  capture::write_bmp_loc_rib_up(loc_rib_, since_, open_for(loc_rib_, speaks_ipv6_), out_);
  telling_ = Telling::AdjRibsIn;
  told_.reset();
  sequence_ = 0;
}

void BmpFeed::tell_more_of_the_table() {
  const bool loc_rib = telling_ == Telling::LocRib;
  const auto reply = ask(lab_, request::RibDump{router_, told_, sequence_, loc_rib});
  sequence_ = reply.at("sequence").get<std::uint32_t>();
  auto records = from_hex(reply.at("records").get<std::string>());
  if (!told_) {  // the first page begins with the index of the peers that all paths are from
    const auto length = 12 + (std::size_t{records.at(10)} << 8 | records.at(11));
    index_.assign(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(length));
  } else {
    records.insert(records.begin(), index_.begin(), index_.end());
  }
  (void)capture::read_mrt(records, {}, [this, loc_rib](const capture::Entry& entry) {
    const auto* path = std::get_if<capture::RibPath>(&entry.what);
    if (path == nullptr || !entry.place.peer) return;
    if (loc_rib) {
      if (*entry.place.peer == kItself) tell_path(loc_rib_, *path);
      return;
    }
    const auto found = neighbors_.find(*entry.place.peer);
    if (found != neighbors_.end() && found->second.up) tell_path(found->second.peer, *path);
  });
  if (reply.contains("next")) {
    told_ = net::parse_ip_prefix(reply.at("next").get<std::string>());
    return;
  }
  told_.reset();
  if (!loc_rib) {
    for (const auto& [address, neighbor] : neighbors_) {
      const auto ours = open_of(neighbor.session.open_sent), theirs = open_of(neighbor.session.open_received);
      if (!neighbor.up || !ours || !theirs) continue;
      for (const bgp::Family family : bgp::agree(*ours, *theirs).families())
        tell_end_of_rib(neighbor.peer, family);
    }
    telling_ = Telling::LocRib;
    return;
  }
  tell_end_of_rib(loc_rib_, bgp::kIpv4Unicast);
  if (speaks_ipv6_) tell_end_of_rib(loc_rib_, bgp::kIpv6Unicast);
  telling_ = Telling::Nothing;
}

void BmpFeed::tell_path(const capture::BmpPeer& peer, const capture::RibPath& path) {
  bgp::Update announcement = path.update;
  if (const auto* ipv4 = std::get_if<net::Ipv4Prefix>(&path.prefix))
    announcement.announced = {*ipv4};
  else if (announcement.mp_reach)
    announcement.mp_reach->ipv6 = {std::get<net::Ipv6Prefix>(path.prefix)};
  std::vector<std::uint8_t> update;
  bgp::encode(announcement, {.four_octet_as = !peer.two_octet_as, .extended_message = true}, update);
  capture::write_bmp_route_monitoring(peer, path.originated.value_or(since_), update, out_);
}

// RFC 7854 §5.
void BmpFeed::tell_end_of_rib(const capture::BmpPeer& peer, bgp::Family family) {
  bgp::Update end_of_rib;
  if (family == bgp::kIpv6Unicast) end_of_rib.mp_unreach.emplace();
  std::vector<std::uint8_t> update;
  bgp::encode(end_of_rib, {}, update);
  capture::write_bmp_route_monitoring(peer, wall_clock(), update, out_);
}

void BmpFeed::peer_up(Neighbor& neighbor, capture::Time at) {
  const auto ours = open_of(neighbor.session.open_sent), theirs = open_of(neighbor.session.open_received);
  neighbor.up = ours && theirs;
  if (!neighbor.up) return;  // began before anybody listened in
  neighbor.peer.identifier = theirs->identifier;
  neighbor.peer.two_octet_as = !bgp::agree(*ours, *theirs).four_octet_as;
  capture::write_bmp_peer_up(neighbor.peer, at, neighbor.session, out_);
}

void BmpFeed::peer_down(Neighbor& neighbor, capture::Time at, BmpPeerDown reason, net::Bytes message) {
  if (!std::exchange(neighbor.up, false)) return;
  capture::write_bmp_peer_down(neighbor.peer, at, reason, message, out_);
}

void BmpFeed::hear(const capture::Entry& entry) {
  const auto& place = entry.place;
  if (state_ != State::Up || !place.peer || !place.at || *place.at <= since_) return;
  if (*place.peer == kItself) return hear_of_loc_rib(entry);
  Neighbor& neighbor = neighbors_[*place.peer];
  neighbor.peer.address = *place.peer;
  neighbor.peer.as = place.peer_as.value_or(neighbor.peer.as);
  const bool received = place.source && place.source->address == *place.peer;
  if (place.source && place.destination)
    neighbor.session.local = received ? place.destination->address : place.source->address;
  if (const auto* change = std::get_if<capture::StateChange>(&entry.what)) {
    if (change->to == kEstablished && !neighbor.up) peer_up(neighbor, *place.at);
    // With a NOTIFICATION of theirs the session is down already; ours is pulled only behind this.
    if (change->from == kEstablished) peer_down(neighbor, *place.at, BmpPeerDown::Remote, {});
    return;
  }
  const auto* decoded = std::get_if<capture::Decoded>(&entry.what);
  if (decoded == nullptr) return;
  const std::vector<std::uint8_t> octets(decoded->octets.begin(), decoded->octets.end());
  std::visit(net::overloaded{
                 [&](const bgp::Open&) {
                   (received ? neighbor.session.open_received : neighbor.session.open_sent) = octets;
                 },
                 [&](const bgp::Update&) {
                   if (received && neighbor.up)
                     capture::write_bmp_route_monitoring(neighbor.peer, *place.at, octets, out_);
                 },
                 [&](const bgp::Notification&) {
                   peer_down(neighbor, *place.at,
                             received ? BmpPeerDown::RemoteNotification : BmpPeerDown::LocalNotification,
                             octets);
                 },
                 [](const auto&) {},
             },
             decoded->message);
  if (out_.size() > kMost) lose(kDeaf);
}

void BmpFeed::hear_of_loc_rib(const capture::Entry& entry) {
  const auto* decoded = std::get_if<capture::Decoded>(&entry.what);
  if (decoded == nullptr) return;
  capture::write_bmp_route_monitoring(loc_rib_, *entry.place.at, decoded->octets, out_);
  if (out_.size() > kMost) lose(kDeaf);
}

void BmpFeed::tell_statistics() {
  if (state_ != State::Up) return;
  const auto reply = ask(lab_, request::Sessions{router_});
  for (const auto& row : reply.at("sessions")) {
    const auto address = net::IpAddress::parse(row.at("neighbor").get<std::string>()).value();
    const auto found = neighbors_.find(address);
    if (found == neighbors_.end() || !found->second.up) continue;
    capture::write_bmp_statistics(found->second.peer, wall_clock(),
                                  row.at("prefixesReceived").get<std::uint64_t>(), out_);
  }
  capture::write_bmp_statistics(loc_rib_, wall_clock(), reply.at("routes").get<std::uint64_t>(), out_);
}

void BmpFeed::write() {
  while (state_ == State::Up && !out_.empty()) {
    const ssize_t written = send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno != EAGAIN) return lose(in_words(errno));
    if (written < 0) return;
    out_.erase(out_.begin(), out_.begin() + written);
    pause_ = kFirstPause;
  }
}

void BmpFeed::end() {
  if (state_ != State::Up) return;
  capture::write_bmp_termination(out_);
  const auto until = Clock::now() + std::chrono::milliseconds(kLastWordsMs);
  for (write(); state_ == State::Up && !out_.empty() && Clock::now() < until; write()) {
    pollfd ready{fd_, POLLOUT, 0};
    (void)poll(&ready, 1, kLastWordsMs);
  }
}

}  // namespace app
