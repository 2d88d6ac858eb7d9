// Internal to capture/: one MRT record, and who reads which kind of it.
#pragma once

#include <string>

#include "capture/mrt.h"

namespace capture {

struct MrtRecord {
  Time at;
  std::uint16_t type = 0, subtype = 0;
  net::Bytes body;  // behind the microseconds of the _ET types
};

// When, and of which type; who is for the record's reader to add.
Place place_of(const MrtRecord& record);

// Into `sink`, or what is wrong with the record, in a few words. Nothing wrong: empty.
std::string read_bgp_record(const MrtRecord& record, const Options& options, const Sink& sink);
std::string read_bgp4mp_record(const MrtRecord& record, const Options& options, const Sink& sink);

// Of a table: the peers of the last index go with the entries behind it.
class MrtTable {
 public:
  explicit MrtTable(const Options& options) : options_(options) {}

  std::string read_table_dump(const MrtRecord& record, const Sink& sink);
  std::string read_table_dump_v2(const MrtRecord& record, const Sink& sink);

 private:
  std::string read_index(const MrtRecord& record, const Sink& sink);
  template <class Prefix>
  std::string read_paths(const MrtRecord& record, bool with_path_ids, const Sink& sink);
  template <class Prefix>
  std::string read_old_paths(const MrtRecord& record, const Sink& sink);

  Options options_;
  PeerIndex index_;
};

// An address of MRT's address family (1: IPv4, 2: IPv6).
std::optional<net::IpAddress> mrt_address(net::ByteReader& reader, std::uint16_t family);

}  // namespace capture
