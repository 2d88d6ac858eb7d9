// Shared by tests: somebody who owns a Session and writes down what it asks for, and names for what it says.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bgp/session.h"

namespace session_test {

// "OPEN KEEPALIVE NOTIFICATION 6/7": the messages that these octets hold, all of them whole.
inline std::string names_of(net::Bytes octets) {
  std::string text;
  while (!octets.empty()) {
    const auto frame = bgp::next_frame(octets, bgp::kMaxExtendedOctets);
    if (!frame || !*frame) return text + " (broken)";
    if (!text.empty()) text += ' ';
    switch ((*frame)->type) {
      case bgp::MessageType::Open: text += "OPEN"; break;
      case bgp::MessageType::Update: text += "UPDATE"; break;
      case bgp::MessageType::Keepalive: text += "KEEPALIVE"; break;
      case bgp::MessageType::RouteRefresh: text += "ROUTE-REFRESH"; break;
      case bgp::MessageType::Notification:
        text += fmt::format("NOTIFICATION {}/{}", (*frame)->body[0], (*frame)->body[1]);
        break;
    }
    octets = octets.subspan((*frame)->octets());
  }
  return text;
}

// What the session wants to say.
inline std::string spoken(bgp::Session& session) {
  std::vector<std::uint8_t> octets;
  session.take_control(octets);
  return names_of(octets);
}

inline std::vector<std::uint8_t> octets_of(const bgp::Message& message, const bgp::Agreed& agreed = {}) {
  std::vector<std::uint8_t> octets;
  bgp::encode(message, agreed, octets);
  return octets;
}

struct Owner final : bgp::SessionOwner {
  int dials = 0, closes = 0, ups = 0, downs = 0;
  bool admits = true;
  std::vector<bgp::Update> updates;
  std::vector<bgp::RouteRefresh> refreshes;
  std::function<void(bgp::Session&)> during_update;

  void dial(bgp::Session&) override { ++dials; }
  void close(bgp::Session&) override { ++closes; }
  bool admit(bgp::Session&) override { return admits; }
  void established(bgp::Session&) override { ++ups; }
  void down(bgp::Session&) override { ++downs; }
  void update(bgp::Session& session, bgp::Update&& update) override {
    updates.push_back(std::move(update));
    if (during_update) during_update(session);
  }
  void route_refresh(bgp::Session&, const bgp::RouteRefresh& refresh) override {
    refreshes.push_back(refresh);
  }
};

}  // namespace session_test
