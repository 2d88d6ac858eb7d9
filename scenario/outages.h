// What of a chain has been taken down on purpose, and what follows from it for interfaces and sessions. The
// lab, the simulator and the oracle all ask here, so that "down" means the same to each. Link k joins router
// k-1 and router k; its session is the one between them.
#pragma once

#include <array>
#include <cstdint>
#include <set>

namespace scenario {

enum class Thing : std::uint8_t { Link, Session, Router };

class Outages {
 public:
  explicit Outages(std::uint32_t hops) : hops_(hops) {}

  void set(Thing thing, std::uint32_t number, bool up);
  // As it was last ordered; a link of a router that is down may be "up" in this sense.
  bool is_up(Thing thing, std::uint32_t number) const { return !of(thing).contains(number); }
  bool none() const;

  std::uint32_t hops() const { return hops_; }
  // Numbers run from first() to hops().
  static std::uint32_t first(Thing thing) { return thing == Thing::Router ? 0 : 1; }
  bool exists(Thing thing, std::uint32_t number) const { return number >= first(thing) && number <= hops_; }

  // Is a router's own end of the link up, administratively?
  bool interface_up(std::uint32_t router, std::uint32_t link) const {
    return is_up(Thing::Router, router) && is_up(Thing::Link, link);
  }
  // Do both ends see a carrier?
  bool link_usable(std::uint32_t link) const {
    return interface_up(link - 1, link) && interface_up(link, link);
  }
  // Does this router want the session of the link?
  bool session_wanted(std::uint32_t router, std::uint32_t link) const {
    return is_up(Thing::Router, router) && is_up(Thing::Session, link);
  }
  // Will the two find each other?
  bool session_up(std::uint32_t link) const { return link_usable(link) && is_up(Thing::Session, link); }

  const std::set<std::uint32_t>& of(Thing thing) const { return down_[static_cast<std::size_t>(thing)]; }

 private:
  std::uint32_t hops_;
  std::array<std::set<std::uint32_t>, 3> down_;
};

}  // namespace scenario
