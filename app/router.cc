#include "app/router.h"

#include <algorithm>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <system_error>
#include <utility>

#include <boost/asio.hpp>
#include <fmt/format.h>

#include "app/connected.h"
#include "app/deadline_timer.h"
#include "app/kernel_fib.h"
#include "app/lost_links.h"
#include "app/notice_ears.h"
#include "app/privileges.h"
#include "app/processor.h"
#include "app/rethrow.h"
#include "app/route_guard.h"
#include "app/router_news.h"
#include "app/tcp_transport.h"
#include "app/visitors.h"
#include "app/vty_server.h"
#include "netns/interface_monitor.h"
#include "netns/link_state.h"
#include "netns/route_table.h"

namespace app {

namespace asio = boost::asio;
using bgp::Instant;

namespace {

constexpr auto kLookAgain = std::chrono::seconds(1);

// What a thread's exception was, for people.
std::string in_words(const std::exception& error) {
  return dynamic_cast<const std::bad_alloc*>(&error) != nullptr ? "there is no memory left" : error.what();
}

bool has_ipv6_neighbor(const speaker::SpeakerConfig& config) {
  return std::ranges::any_of(config.neighbors, [](const speaker::NeighborConfig& neighbor) {
    return neighbor.peer.address.is_ipv6();
  });
}

}  // namespace

// What lives on the router's thread. Made after the thread entered its namespace, because sockets belong to
// the namespace in which they were opened.
class Router::Inside {
 public:
  explicit Inside(Router& router)
      : router_(router),
        fib_(router.plan_.nexthops),
        transport_(router.io_, router.plan_.tcp, clock_, [this] { after_input(); }),
        speaker_(router.plan_.speaker, transport_, fib_, router.activity_, transport_.now()),
        news_(speaker_, router.reports_.session, router.reports_.news),
        guard_(router.io_, speaker_, fib_.routes(), router.reports_.news, [this] { after_input(); }),
        deadline_(router.io_, clock_,
                  [this] {
                    speaker_.tick(now());
                    after_input();
                  }),
        look_again_(router.io_),
        vty_(router.io_, speaker_, monitor_, [this] { after_input(); }) {
    if (router_.plan_.routes_were_left) fib_.routes().remove_ours();
    transport_.listen(has_ipv6_neighbor(router.plan_.speaker));
    vty_.listen();
  }

  ~Inside() { transport_.shut_down(); }

  // The interfaces need not be there before.
  void look_at_interfaces() {
    if (!router_.plan_.hears_from_lab) {
      // Two sockets: however many routes somebody else installs, no change of a link is lost among them.
      interface_ears_.emplace(router_.io_, netns::interface_groups());
      route_ears_.emplace(router_.io_, netns::route_groups());
      route_ears_->socket.ignore_routes_of(fib_.routes().port());
      asio::co_spawn(router_.io_,
                     interface_ears_->listen([this](const Notices& heard) { hear_of_interfaces(heard); }),
                     rethrow);
      asio::co_spawn(router_.io_,
                     route_ears_->listen([this](const Notices& heard) { hear_of_routes(heard); }), rethrow);
    }
    monitor_.emplace(netns::InterfaceMonitor::Hears::FromOthers, &fib_.routes().socket());
    take_interfaces();
    // Not before: who comes while we do not know yet over which link waits in the backlog.
    transport_.serve(speaker_);
  }

  void start() {
    if (!monitor_) look_at_interfaces();
    speaker_.start(now());
    after_input();
  }

  void leave(std::function<void()> done) {
    speaker_.freeze(now());
    speaker_.stop(now());
    after_input();
    transport_.when_drained([this, done = std::move(done)] {
      if (router_.plan_.outlived_by_namespace) speaker_.remove_routes();
      done();
    });
  }

  void hear_of_interfaces(const Notices& notices) {
    if (!monitor_) return;  // it will look for itself before it starts
    if (!notices) return look_again();
    if (monitor_->update(*notices)) take_interfaces_soon();
  }

  void hear_of_routes(const Notices& notices) {
    if (notices)
      guard_.hear(*notices);
    else
      guard_.look_again();
  }

  void compare_routes() { guard_.look_again(); }

  // The timer was set by the clock as it went before.
  Instant follow(const speaker::LabClock& clock) {
    clock_.follow(clock, std::chrono::steady_clock::now());
    deadline_.clear();
    after_input();
    return now();
  }
  Instant stop_clock() { return follow({std::chrono::steady_clock::now(), now(), 0}); }

  // Sessions first, and links when the neighbours have taken our Cease: who learns of a fallen link before
  // it has read what came over it, reads no more.
  void administer(const Orders& orders, std::function<void(std::string)> done) {
    bool farewell = false;
    for (const auto& [side, left] : {std::pair(&orders.left, true), {&orders.right, false}}) {
      if (side->session != false) continue;
      set_session(left, false);
      farewell = true;
    }
    if (!farewell) return set_links(orders, std::move(done));
    after_input();
    transport_.when_drained(
        [this, orders, done = std::move(done)]() mutable { set_links(orders, std::move(done)); });
  }

