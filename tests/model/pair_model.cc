#include "tests/model/pair_model.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "net/result.h"

namespace model {

using namespace std::chrono_literals;
using bgp::State;

namespace {

constexpr std::array<std::uint8_t, 2> kSides{0, 1};
constexpr bgp::Instant kNever = bgp::Instant::max();

std::uint8_t opposite(std::uint8_t side) { return static_cast<std::uint8_t>(1 - side); }

template <class Value>
void append(std::string& key, const Value& value) {
  key.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

std::string to_string(const Step& step) {
  static constexpr std::array kNames{"deliver", "tick", "link up",   "start", "refuse", "break",
                                     "restart", "jump", "link down", "stop",  "reset"};
  return fmt::format("{} {}/{}", kNames[static_cast<std::size_t>(step.kind)], step.wire, step.side);
}

PairModel::PairModel(const PairConfig& config) : config_(config) {
  clocks_.fill(bgp::Instant(1000s));
  for (const std::uint8_t side : kSides) make_peer(side);
  pump();
}

void PairModel::make_peer(std::uint8_t side) {
  const auto now = clocks_[side];
  peers_[side].reset(new bgp::Peer(config_[side], *this, jitter_, side));
  up_[side] = 0;
  peers_[side]->set_link_usable(true, now);
  peers_[side]->start(now);
  peers_[side]->settle(now);
}

std::vector<Step> PairModel::steps() const {
  using enum Step::Kind;
  std::vector<Step> steps;
  for (std::uint8_t wire = 0; wire < wires_.size(); ++wire) {
    const auto& sides = wires_[wire].sides;
    for (const std::uint8_t side : kSides) {
      const auto& inbox = sides[side].inbox;
      if (inbox.empty()) continue;
      steps.push_back({Deliver, wire, side});
      if (std::holds_alternative<Syn>(inbox.front())) steps.push_back({Refuse, wire, side});
    }
    const auto ends = [](const Side& side) {
      return side.session == nullptr ||
             (side.inbox.size() == 1 && std::holds_alternative<End>(side.inbox[0]));
    };
    if (!ends(sides[0]) || !ends(sides[1])) steps.push_back({Break, wire, 0});
  }
  if (quiet() && std::min(next_deadline(0), next_deadline(1)) != kNever) steps.push_back({Tick, 0, 0});
  for (const std::uint8_t side : kSides) {
    const bgp::Peer& peer = *peers_[side];
    steps.push_back({peer.link_usable() ? LinkDown : LinkUp, 0, side});
    steps.push_back({peer.admin_down() ? Start : Stop, 0, side});
    steps.push_back({Restart, 0, side});
    if (next_deadline(side) != kNever) steps.push_back({Jump, 0, side});
    if (peer.state() >= State::OpenSent) steps.push_back({Reset, 0, side});
  }
  return steps;
}

void PairModel::take(const Step& step) {
  using enum Step::Kind;
  const auto side = step.side;
  bgp::Peer& peer = *peers_[side];
  const auto now = clocks_[side];
  switch (step.kind) {
    case Deliver: deliver(step.wire, side); break;
    case Tick: {
      const auto pause = std::min(next_deadline(0) - clocks_[0], next_deadline(1) - clocks_[1]);
      for (auto& clock : clocks_) clock += std::max(pause, bgp::Instant::duration::zero());
      for (const std::uint8_t each : kSides) expire(each);
      break;
    }
    case LinkUp: peer.set_link_usable(true, now); break;
    case Start: peer.start(now); break;
    case Refuse:
      wires_[step.wire].sides[side].inbox.pop_front();
      send(wires_[step.wire], side, End{});
      break;
    case Break:
      for (Side& end : wires_[step.wire].sides) {
        end.inbox.clear();
        if (end.session != nullptr) end.inbox.emplace_back(End{});
      }
      break;
    case Restart:
      for (Wire& wire : wires_) wire.sides[side].session = nullptr;
      make_peer(side);
      break;
    case Jump:
      clocks_[side] = std::max(now, next_deadline(side));
      expire(side);
      break;
    case LinkDown: peer.set_link_usable(false, now); break;
    case Stop: peer.stop("", now); break;
    case Reset: peer.reset(now); break;
  }
  for (const std::uint8_t each : kSides) peers_[each]->settle(clocks_[each]);
  pump();
  drop_dead_wires();
  check();
}

void PairModel::deliver(std::size_t wire_number, std::uint8_t side) {
  Wire& wire = wires_[wire_number];
  Side& end = wire.sides[side];
  const Segment segment = std::move(end.inbox.front());
  end.inbox.pop_front();
  const auto now = clocks_[side];
  if (std::holds_alternative<Syn>(segment)) {
    end.session = peers_[side]->accept(now);
    send(wire, side, end.session == nullptr ? Segment(End{}) : Segment(SynAck{}));
    return;
  }
  if (end.session == nullptr) {
    // Who sends to an end that is gone gets a reset.
    if (!std::holds_alternative<End>(segment)) send(wire, side, End{});
    return;
  }
  if (std::holds_alternative<SynAck>(segment))
    peers_[side]->connected(*end.session, now);
  else if (std::holds_alternative<End>(segment))
    end.session->handle(bgp::event::TcpConnectionFails{}, now);
  else
    end.session->on_bytes(std::get<std::vector<std::uint8_t>>(segment), now);
}

void PairModel::expire(std::uint8_t side) { peers_[side]->on_deadlines(clocks_[side]); }

bgp::Instant PairModel::next_deadline(std::uint8_t side) const {
  return peers_[side]->next_deadline().value_or(kNever);
}

void PairModel::send(Wire& wire, std::uint8_t from, Segment segment) {
  auto& inbox = wire.sides[opposite(from)].inbox;
  if (!inbox.empty() && std::holds_alternative<End>(inbox.back())) return;  // the last that is ever heard
  inbox.push_back(std::move(segment));
}

// Moves what sessions want to say onto their connections.
void PairModel::pump() {
  for (Wire& wire : wires_) {
    for (const std::uint8_t side : kSides) {
      if (wire.sides[side].session == nullptr) continue;
      std::vector<std::uint8_t> octets;
      wire.sides[side].session->take_control(octets);
      if (!octets.empty()) send(wire, side, std::move(octets));
    }
  }
}

void PairModel::drop_dead_wires() {
  std::erase_if(wires_, [](const Wire& wire) {
    return std::ranges::all_of(wire.sides, [](const Side& side) {
      return side.session == nullptr &&
             (side.inbox.empty() || !std::holds_alternative<Syn>(side.inbox.front()));
    });
  });
}

void PairModel::check() {
  std::size_t both_established = 0;
  for (const Wire& wire : wires_)
    both_established += std::ranges::all_of(wire.sides, [](const Side& side) {
      return side.session != nullptr && side.session->state() == State::Established;
    });
  if (both_established > 1) violation_ = "two sessions of one pair are Established";
  for (const std::uint8_t side : kSides) {
    for (std::uint16_t slot = 0; slot < bgp::Peer::kSlots; ++slot) {
      const bgp::Session& session = peers_[side]->session(slot);
      if (session.has_control()) violation_ = "a session without a connection speaks";
      if (session.state() != State::Idle) continue;
      if (session.connected()) violation_ = "Idle keeps a connection";
      for (std::size_t timer = 0; timer < bgp::kTimerCount; ++timer)
        if (static_cast<bgp::Timer>(timer) != bgp::Timer::IdleHold &&
            session.timer_running(static_cast<bgp::Timer>(timer)))
          violation_ = "Idle keeps a timer";
    }
  }
  if (!violation_.empty() || !quiet()) return;
  // Nobody is left to tell the other end that it is alone, but for an end that died without a word.
  for (const std::uint8_t side : kSides)
    if (std::ranges::count_if(wires_, [side](const Wire& wire) {
          const auto* session = wire.sides[side].session;
          return session != nullptr && session->state() == State::Established;
        }) > 1)
      violation_ = "one peer has two Established sessions";
}

bool PairModel::quiet() const {
  return std::ranges::all_of(
      wires_, [](const Wire& wire) { return wire.sides[0].inbox.empty() && wire.sides[1].inbox.empty(); });
}

bool PairModel::settled() const {
  return wires_.size() == 1 && std::ranges::all_of(wires_.front().sides, [](const Side& side) {
           return side.session != nullptr && side.session->state() == State::Established;
         });
}

bool PairModel::wanted() const { return peers_[0]->wanted() && peers_[1]->wanted(); }

std::string PairModel::key() const {
  std::string key = key_of(*peers_[0], clocks_[0]) + key_of(*peers_[1], clocks_[1]);
  std::vector<std::string> wires;
  for (const Wire& wire : wires_) wires.push_back(key_of(wire));
  std::ranges::sort(wires);
  for (const auto& wire : wires) key += wire;
  return key;
}

std::string PairModel::key_of(bgp::Peer& peer, bgp::Instant now) const {
  std::string key;
  append(key, static_cast<std::uint8_t>(peer.admin_down() | peer.link_usable() << 1));
  for (std::uint16_t slot = 0; slot < bgp::Peer::kSlots; ++slot) {
    const bgp::Session& session = peer.session(slot);
    append(key, session.state());
    append(key, static_cast<std::uint8_t>(session.fsm().stopped() | session.connected() << 1 |
                                          (session.fsm().config().delay_open > 0s) << 2));
    append(key, static_cast<std::uint16_t>(session.fsm().negotiated_hold_time().count()));
    for (std::size_t timer = 0; timer < bgp::kTimerCount; ++timer) {
      const auto deadline = session.deadline(static_cast<bgp::Timer>(timer));
      // In units of 10 ms, which divides every duration here; 0: none runs.
      append(key, static_cast<std::uint16_t>(!deadline ? 0 : 1 + std::max(0ns, *deadline - now) / 10ms));
    }
  }
  return key;
}

std::string PairModel::key_of(const Wire& wire) const {
  std::string key = "|";
  for (const Side& side : wire.sides) {
    key += side.session == nullptr ? '-' : static_cast<char>('0' + side.session->slot());
    for (const Segment& segment : side.inbox) {
      key += static_cast<char>('a' + segment.index());
      if (const auto* octets = std::get_if<std::vector<std::uint8_t>>(&segment)) {
        append(key, static_cast<std::uint16_t>(octets->size()));
        key.append(octets->begin(), octets->end());
      }
    }
    key += '/';
  }
  return key;
}

std::string PairModel::describe() const {
  std::string text;
  for (const std::uint8_t side : kSides) {
    text += fmt::format("  peer {}{}{}:", side, peers_[side]->admin_down() ? " down" : "",
                        peers_[side]->link_usable() ? "" : " without link");
    for (std::uint16_t slot = 0; slot < bgp::Peer::kSlots; ++slot) {
      const bgp::Session& session = peers_[side]->session(slot);
      text += fmt::format(" {}{}", to_string(session.state()), session.connected() ? "+" : "");
    }
  }
  for (const Wire& wire : wires_) {
    text += "  wire";
    for (const Side& side : wire.sides)
      text += fmt::format(" {}:{}", side.session == nullptr ? "-" : std::to_string(side.session->slot()),
                          side.inbox.size());
  }
  return text;
}

void PairModel::dial(bgp::Peer& peer, bgp::Session& session) {
  const auto from = static_cast<std::uint8_t>(peer.index());
  Wire& wire = wires_.emplace_back();
  wire.sides[from].session = &session;
  send(wire, from, Syn{});
}

void PairModel::close(bgp::Peer& peer, bgp::Session& session) {
  const auto from = static_cast<std::uint8_t>(peer.index());
  for (Wire& wire : wires_) {
    Side& side = wire.sides[from];
    if (side.session != &session) continue;
    std::vector<std::uint8_t> farewell;
    session.take_control(farewell);
    if (!farewell.empty()) send(wire, from, std::move(farewell));
    send(wire, from, End{});
    side.session = nullptr;
    return;
  }
}

void PairModel::established(bgp::Peer& peer, bgp::Session&) {
  if (++up_[peer.index()] != 1) violation_ = "one peer has two Established sessions";
}

void PairModel::down(bgp::Peer& peer, bgp::Session&) { --up_[peer.index()]; }

}  // namespace model
