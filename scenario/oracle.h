// What the kernel table of every router of a chain must be, given what has been taken down and what is
// announced: each prefix by the shortest way to a router that announces it. Knows no BGP speaker: it is what
// their work is judged by.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "net/prefix.h"
#include "scenario/outages.h"

namespace scenario {

// The routes that BGP has put into one kernel table, with their next hops.
using Table = std::map<net::Ipv4Prefix, net::Ipv4Address>;

struct Network {
  net::Ipv4Prefix prefix;
  std::optional<std::uint32_t> link;  // announced while this link is usable; nothing: always
};

struct RouterFacts {
  std::string name;
  net::Ipv4Address id;                 // the BGP identifier
  net::Ipv4Address to_left, to_right;  // the neighbors' addresses: next hops
  std::vector<Network> networks;
};

class Oracle {
 public:
  explicit Oracle(std::vector<RouterFacts> routers)
      : routers_(std::move(routers)), outages_(static_cast<std::uint32_t>(routers_.size() - 1)) {}

  Outages& outages() { return outages_; }
  const Outages& outages() const { return outages_; }
  const std::string& name(std::uint32_t router) const { return routers_[router].name; }
  void announce(std::uint32_t router, net::Ipv4Prefix prefix);
  void withdraw(std::uint32_t router, net::Ipv4Prefix prefix);
  bool announces(std::uint32_t router, net::Ipv4Prefix prefix) const;

  Table table(std::uint32_t router) const;

 private:
  bool active(const Network& network) const { return !network.link || outages_.link_usable(*network.link); }

  std::vector<RouterFacts> routers_;
  Outages outages_;
};

// The first difference of `is` from `must`, in words; empty: none.
std::string difference(const Table& is, const Table& must);

}  // namespace scenario