  void set_links(const Orders& orders, std::function<void(std::string)> done) {
    const std::pair<const SideOrders*, bool> sides[] = {{&orders.left, true}, {&orders.right, false}};
    std::string error;
    for (const auto& [side, left] : sides)
      if (side->interface && error.empty()) error = set_interface(left, *side->interface);
    for (const auto& [side, left] : sides)
      if (side->session == true) set_session(left, true);
    after_input();
    if (!error.empty()) return done(std::move(error));
    awaited_.emplace(orders, std::move(done));
    check_awaited();
  }

  scenario::Table kernel_table() {
    scenario::Table table;
    for (const netns::InstalledRoute& route : fib_.routes().dump())
      if (route.protocol == RTPROT_BGP && route.next_hop.is_ipv4())
        table[std::get<net::Ipv4Prefix>(route.prefix)] = route.next_hop.ipv4();
    return table;
  }

  speaker::Speaker& speaker() { return speaker_; }
  VtyServer& vty() { return vty_; }

  // The speaker has done all it can for now: wait for its next deadline, and say so when nothing is left to
  // do.
  void after_input() {
    deadline_.set(speaker_.next_deadline(), speaker_.latest());
    news_.tell();
    using speaker::Busy, speaker::Quiescence;
    const auto worked = router_.activity_.last_work.load(std::memory_order_relaxed);
    const Busy busy = router_.activity_.busy.load(std::memory_order_relaxed);
    if (std::exchange(seen_work_, worked) == worked || busy == Busy::Yes) return;
    const auto rest = speaker_.gate_is_closed() ? Quiescence::Rest::Stage : Quiescence::Rest::Done;
    // In the middle of a wave the next router has not settled what we sent, and it will ring in its turn:
    // whoever makes the last move finds its own sessions at rest.
    if (router_.neighborhood_ && !router_.neighborhood_->check(rest)) return;
    if (router_.doorbell_.ring()) router_.reports_.maybe_quiet();
  }

 private:
  Instant now() const { return transport_.now(); }

  // The kernel may have no memory for a dump, or the links change faster than they can be read.
  void look_again() {
    try {
      if (monitor_->look_again()) take_interfaces_soon();
    } catch (const std::system_error&) {
      look_again_.expires_after(kLookAgain);
      look_again_.async_wait([this](boost::system::error_code error) {
        if (!error) look_again();
      });
    }
  }

  // Over a link that has fallen a peer's last words may have come just before, and who is told of the link
  // first reads them no more. So the notice stands back until what the sockets hold has been read: a turn for
  // the loop to ask which ones hold something, one for them to be read, and one because the notice may have
  // come in the midst of the first.
  void take_interfaces_soon(int turns = 3) {
    if (turns == 3 && std::exchange(taking_, true)) return;
    if (turns > 0) return asio::post(router_.io_, [this, turns] { take_interfaces_soon(turns - 1); });
    taking_ = false;
    take_interfaces();
  }

  void take_interfaces() {
    const auto lost = lost_links_.look(monitor_->interfaces());
    // A link that went and came back between two looks has taken our routes with it, silently: let the
    // speaker see both.
    if (!lost.empty()) speaker_.set_connected(connected_prefixes(monitor_->interfaces(), lost), now());
    speaker_.set_connected(connected_prefixes(monitor_->interfaces()), now());
    after_input();
    check_awaited();
  }

  // The interface of a side, by the index that it was built with: a name may be changed by anybody.
  const netns::Interface* interface_of(bool left) const {
    const std::uint32_t index = left ? netns::kLeftInterfaceIndex : netns::kRightInterfaceIndex;
    const auto found = std::ranges::find(monitor_->interfaces(), index, &netns::Interface::index);
    return found == monitor_->interfaces().end() ? nullptr : &*found;
  }

  std::string set_interface(bool left, bool up) const {
    const auto error =
        netns::set_link_up(left ? netns::kLeftInterfaceIndex : netns::kRightInterfaceIndex, up);
    if (!error) return {};
    return fmt::format("{}: cannot set {} {}: {}", router_.plan_.name,
                       left ? netns::kLeftInterfaceName : netns::kRightInterfaceName, up ? "up" : "down",
                       error.message());
  }

  void set_session(bool left, bool up) {
    const int peer = left ? router_.plan_.left_peer : router_.plan_.right_peer;
    if (peer < 0) return;
    if (up)
      speaker_.enable(static_cast<std::size_t>(peer), now());
    else
      speaker_.shut_down(static_cast<std::size_t>(peer), {}, now());
  }

  void check_awaited() {
    if (!awaited_) return;
    const auto holds = [this](const SideOrders& side, bool left) {
      const netns::Interface* interface = interface_of(left);
      return !side.usable || *side.usable == (interface != nullptr && interface->usable());
    };
    const auto& orders = awaited_->first;
    if (!holds(orders.left, true) || !holds(orders.right, false)) return;
    const auto done = std::move(awaited_->second);
    awaited_.reset();
    done({});
  }

