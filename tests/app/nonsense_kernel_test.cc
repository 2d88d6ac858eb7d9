// A neighbour that talks nonsense, on the real kernel: it connects to port 179 from the true neighbour's
// address and says what no BGP speaker would. It gets the NOTIFICATION that RFC 4271 §6 asks for, and the
// Established sessions of the router, the one to that very neighbour included, do not notice.
#include <optional>
#include <span>
#include <thread>

#include <catch2/catch.hpp>

#include "app/lab.h"
#include "tests/app/chain_lab.h"
#include "tests/netns/tcp.h"

using namespace std::chrono_literals;
using test::ChainLab;

namespace {

constexpr std::uint32_t kHops = 4;
using Octets = std::vector<std::uint8_t>;

Octets message(std::uint8_t type, const Octets& body) {
  Octets octets(16, 0xff);
  const std::size_t length = 19 + body.size();
  octets.insert(octets.end(),
                {static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length), type});
  octets.insert(octets.end(), body.begin(), body.end());
  return octets;
}

// The stranger pretends to be ROUTER_3.
constexpr std::size_t kPretended = 3;

// Of AS 103, hold time 9 s, without optional parameters.
Octets open_body(std::uint8_t version = 4, std::uint8_t as = 103, std::uint8_t hold = 9,
                 std::uint8_t id = 172) {
  return {version, 0, as, 0, hold, id, 0, 0, 1, 0};
}

Octets with_length(Octets octets, std::uint16_t length) {
  octets[16] = static_cast<std::uint8_t>(length >> 8);
  octets[17] = static_cast<std::uint8_t>(length);
  return octets;
}

Octets text(std::string_view words) { return {words.begin(), words.end()}; }

