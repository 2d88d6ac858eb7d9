// Records of several writers, each in order of its own, as one archive in order of time: what is older than a
// moment up to which all have been asked can be written. MRT's BGP4MP_ET records only. RFC 6396 §3.
#pragma once

#include <cstdint>
#include <vector>

#include "capture/packets.h"
#include "net/bytes.h"

namespace capture {

class RecordMerge {
 public:
  // Whole records, as capture/mrt_writer.h writes them, from the next writer.
  void add(net::Bytes records);
  // Takes those that are older than this; of one time, those that were added first come first.
  std::vector<std::uint8_t> take_before(Time limit);
  std::vector<std::uint8_t> take_all() { return take_before(Time::max()); }
  std::size_t octets() const { return octets_; }

 private:
  struct Record {
    Time at;
    std::vector<std::uint8_t> octets;
  };
  std::vector<Record> held_;
  std::size_t octets_ = 0;
};

}  // namespace capture
