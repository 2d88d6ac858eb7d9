// A vty connection without a socket: the terminal of a ROUTER_50 that shows what it would show once the
// chain is up, and what an eye would see on the screen.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/show/views.h"
#include "vty/answer.h"
#include "vty/terminal.h"

namespace vty {

inline constexpr const char* kEchoPlease = "\xff\xfd\x01\xff\xfd\x03";

// ROUTER_50 of the chain as it is once all is up.
class Chain : public Views {
 public:
  speaker::RouterView router() const override { return views::chain_router(50); }
  std::vector<speaker::RouteView> routes() const override { return views::chain_routes(50); }
  std::optional<speaker::RouteView> route(net::Ipv4Prefix prefix) const override {
    for (const auto& route : routes())
      if (route.prefix == prefix) return route;
    return std::nullopt;
  }
  std::optional<speaker::RouteView> longest_match(net::Ipv4Address address) const override {
    std::optional<speaker::RouteView> longest;
    for (const auto& route : routes())
      if (route.prefix.contains(address) && (!longest || route.prefix.length() > longest->prefix.length()))
        longest = route;
    return longest;
  }
  std::vector<speaker::AdjRoute> adj_in(const net::IpAddress& neighbor) const override {
    std::vector<speaker::AdjRoute> in;
    for (const auto& route : routes())
      for (const auto& path : route.paths)
        if (!path.local && path.peer_address == neighbor)
          in.push_back({.neighbor = neighbor,
                        .prefix = route.prefix,
                        .attributes = path.attributes,
                        .age = std::nullopt});
    return in;
  }
  // As it is on the wire: our AS number in front, our address as next hop.
  std::vector<speaker::AdjRoute> adj_out(const net::IpAddress& neighbor) const override {
    std::vector<speaker::AdjRoute> out;
    const auto local = views::chain_router(50).peers.front().local_address;
    for (const auto& route : routes()) {
      auto attributes = route.paths.back().attributes;
      attributes.as_path = attributes.as_path.prepended(1050);
      attributes.next_hop = local;
      if (!route.paths.back().local) attributes.med.reset();
      out.push_back(
          {.neighbor = neighbor, .prefix = route.prefix, .attributes = attributes, .age = std::nullopt});
    }
    return out;
  }
  std::vector<show::IpRoute> ip_routes(bool ipv6) const override {
    return ipv6 ? views::ipv6_routes() : views::ip_routes();
  }
  const speaker::SpeakerConfig& config() const override { return config_; }
  show::Clock clock() const override { return views::clock_at(1795487148); }

 private:
  speaker::SpeakerConfig config_;
};

inline std::string show_chain(const ShowCommand& command) { return answer(command, Chain(), "1.2.3"); }

// What stands on a screen after these octets: backspaces move, characters overwrite, trailing blanks do not
// show.
inline std::vector<std::string> screen(const std::string& octets) {
  std::vector<std::string> lines{""};
  std::size_t column = 0;
  for (const char c : octets) {
    auto& line = lines.back();
    if (c == '\r') {
      column = 0;
    } else if (c == '\n') {
      lines.emplace_back(column, ' ');
    } else if (c == '\b') {
      REQUIRE(column > 0);
      --column;
    } else if (c != '\a') {
      line.resize(std::max(line.size(), column + 1), ' ');
      line[column++] = c;
    }
  }
  for (auto& line : lines) line.erase(line.find_last_not_of(' ') + 1);
  return lines;
}

class Client {
 public:
  explicit Client(bool echo, Show show = show_chain)
      : terminal_(
            {"ROUTER_50", "1.2.3", 1050}, std::move(show),
            [this](const ChangeCommand& change) {
              changes_.push_back(change);
              return changes_.size() == 1 ? std::string() : std::string("% said\n");
            },
            [this] { return may_change_; }) {
    greeting_ = terminal_.take_output();
    if (echo) CHECK(send(kEchoPlease).empty());
  }
  std::string send(const std::string& text) {
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    std::string output;
    for (std::size_t at = 0; at < bytes.size();) {
      at += terminal_.feed(bytes.subspan(at));
      output += terminal_.take_output();
    }
    return output;
  }
  // The last line on the screen after typing.
  std::string line_after(const std::string& keys) { return screen("ROUTER_50> " + send(keys)).back(); }
  const std::string& greeting() const { return greeting_; }
  Terminal& terminal() { return terminal_; }
  void may_not_change() { may_change_ = false; }
  const std::vector<ChangeCommand>& changes() const { return changes_; }

 private:
  bool may_change_ = true;
  std::vector<ChangeCommand> changes_;
  Terminal terminal_;
  std::string greeting_;
};

}  // namespace vty
