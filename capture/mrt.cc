// The records' frames. Archives on the net are damaged now and then (a writer that died, a disk that was
// full), so a record is believed when another one, or the end, follows it; else the next header that makes
// sense is looked for. See the header.
#include "capture/mrt.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "capture/mrt_record.h"

namespace capture {

namespace {

constexpr std::size_t kHeaderOctets = 12;
// Types of RFC 6396 §4 and appendix B, and their largest subtype.
struct KnownType {
  std::uint16_t type, last_subtype;
};
constexpr std::array kKnownTypes{KnownType{kMrtBgp, 7},
                                 KnownType{6, 7},
                                 KnownType{7, 0},
                                 KnownType{8, 0},
                                 KnownType{9, 7},
                                 KnownType{10, 7},
                                 KnownType{11, 0},
                                 KnownType{kMrtTableDump, 2},
                                 KnownType{kMrtTableDumpV2, 12},
                                 KnownType{kMrtBgp4mp, 11},
                                 KnownType{kMrtBgp4mpEt, 11},
                                 KnownType{32, 0},
                                 KnownType{33, 0},
                                 KnownType{48, 0},
                                 KnownType{49, 0}};
// How far apart two records that stand next to each other may be, where one of them is a guess.
constexpr std::uint32_t kNearSeconds = 86'400;

struct Header {
  std::uint32_t seconds;
  std::uint16_t type, subtype;
  std::uint32_t length;

  bool is_known() const {
    return std::ranges::any_of(kKnownTypes, [this](const KnownType& known) {
      return known.type == type && subtype <= known.last_subtype;
    });
  }
};

std::optional<Header> header_at(net::Bytes octets, std::size_t at) {
  net::ByteReader reader(octets.subspan(at));
  const auto seconds = reader.u32();
  const auto type = reader.u16();
  const auto subtype = reader.u16();
  const auto length = reader.u32();
  if (!length) return std::nullopt;
  return Header{*seconds, *type, *subtype, *length};
}

class ArchiveReader {
 public:
  ArchiveReader(net::Bytes octets, const Options& options, const Sink& sink)
      : octets_(octets), options_(options), sink_(sink), table_(options) {}

  std::optional<std::string> read() {
    while (at_ < octets_.size()) {
      ++number_;
      const auto header = believed_header(at_);
      const std::size_t rest = octets_.size() - at_;
      if (header && header->is_known() && !last_seconds_) last_seconds_ = header->seconds;
      if (header && header->length <= rest - kHeaderOctets &&
          ends_well(at_ + kHeaderOctets + header->length)) {
        take(*header);
        continue;
      }
      if (const auto next = find_record(at_ + 1)) {
        // The record is whole before the damage, or it is the damage.
        const bool whole = header && header->is_known() && at_ + kHeaderOctets + header->length <= *next;
        if (whole) take(*header);
        skip(*next - at_);
        continue;
      }
      if (header && header->is_known() && header->length <= rest - kHeaderOctets) {
        take(*header);
        if (at_ < octets_.size()) return fault(rest_is_no_record());
      }
      if (!header) return fault(fmt::format("the archive ends inside the header of record {}", number_));
      if (!header->is_known()) return fault(rest_is_no_record());
      return fault(fmt::format("the archive ends inside record {}: {} of {} octets", number_,
                               rest - kHeaderOctets, header->length));
    }
    return damage_;
  }

 private:
  // Is there the end of the archive, or a record that can be one?
  bool ends_well(std::size_t at) const {
    if (at == octets_.size()) return true;
    const auto header = header_at(octets_, at);
    return header && header->is_known();
  }

  // MRTd did not count view and sequence number of its tables into the length.
  std::optional<Header> believed_header(std::size_t at) const {
    auto header = header_at(octets_, at);
    if (!header || header->type != kMrtTableDump) return header;
    const std::size_t end = at + kHeaderOctets + header->length;
    if (end >= octets_.size() || header_is(end, kMrtTableDump)) return header;
    constexpr std::uint32_t kNotCounted = 4;
    if (end + kNotCounted == octets_.size() || header_is(end + kNotCounted, kMrtTableDump))
      header->length += kNotCounted;
    return header;
  }

