// A command back as text, so that two of them can be compared and read.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "vty/command.h"

namespace vty {

inline std::string spell(const ShowCommand& show) {
  const auto json = [](bool wanted) { return wanted ? " json" : ""; };
  return std::visit(
      net::overloaded{
          [&](const command::ShowSummary& c) { return fmt::format("summary{}", json(c.json)); },
          [&](const command::ShowRoutes& c) { return fmt::format("routes{}", json(c.json)); },
          [&](const command::ShowRoute& c) {
            return fmt::format("route {}{}", c.prefix.to_string(), json(c.json));
          },
          [&](const command::ShowLongestMatch& c) {
            return fmt::format("match {}{}", c.address.to_string(), json(c.json));
          },
          [&](const command::ShowNeighbors& c) {
            return fmt::format("neighbors{}{}", c.address ? ' ' + c.address->to_string() : "", json(c.json));
          },
          [&](const command::ShowNeighborRoutes& c) {
            const char* which[] = {"advertised", "received", "accepted"};
            return fmt::format("{} {}{}", which[static_cast<std::size_t>(c.which)], c.neighbor.to_string(),
                               json(c.json));
          },
          [&](const command::ShowIpRoutes& c) {
            const char* sources[] = {"kernel", "connected", "bgp"};
            return fmt::format(
                "{} routes{}{}", c.ipv6 ? "ipv6" : "ip",
                c.source ? fmt::format(" {}", sources[static_cast<std::size_t>(*c.source)]) : "",
                json(c.json));
          },
          [&](const command::ShowIpRoute& c) {
            const auto spelt =
                net::overloaded{[](const net::IpPrefix& prefix) { return net::to_string(prefix); },
                                [](const net::IpAddress& address) { return address.to_string(); }};
            return fmt::format("ip route {}{}", std::visit(spelt, c.where), json(c.json));
          },
          [&](const command::ShowRunningConfig&) -> std::string { return "configuration"; },
          [&](const command::ShowVersion& c) { return fmt::format("version{}", json(c.json)); },
      },
      show);
}

inline std::string spell(const ChangeCommand& change) {
  return std::visit(
      net::overloaded{
          [](const command::ClearNeighbors& c) {
            const char* how[] = {"hard", "soft", "soft in", "soft out"};
            return fmt::format("clear {} {}", c.neighbor ? c.neighbor->to_string() : "all",
                               how[static_cast<std::size_t>(c.how)]);
          },
          [](const command::SetNetwork& c) {
            return fmt::format("{} {}", c.announced ? "announce" : "withdraw", net::to_string(c.prefix));
          },
          [](const command::SetNeighborShutdown& c) {
            return fmt::format("{} {} <{}>", c.down ? "down" : "up", c.neighbor.to_string(), c.message);
          },
      },
      change);
}

inline std::string spell(std::string_view line, Mode mode = Mode::View) {
  const auto parsed = parse(line, mode);
  if (!parsed) return parsed.error();
  return std::visit(net::overloaded{
                        [](const command::Nothing&) -> std::string { return "nothing"; },
                        [](const ShowCommand& c) -> std::string { return spell(c); },
                        [](const ChangeCommand& c) -> std::string { return spell(c); },
                        [](const command::Help&) -> std::string { return "help"; },
                        [](const command::List&) -> std::string { return "list"; },
                        [](const command::Exit&) -> std::string { return "exit"; },
                        [](const command::TerminalLength& c) -> std::string {
                          return c.lines ? fmt::format("length {}", *c.lines) : "no length";
                        },
                        [](const command::Enable&) -> std::string { return "enable"; },
                        [](const command::Disable&) -> std::string { return "disable"; },
                        [](const command::End&) -> std::string { return "end"; },
                        [](const command::ConfigureTerminal&) -> std::string { return "configure"; },
                        [](const command::RouterBgp& c) -> std::string {
                          return fmt::format("router {}", c.as.value_or(0));
                        },
                        [](const command::AddressFamily& c) -> std::string {
                          return c.ipv6 ? "family ipv6" : "family ipv4";
                        },
                        [](const command::ExitAddressFamily&) -> std::string { return "exit family"; },
                    },
                    *parsed);
}

}  // namespace vty