// A client inside the neighbour's namespace.
class Stranger {
 public:
  Stranger(net::Ipv4Address from, net::Ipv4Address to) {
    const sockaddr_in local = test::socket_address(from, 0), remote = test::socket_address(to, bgp::kPort);
    if (::bind(socket_.fd(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0)
      throw std::system_error(errno, std::generic_category(), "bind");
    (void)::connect(socket_.fd(), reinterpret_cast<const sockaddr*>(&remote), sizeof remote);
    if (!socket_.becomes(POLLOUT)) throw std::runtime_error("cannot connect");
  }

  void say(const Octets& octets) { (void)::send(socket_.fd(), octets.data(), octets.size(), MSG_NOSIGNAL); }
  // The same, however long it takes; false: the other side takes nothing more.
  bool say_all(std::span<const std::uint8_t> octets) {
    while (!octets.empty()) {
      if (!socket_.becomes(POLLOUT)) return false;
      const ssize_t count = ::send(socket_.fd(), octets.data(), octets.size(), MSG_NOSIGNAL);
      if (count < 0) return false;
      octets = octets.subspan(static_cast<std::size_t>(count));
    }
    return true;
  }
  void end() { ::shutdown(socket_.fd(), SHUT_WR); }
  // All that comes until the other side closes; nothing when it does not close within test::kPatience.
  std::optional<Octets> hear() {
    Octets heard;
    std::uint8_t part[4096];
    while (socket_.becomes(POLLIN)) {
      const ssize_t count = ::recv(socket_.fd(), part, sizeof part, 0);
      if (count == 0) return heard;
      if (count < 0) return errno == ECONNRESET ? std::optional(heard) : std::nullopt;
      heard.insert(heard.end(), part, part + count);
    }
    return std::nullopt;
  }

 private:
  test::Socket socket_;
};

// The body of the NOTIFICATION (code, subcode, data) that ends what was heard, empty when there is none;
// nothing when what was heard is not BGP.
std::optional<Octets> notification_in(const Octets& heard) {
  std::size_t at = 0;
  while (at + 19 <= heard.size()) {
    const std::size_t length = static_cast<std::size_t>(heard[at + 16]) << 8 | heard[at + 17];
    const std::uint8_t type = heard[at + 18];
    if (length < 19 || at + length > heard.size()) return std::nullopt;
    if (type == 3) {
      if (at + length != heard.size()) return std::nullopt;
      return Octets(heard.begin() + static_cast<std::ptrdiff_t>(at) + 19, heard.end());
    }
    if (type == 0 || type > 4) return std::nullopt;
    at += length;
  }
  return at == heard.size() ? std::optional(Octets()) : std::nullopt;
}

// What says that the sessions have not been touched: of each Established one, how often it was established
// and dropped (a collision at the start may have cost one end a connection).
std::vector<std::string> session_history(ChainLab& lab) {
  std::vector<std::string> history;
  for (std::size_t i = 0; i < lab.size(); ++i)
    REQUIRE(lab.on_router(i, [&](speaker::Speaker& speaker) {
      for (const auto& peer : speaker.view(ChainLab::Clock::now()).peers)
        if (peer.state == bgp::State::Established)
          history.push_back(fmt::format("{} {}: established {} times, dropped {} times {}", lab.plan(i).name,
                                        peer.address.to_string(), peer.connections_established,
                                        peer.connections_dropped, peer.last_reset));
    }));
  return history;
}

struct Row {
  std::string what;
  Octets says;
  Octets answer;  // the NOTIFICATION's code, subcode and data; empty: closed without a word
};

const Octets kGoodOpen = message(1, open_body());

Octets after_open(const Octets& rest) {
  Octets octets = kGoodOpen;
  octets.insert(octets.end(), rest.begin(), rest.end());
  return octets;
}

Octets established_and(const Octets& rest) {
  Octets octets = message(4, {});
  octets.insert(octets.end(), rest.begin(), rest.end());
  return after_open(octets);
}

Octets wrong_marker() {
  Octets octets = kGoodOpen;
  octets[7] = 0xfe;
  return octets;
}

// Wrong whatever the state.
const std::vector<Row> kAlwaysWrong = {
    {"a web browser", text("GET / HTTP/1.1\r\nHost: router\r\n\r\n"), {1, 1}},
    {"zeroes", Octets(64, 0), {1, 1}},
    {"one wrong octet in the marker", wrong_marker(), {1, 1}},
    {"length 0", with_length(kGoodOpen, 0), {1, 2, 0, 0}},
    {"length 18", with_length(kGoodOpen, 18), {1, 2, 0, 18}},
    {"length 4097", with_length(kGoodOpen, 4097), {1, 2, 0x10, 0x01}},
    {"length 65535", with_length(kGoodOpen, 65535), {1, 2, 0xff, 0xff}},
    {"an OPEN of 28 octets", message(1, Octets(9, 0)), {1, 2, 0, 28}},
    {"a KEEPALIVE of 20 octets", message(4, {0}), {1, 2, 0, 20}},
    {"type 0", message(0, {}), {1, 3, 0}},
    {"type 77", message(77, {}), {1, 3, 77}},
    {"version 3", message(1, open_body(3)), {2, 1, 0, 4}},
    {"version 5", message(1, open_body(5)), {2, 1, 0, 4}},
    {"an AS that is not the neighbour's", message(1, open_body(4, 99)), {2, 2}},
    {"AS 0", message(1, open_body(4, 0)), {2, 2}},
    {"hold time 1", message(1, open_body(4, 103, 1)), {2, 6}},
    {"BGP identifier 0", message(1, {4, 0, 103, 0, 9, 0, 0, 0, 0, 0}), {2, 3}},
    {"an optional parameter beyond the end", message(1, {4, 0, 103, 0, 9, 172, 31, 1, 1, 2, 2, 200}), {2, 0}},
};

// With the true neighbour's session Established, a second connection is heard, but not yet spoken to.
const std::vector<Row> kBesideEstablished = {
    // RFC 4271 §8.2.2, Active state: "any other event" ends the connection silently.
    {"a KEEPALIVE before any OPEN", message(4, {}), {}},
    {"an UPDATE before any OPEN", message(2, {0, 0, 0, 0}), {}},
    // RFC 4271 §6.8: the Established session wins.
    {"a fine OPEN", kGoodOpen, {6, 7}},
    {"and an UPDATE right behind it", after_open(message(2, {0, 0, 0, 0, 24, 203, 0, 113})), {6, 7}},
};

// With no other connection: OpenSent, OpenConfirm, Established.
const std::vector<Row> kAlone = {
    {"a KEEPALIVE in OpenSent", message(4, {}), {5, 1}},
    {"an UPDATE in OpenSent", message(2, {0, 0, 0, 0}), {5, 1}},
    {"an UPDATE in OpenConfirm", after_open(message(2, {0, 0, 0, 0})), {5, 2}},
    {"an OPEN in Established", established_and(kGoodOpen), {5, 3}},
    {"wrong octets in Established", established_and(text("no BGP, but long enough")), {1, 1}},
    {"type 9 in Established", established_and(message(9, {})), {1, 3, 9}},
    {"withdrawn routes beyond the end", established_and(message(2, {0, 9, 0, 0})), {3, 1}},
    {"attributes beyond the end", established_and(message(2, {0, 0, 0, 9})), {3, 1}},
};

// 10.N.0.0/24 to 10.N.255.0/24, by a path that is another each time.
Octets announcement(std::uint8_t block, std::uint8_t med, net::Ipv4Address next_hop) {
  Octets attributes{0x40, 1, 1, 0, 0x40, 2, 4, 2, 1, 0, 103, 0x40, 3, 4};
  for (const std::uint8_t octet : next_hop.octets()) attributes.push_back(octet);
  attributes.insert(attributes.end(), {0x80, 4, 4, 0, 0, 0, med});
  Octets body{0, 0, 0, static_cast<std::uint8_t>(attributes.size())};
  body.insert(body.end(), attributes.begin(), attributes.end());
  for (unsigned i = 0; i < 256; ++i) body.insert(body.end(), {24, 10, block, static_cast<std::uint8_t>(i)});
  return message(2, body);
}

class Victim {
 public:
  explicit Victim(ChainLab& lab, std::size_t started) : lab_(lab), sessions_(started - 1) {
    lab_.start(started);
    REQUIRE(lab_.await_quiet(sessions_, ChainLab::Watch::Doorbell));
    before_ = session_history(lab_);
    (void)lab_.drain_route_messages();
  }

  // From inside the pretended neighbour's namespace.
  Stranger stranger() const {
    const auto& link = lab_.plan(kPretended).node.left;
    return {link.address, link.neighbor};
  }

  void check(const std::vector<Row>& rows) const {
    for (const Row& row : rows) {
      INFO(row.what);
      Stranger stranger = this->stranger();
      stranger.say(row.says);
      const auto heard = stranger.hear();
      REQUIRE(heard);
      INFO(fmt::format("heard {:02x}", fmt::join(*heard, "")));
      auto notification = notification_in(*heard);
      REQUIRE(notification);
      // Data is compared where RFC 4271 §6 asks for it.
      if (row.answer.size() == 2 && notification->size() > 2) notification->resize(2);
      CHECK(*notification == row.answer);
    }
  }

  // The true sessions are as they were, and nobody's table has changed.
  void check_unharmed() const {
    CHECK(session_history(lab_) == before_);
    REQUIRE(lab_.await_quiet(sessions_, ChainLab::Watch::Doorbell));
    CHECK(lab_.drain_route_messages() == 0);
  }

 private:
  ChainLab& lab_;
  std::size_t sessions_;
  std::vector<std::string> before_;
};

}  // namespace

TEST_CASE("nonsense beside an Established session does it no harm", "[nonsense][kernel]") {
  if (!test::may_make_namespaces()) return;
  app::ChainOptions options;
  options.hops = kHops;
  ChainLab lab(options);
  const Victim victim(lab, kHops + 1);
  lab.inside(kPretended, [&] {
    victim.check(kAlwaysWrong);
    victim.check(kBesideEstablished);
    // Closing in the middle of a message, or at once, needs no answer.
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{18}, kGoodOpen.size() - 1}) {
      Stranger stranger = victim.stranger();
      stranger.say({kGoodOpen.begin(), kGoodOpen.begin() + static_cast<std::ptrdiff_t>(length)});
      stranger.end();
      CHECK(stranger.hear() == Octets());
    }
    // More connections than there is room for are closed without a word.
    std::vector<std::unique_ptr<Stranger>> strangers;
    for (int i = 0; i < 12; ++i) strangers.emplace_back(new Stranger(victim.stranger()));
    CHECK(strangers.back()->hear() == Octets());
  });
  // Who is no neighbour is told nothing: ROUTER_0, by way of ROUTER_1.
  lab.inside(0, [&] {
    Stranger stranger(lab.plan(0).node.right.address, lab.plan(kPretended).node.left.neighbor);
    stranger.say(kGoodOpen);
    CHECK(stranger.hear() == Octets());
  });
  victim.check_unharmed();
  for (std::size_t i = 0; i < lab.size(); ++i) CHECK(lab.bgp_routes(i) == lab.expected_routes(i));
}

