#include "capture/message_cutter.h"

#include <algorithm>

#include <fmt/format.h>

namespace capture {

namespace {

constexpr std::size_t kMarkerOctets = 16;

bool can_be_header(net::Bytes octets) {
  net::ByteReader reader(octets.subspan(kMarkerOctets));
  const auto length = reader.u16();
  if (!length) return true;  // cut off; who knows
  if (*length < bgp::kHeaderOctets) return false;
  const auto type = reader.u8();
  return !type || (*type >= 1 && *type <= static_cast<std::uint8_t>(bgp::MessageType::RouteRefresh));
}

// The octets between two gaps.
class Run {
 public:
  Run(net::Bytes octets, std::size_t at, std::vector<Piece>& pieces)
      : octets_(octets), base_(at), pieces_(pieces) {}

  void cut(bool synchronised) {
    if (!synchronised) skip_to_header();
    while (at_ < octets_.size()) {
      const auto frame = bgp::next_frame(octets_.subspan(at_), bgp::kMaxExtendedOctets);
      if (!frame) {
        const std::size_t next = find_header(octets_, at_ + 1).value_or(octets_.size());
        add(next - at_, frame.error());
      } else if (*frame) {
        add((*frame)->octets(), **frame);
      } else {
        return add(octets_.size() - at_, cut_off());
      }
    }
  }

 private:
  template <class What>
  void add(std::size_t octets, What what) {
    pieces_.push_back({base_ + at_, octets, std::move(what)});
    at_ += octets;
  }

  void skip_to_header() {
    const std::size_t first = find_header(octets_, 0).value_or(octets_.size());
    if (first > 0) add(first, Skipped{first, "no marker there: the rest of a message that began earlier"});
  }

  Skipped cut_off() const {
    const net::Bytes rest = octets_.subspan(at_);
    const auto length = net::ByteReader(rest.subspan(std::min(rest.size(), kMarkerOctets))).u16();
    return {rest.size(), length ? fmt::format("a message of {} octets is cut off", *length)
                                : std::string("a message's header is cut off")};
  }

  net::Bytes octets_;
  std::size_t base_;
  std::size_t at_ = 0;
  std::vector<Piece>& pieces_;
};

}  // namespace

std::optional<std::size_t> find_header(net::Bytes octets, std::size_t from) {
  std::size_t ones = 0;
  for (std::size_t i = from; i < octets.size(); ++i) {
    ones = octets[i] == 0xff ? ones + 1 : 0;
    if (ones < kMarkerOctets) continue;
    const std::size_t start = i + 1 - kMarkerOctets;
    if (can_be_header(octets.subspan(start))) return start;
  }
  return std::nullopt;
}

std::vector<Piece> cut_messages(const TcpStream& stream) {
  std::vector<Piece> pieces;
  const net::Bytes octets(stream.octets);
  std::size_t from = 0;
  bool synchronised = stream.from_start;
  for (const TcpStream::Gap& gap : stream.gaps) {
    Run(octets.subspan(from, gap.at - from), from, pieces).cut(synchronised);
    pieces.push_back({gap.at, 0, Skipped{0, fmt::format("{} octets were not captured", gap.lost)}});
    from = gap.at;
    synchronised = false;
  }
  Run(octets.subspan(from), from, pieces).cut(synchronised);
  return pieces;
}

std::vector<Piece> cut_messages(net::Bytes octets) {
  std::vector<Piece> pieces;
  Run(octets, 0, pieces).cut(true);
  return pieces;
}

}  // namespace capture
