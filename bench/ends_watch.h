// When every table of a chain was as it should be, seen by two listeners, at its ends: a listener in each of
// a hundred namespaces would take half as long again as what it measures.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "bench/outside.h"

namespace bench {

class EndsWatch {
 public:
  using Table = std::set<net::Ipv4Prefix>;
  using Wanted = std::function<bool(std::uint32_t place, const Table& table)>;

  // `places`, two of them or more, must outlive this.
  explicit EndsWatch(const std::vector<netns::Namespace>& places);
  // The places /run/netns/PREFIXi for each i from 0 to `last`, as soon as the names exist.
  EndsWatch(const std::string& prefix, std::uint32_t last);

  // What spreads along a chain comes to its ends last. So: when both ends have what is wanted; then the
  // tables between are asked for, and one that lacks something still is asked for again at each glance, and
  // counts from when it no longer does. Throws std::runtime_error, naming the tables, when `limit` passes.
  Clock::time_point until(const Wanted& wanted, Clock::duration limit);

 private:
  void open();
  Table table(std::uint32_t place);

  std::vector<netns::Namespace> own_;
  const std::vector<netns::Namespace>& places_;
  std::unique_ptr<RouteWatch> first_, last_;
  std::vector<netns::NetlinkSocket> asking_;
};

}  // namespace bench