  bool header_is(std::size_t at, std::uint16_t type) const {
    if (at >= octets_.size()) return false;
    const auto header = header_at(octets_, at);
    return header && header->type == type && header->is_known();
  }

  std::optional<std::size_t> find_record(std::size_t from) const {
    if (!last_seconds_) return std::nullopt;
    for (std::size_t at = from; at + kHeaderOctets <= octets_.size(); ++at) {
      const auto header = header_at(octets_, at);
      const std::uint32_t apart =
          std::max(header->seconds, *last_seconds_) - std::min(header->seconds, *last_seconds_);
      if (apart > kNearSeconds || !header->is_known() || header->length == 0) continue;
      if (header->length <= octets_.size() - at - kHeaderOctets &&
          ends_well(at + kHeaderOctets + header->length))
        return at;
    }
    return std::nullopt;
  }

  void take(const Header& header) {
    last_seconds_ = header.seconds;
    net::ByteReader body(octets_.subspan(at_ + kHeaderOctets, header.length));
    at_ += kHeaderOctets + header.length;
    MrtRecord record{Time(std::chrono::seconds(header.seconds)), header.type, header.subtype, {}};
    std::string wrong;
    if (header.type == kMrtBgp4mpEt) {
      if (const auto micro = body.u32()) record.at += std::chrono::microseconds(*micro);
    }
    record.body = body.rest();
    switch (header.type) {
      case kMrtBgp: wrong = read_bgp_record(record, options_, sink_); break;
      case kMrtBgp4mp:
      case kMrtBgp4mpEt: wrong = read_bgp4mp_record(record, options_, sink_); break;
      case kMrtTableDump: wrong = table_.read_table_dump(record, sink_); break;
      case kMrtTableDumpV2: wrong = table_.read_table_dump_v2(record, sink_); break;
      default: wrong = "is not about BGP";
    }
    if (wrong.empty()) return;
    sink_({place_of(record), Skipped{header.length, fmt::format("record {} (type {}, subtype {}) {}", number_,
                                                                header.type, header.subtype, wrong)}});
  }

  void skip(std::size_t octets) {
    if (octets == 0) return;
    sink_({{}, Skipped{octets, "no record there"}});
    if (!damage_)
      damage_ = fmt::format("the archive is damaged at octet {}: what could be read on both sides was", at_);
    at_ += octets;
  }

  std::string fault(const std::string& sentence) const { return damage_ ? *damage_ : sentence; }
  std::string rest_is_no_record() const {
    return fmt::format("the {} octets from octet {} of the archive on are no record", octets_.size() - at_,
                       at_);
  }

  net::Bytes octets_;
  Options options_;
  const Sink& sink_;
  MrtTable table_;
  std::size_t at_ = 0;
  std::size_t number_ = 0;
  std::optional<std::uint32_t> last_seconds_;
  std::optional<std::string> damage_;
};

}  // namespace

bool is_mrt(net::Bytes octets) {
  const auto header = octets.size() < kHeaderOctets ? std::nullopt : header_at(octets, 0);
  return header && header->is_known();
}

std::optional<std::string> read_mrt(net::Bytes octets, const Options& options, const Sink& sink) {
  return ArchiveReader(octets, options, sink).read();
}

Place place_of(const MrtRecord& record) {
  Place place;
  place.at = record.at;
  place.microseconds = record.type == kMrtBgp4mpEt;
  place.record_type = record.type;
  return place;
}

std::optional<net::IpAddress> mrt_address(net::ByteReader& reader, std::uint16_t family) {
  if (family == 1) {
    const auto value = reader.u32();
    return value ? std::optional<net::IpAddress>(net::Ipv4Address{*value}) : std::nullopt;
  }
  if (family != 2) return std::nullopt;
  const auto octets = reader.take(net::Ipv6Address::kOctets);
  if (!octets) return std::nullopt;
  return net::Ipv6Address::from_octets(octets->first<net::Ipv6Address::kOctets>());
}

}  // namespace capture
