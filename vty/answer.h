// From a show command to what it prints: asks the router for views, and show/ for their text. Knows no
// terminal.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "show/ip_routes.h"
#include "show/words.h"
#include "speaker/speaker.h"
#include "speaker/view.h"
#include "vty/command.h"

namespace vty {

// Where the values come from; called on the thread that owns the router.
class Views {
 public:
  virtual ~Views() = default;
  virtual speaker::RouterView router() const = 0;
  virtual std::vector<speaker::RouteView> routes() const = 0;  // ascending by prefix
  virtual std::optional<speaker::RouteView> route(net::Ipv4Prefix prefix) const = 0;
  virtual std::optional<speaker::RouteView> longest_match(net::Ipv4Address address) const = 0;
  virtual std::vector<speaker::AdjRoute> adj_in(const net::IpAddress& neighbor) const = 0;
  virtual std::vector<speaker::AdjRoute> adj_out(const net::IpAddress& neighbor) const = 0;
  virtual std::vector<show::IpRoute> ip_routes(bool ipv6) const = 0;  // of one family, in any order
  virtual const speaker::SpeakerConfig& config() const = 0;
  virtual show::Clock clock() const = 0;
};

// Lines end in "\n".
std::string answer(const ShowCommand& command, const Views& views, std::string_view version);

}  // namespace vty