TEST_CASE("nonsense from a neighbour in every state does the other sessions no harm", "[nonsense][kernel]") {
  if (!test::may_make_namespaces()) return;
  app::ChainOptions options;
  options.hops = kPretended;
  ChainLab lab(options);
  const Victim victim(lab, kPretended);  // the true neighbour never starts
  lab.inside(kPretended, [&] {
    victim.check(kAlwaysWrong);
    victim.check(kAlone);
  });
  victim.check_unharmed();
}

// It would keep a router that reads until there is nothing to read from its own KEEPALIVEs.
TEST_CASE("a neighbour that never stops talking leaves the router time for everything else",
          "[nonsense][kernel]") {
  if (!test::may_make_namespaces()) return;
  app::ChainOptions options;
  options.hops = kPretended;
  ChainLab lab(options);
  const Victim victim(lab, kPretended);
  std::jthread talker([&](const std::stop_token& over) {
    lab.inside(kPretended, [&] {
      Stranger stranger = victim.stranger();
      bool heard = stranger.say_all(established_and({}));
      const net::Ipv4Address self = lab.plan(kPretended).node.left.address;
      for (std::uint8_t turn = 0; heard && !over.stop_requested(); ++turn)
        for (std::uint8_t block = 0; heard && block < 64; ++block)
          heard = stranger.say_all(announcement(block, turn, self));
    });
  });
  // It has begun when the router has had more than it reads at once; then it is asked again and again.
  std::uint64_t updates = 0;
  std::string why;
  const auto look = [&] {
    return lab.on_router(kPretended - 1, [&](speaker::Speaker& speaker) {
      const auto peer = speaker.view(ChainLab::Clock::now()).peers.back();
      updates = peer.received.updates;
      why = peer.last_reset;
    });
  };
  const auto goes_on_beyond = [&](std::uint64_t count) {
    const auto deadline = ChainLab::Clock::now() + test::kPatience;
    while (look() && updates <= count && ChainLab::Clock::now() < deadline) {
    }
    INFO(why);
    REQUIRE(updates > count);
  };
  goes_on_beyond(64);
  for (int i = 0; i < 20; ++i) goes_on_beyond(updates);
}
