#include "capture/tcp_streams.h"

#include <algorithm>

namespace capture {

namespace {

// The number with these low 32 bits that is nearest to `next`.
std::uint64_t unwrapped(std::uint32_t sequence, std::uint64_t next) {
  const auto distance = static_cast<std::int32_t>(sequence - static_cast<std::uint32_t>(next));
  return next + static_cast<std::uint64_t>(std::int64_t{distance});
}

}  // namespace

std::size_t TcpStream::packet_at(std::size_t end) const {
  const auto arrival = std::ranges::lower_bound(arrivals, end, {}, &Arrival::end);
  return arrival == arrivals.end() ? 0 : arrival->packet;
}

TcpStreams::Open& TcpStreams::connection_of(const TcpSegment& segment, std::size_t& side) {
  const bool swapped = segment.destination < segment.source;
  auto key = std::pair(segment.source, segment.destination);
  if (swapped) std::swap(key.first, key.second);
  side = swapped ? 1 : 0;
  const auto known = latest_.find(key);
  if (known != latest_.end()) {
    Open& open = connections_[known->second];
    const Direction& direction = open.directions[side];
    // The same ports once more: another connection, unless it is the same SYN again.
    const bool anew =
        segment.syn && !direction.stream.octets.empty() &&
        unwrapped(segment.sequence + 1, direction.next) + direction.stream.octets.size() != direction.next;
    if (!anew) return open;
  }
  latest_[key] = connections_.size();
  Open& made = connections_.emplace_back();
  made.ends = {key.first, key.second};
  return made;
}

void TcpStreams::add(const TcpSegment& segment, std::size_t packet) {
  std::size_t side = 0;
  Direction& direction = connection_of(segment, side).directions[side];
  std::uint32_t sequence = segment.sequence;
  constexpr std::uint64_t kFirst = std::uint64_t{1} << 40;  // room below for what was sent earlier
  if (segment.syn) {
    ++sequence;
    if (direction.stream.octets.empty()) {  // of two SYNs before any octet, the later one's number holds
      direction.next = kFirst + sequence;
      direction.stream.from_start = true;
    }
    direction.started = true;
  }
  if (segment.data.empty()) return;
  // Who writes packets by hand forgets that SYN counts; what follows a SYN with data shows it.
  if (direction.syn_had_data && segment.data.size() > 1 &&
      unwrapped(sequence, direction.next) + 1 == direction.next)
    --direction.next;
  direction.syn_had_data = segment.syn;
  if (!direction.started) {
    if (segment.data.size() == 1) return;  // a TCP keepalive: its octet is not of the stream
    direction.next = kFirst + sequence;
    direction.started = true;
  }
  const std::uint64_t at = unwrapped(sequence, direction.next);
  if (at > direction.next) {
    direction.held.emplace(at, Held{segment.data, packet});
    return;
  }
  deliver(direction, at, {segment.data, packet});
  drain(direction, false);
}

// Precondition: `sequence` is at most the next one expected.
void TcpStreams::deliver(Direction& direction, std::uint64_t sequence, const Held& held) {
  const std::uint64_t known = direction.next - sequence;
  if (known >= held.data.size()) return;
  const net::Bytes fresh = held.data.subspan(static_cast<std::size_t>(known));
  TcpStream& stream = direction.stream;
  stream.octets.insert(stream.octets.end(), fresh.begin(), fresh.end());
  stream.arrivals.push_back({stream.octets.size(), held.packet});
  direction.next += fresh.size();
}

void TcpStreams::drain(Direction& direction, bool over_gaps) {
  while (!direction.held.empty()) {
    const auto first = direction.held.begin();
    if (first->first > direction.next) {
      if (!over_gaps) return;
      direction.stream.gaps.push_back({direction.stream.octets.size(), first->first - direction.next});
      direction.next = first->first;
    }
    deliver(direction, first->first, first->second);
    direction.held.erase(first);
  }
}

std::vector<TcpConnection> TcpStreams::take() {
  std::vector<TcpConnection> connections;
  connections.reserve(connections_.size());
  for (Open& open : connections_) {
    for (Direction& direction : open.directions) drain(direction, true);
    connections.push_back(
        {open.ends, {std::move(open.directions[0].stream), std::move(open.directions[1].stream)}});
  }
  connections_.clear();
  latest_.clear();
  return connections;
}

}  // namespace capture
