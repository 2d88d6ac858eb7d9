// One router of the lab: a namespace, a thread, an io_context, and a Speaker with real ports. The thread
// enters the namespace first; everything else is made, lives and dies on it. Others reach it only by posting
// to it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "app/topology.h"
#include "net/result.h"
#include "netns/namespace.h"
#include "scenario/oracle.h"
#include "speaker/activity.h"
#include "speaker/lab_clock.h"
#include "speaker/quiescence.h"
#include "speaker/speaker.h"
#include "vty/terminal.h"

namespace app {

class Router {
 public:
  // What a router tells the control thread. Called on the router's thread: post, don't work.
  struct Reports {
    std::function<void(std::size_t router)> listening;
    std::function<void(std::size_t router, std::string error)> failed;
    std::function<void()> maybe_quiet;  // it has run out of work
    // A session came up or fell, as a sentence; not set: nobody wants to know.
    std::function<void(std::string news)> session = {};
    // What it had to do about itself, as a sentence: routes that somebody else had changed in the kernel's
    // table were put back, a session had to end for want of memory.
    std::function<void(std::string news)> news = {};
  };

  // What is ordered of one of the two sides; what is not set stays as it is.
  struct SideOrders {
    std::optional<bool> interface;  // administratively up, or down
    std::optional<bool> session;    // ManualStart, or ManualStop (RFC 4271 §8.1.2)
    std::optional<bool> usable;     // not done before the link carries traffic, or no longer does
  };
  struct Orders {
    SideOrders left, right;
  };

  Router(std::size_t number, const RouterPlan& plan, const netns::Namespace& home, Reports reports,
         speaker::Doorbell& doorbell);
  ~Router();  // ends the thread and waits for it; end_all() comes first where there are several
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // The sessions of this router and their far ends: what has to be quiet here before it is worth asking
  // whether everything is. Before launch().
  void set_neighborhood(speaker::Quiescence neighborhood) { neighborhood_.emplace(std::move(neighborhood)); }
  // Starts the thread. `cpu`: which processor to stay on, in a neighborhood; -1: any.
  void launch(int cpu);
  // Once, after `listening`: sees which interfaces there are, follows what becomes of them, and accepts
  // connections.
  void look_at_interfaces();
  // Once: all that, if it has not been, and begins to speak, and dials; then `done`, on the router's thread.
  void start(std::function<void()> done = {});
  // Says Cease/Administrative Shutdown to every neighbour, waits until they have heard it or have had their
  // time, removes our routes where the namespace goes on without us; then `done`, on the router's thread.
  void leave(std::function<void()> done);
  // Ends the threads of all and waits for them. Routers look at their neighbours' activity
  // (set_neighborhood): none may run any more when the first is destroyed.
  static void end_all(std::span<const std::unique_ptr<Router>> routers);

  // What was notified in its namespace (rtnetlink messages; nothing: some were lost), where its plan says
  // that it hears from the lab.
  enum class About : std::uint8_t { Interfaces, Routes };
  using Notices = std::optional<std::vector<std::uint8_t>>;
  void hear(About what, Notices notices);
  // Compares the kernel's table with what we have installed there, and puts back what is not so.
  void compare_routes();
  // The lab's clock (docs/adr/0018): stops it, and `done` with where it stands now; goes by this one from now
  // on. Both `done` on the router's thread.
  void stop_clock(std::function<void(bgp::Instant)> done);
  void set_clock(const speaker::LabClock& clock, std::function<void()> done);
  // Runs `work` on the router's thread. Posted work that comes after the end is dropped.
  void post(std::function<void(speaker::Speaker&)> work);
  // Runs one line of the vty there and hands over what it prints, on the router's thread.
  void show(std::string line, std::function<void(vty::Answer)> done);

  // Takes sides down or brings them back; `done`, on the router's thread, when that holds, with a sentence
  // where the kernel refused. An order that comes before the last one is done takes its place.
  void administer(Orders orders, std::function<void(std::string error)> done);

  // The IPv4 routes of BGP's that are in the kernel's main table, or a sentence why they cannot be read; on
  // the router's thread.
  void kernel_table(std::function<void(net::Result<scenario::Table, std::string>)> done);

  const RouterPlan& plan() const { return plan_; }
  const speaker::RouterActivity& activity() const { return activity_; }
  // Of its namespace (visitors.h). After `listening`, or the end of its thread.
  std::uint64_t place() const { return place_; }

 private:
  class Inside;
  void run();
  void join();
  // Unless it has failed.
  void on_thread(std::function<void(Inside&)> work);
  void begin(std::function<void(Inside&)> step);

  std::size_t number_;
  const RouterPlan& plan_;
  const netns::Namespace& home_;
  Reports reports_;
  speaker::Doorbell& doorbell_;
  speaker::RouterActivity activity_;
  std::optional<speaker::Quiescence> neighborhood_;
  int cpu_ = -1;
  std::uint64_t place_ = 0;
  boost::asio::io_context io_{1};
  Inside* inside_ = nullptr;  // on the router's thread only
  std::thread thread_;
};

}  // namespace app