  Router& router_;
  speaker::LabClock clock_;
  KernelFib fib_;
  std::optional<netns::InterfaceMonitor> monitor_;  // from look_at_interfaces() on
  bool taking_ = false;                             // what it has seen will be taken in soon
  TcpTransport transport_;
  speaker::Speaker speaker_;
  std::optional<NoticeEars> interface_ears_, route_ears_;  // where the lab does not listen for us
  RouterNews news_;
  RouteGuard guard_;
  DeadlineTimer deadline_;
  asio::steady_timer look_again_;
  std::int64_t seen_work_ = 0;
  LostLinks lost_links_{router_.number_, router_.plan_};
  // Orders that have been given to the kernel, until its notices say that they hold.
  std::optional<std::pair<Orders, std::function<void(std::string)>>> awaited_;
  VtyServer vty_;
};

Router::Router(std::size_t number, const RouterPlan& plan, const netns::Namespace& home, Reports reports,
               speaker::Doorbell& doorbell)
    : number_(number),
      plan_(plan),
      home_(home),
      reports_(std::move(reports)),
      doorbell_(doorbell),
      activity_(plan.speaker.neighbors.size(), plan.events) {}

Router::~Router() {
  io_.stop();
  join();
}

void Router::join() {
  if (thread_.joinable()) thread_.join();
}

void Router::end_all(std::span<const std::unique_ptr<Router>> routers) {
  for (const auto& router : routers) router->io_.stop();
  for (const auto& router : routers) router->join();
}

void Router::launch(int cpu) {
  cpu_ = cpu;
  thread_ = std::thread([this] { run(); });
}

void Router::run() {
  try {
    pthread_setname_np(pthread_self(), plan_.name.substr(0, 15).c_str());
    if (neighborhood_) share_processor(cpu_);
    home_.enter();
    place_ = place_of_this_thread();
    const auto work = asio::make_work_guard(io_);
    Inside inside(*this);
    inside_ = &inside;
    keep_net_admin_only();  // the low ports are bound
    reports_.listening(number_);
    io_.run();
    inside_ = nullptr;
  } catch (const std::exception& error) {
    inside_ = nullptr;
    reports_.failed(number_, fmt::format("{}: {}", plan_.name, in_words(error)));
  }
}

void Router::on_thread(std::function<void(Inside&)> work) {
  asio::post(io_, [this, work = std::move(work)] {
    if (inside_ != nullptr) work(*inside_);
  });
}

void Router::post(std::function<void(speaker::Speaker&)> work) {
  on_thread([work = std::move(work)](Inside& inside) {
    work(inside.speaker());
    inside.after_input();
  });
}

// What fails here leaves no router.
void Router::begin(std::function<void(Inside&)> step) {
  on_thread([this, step = std::move(step)](Inside& inside) {
    try {
      step(inside);
    } catch (const std::exception& error) {
      reports_.failed(number_, fmt::format("{}: {}", plan_.name, error.what()));
    }
  });
}

void Router::look_at_interfaces() {
  begin([](Inside& inside) { inside.look_at_interfaces(); });
}

void Router::start(std::function<void()> done) {
  begin([done = std::move(done)](Inside& inside) {
    inside.start();
    if (done) done();
  });
}

void Router::stop_clock(std::function<void(Instant)> done) {
  on_thread([done = std::move(done)](Inside& inside) { done(inside.stop_clock()); });
}

void Router::set_clock(const speaker::LabClock& clock, std::function<void()> done) {
  on_thread([clock, done = std::move(done)](Inside& inside) {
    inside.follow(clock);
    done();
  });
}

void Router::compare_routes() {
  on_thread([](Inside& inside) { inside.compare_routes(); });
}

void Router::hear(About what, Notices notices) {
  on_thread([what, notices = std::move(notices)](Inside& inside) {
    what == About::Interfaces ? inside.hear_of_interfaces(notices) : inside.hear_of_routes(notices);
  });
}

void Router::leave(std::function<void()> done) {
  asio::post(io_, [this, done = std::move(done)] {
    if (inside_ == nullptr) return done();
    inside_->leave(done);
  });
}

void Router::administer(Orders orders, std::function<void(std::string)> done) {
  on_thread([orders, done = std::move(done)](Inside& inside) { inside.administer(orders, done); });
}

void Router::kernel_table(std::function<void(net::Result<scenario::Table, std::string>)> done) {
  on_thread([this, done = std::move(done)](Inside& inside) {
    try {
      done(inside.kernel_table());
    } catch (const std::system_error& error) {
      done(std::unexpected(fmt::format("{}: {}", plan_.name, error.what())));
    }
  });
}

void Router::show(std::string line, std::function<void(vty::Answer)> done) {
  on_thread([line = std::move(line), done = std::move(done)](Inside& inside) {
    done(inside.vty().run_once(line));
  });
}

}  // namespace app
