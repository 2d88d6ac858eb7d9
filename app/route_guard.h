// Puts back what others do to our routes in the kernel's table, and says so. Somebody who insists is not
// fought with all our might: what is changed again soon is put back a little later. Thread: the router's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "netns/route_table.h"
#include "speaker/speaker.h"

namespace app {

class RouteGuard {
 public:
  // `repaired` is told, as a sentence, what was put back; not set: nobody wants to know. `after_repair`: the
  // speaker has done something.
  // All of them must outlive this.
  RouteGuard(boost::asio::io_context& io, speaker::Speaker& speaker, netns::RouteTable& table,
             std::function<void(std::string)> repaired, std::function<void()> after_repair);

  // What was notified: rtnetlink messages, of which those about others' changes of routes matter.
  void hear(std::span<const std::uint8_t> messages);
  // Some were lost: the whole table is compared, now or as soon as the kernel lets it be read.
  void look_again();

 private:
  void repair();

  speaker::Speaker& speaker_;
  netns::RouteTable& table_;
  std::uint32_t own_port_;
  std::function<void(std::string)> repaired_;
  std::function<void()> after_repair_;
  boost::asio::steady_timer later_, again_;
  bool waiting_ = false;
  std::chrono::steady_clock::time_point last_repair_{};
  std::vector<speaker::KernelRoute> changed_;
  std::uint32_t by_ = 0;  // who asked for the first of them
};

}  // namespace app
