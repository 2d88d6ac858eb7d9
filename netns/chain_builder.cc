// See chain_builder.h. Three passes: the namespaces with their sysctls, on two threads; the links, many to a
// sendmsg; then one batch inside each namespace, both under one lock of the kernel's and so on one thread.
// The third goes from the last node to the first, so that both ends of a link are up before its addresses are
// given: no connected route ever begins its life as `linkdown`. And it sets the two ends up one straight
// after the other: with the first of a hundred carriers the kernel looks at all interfaces, and waits for a
// grace period of RCU, under that lock, for each that is up and has none.
#include "netns/chain_builder.h"

#include <algorithm>
#include <arpa/inet.h>
#include <exception>
#include <linux/if.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "netns/netlink.h"
#include "netns/on_a_thread.h"

namespace netns {

namespace {

constexpr std::uint32_t kLoopbackIndex = 1;
// Links made by one sendmsg: enough to amortise it, few enough that a stop is heeded soon.
constexpr std::size_t kLinksPerBatch = 16;
// Two make a chain's namespaces in little more than half of the time; from the third on they wait for each
// other. A thread is not worth it for fewer than this.
constexpr std::size_t kMakers = 2, kLeastPerMaker = 8;

struct Sysctl {
  const char* step;
  const char* name;
  const char* value;
};

// Written before the links exist, which take their own from `default`; namespaces may be born with the host's
// settings (net.core.devconf_inherit_init_net). What this kernel does not have is not missed.
constexpr Sysctl kSysctls[] = {
    {"set net/ipv4/ip_forward of node", "net/ipv4/ip_forward", "1"},
    {"set net/ipv4/conf/all/rp_filter of node", "net/ipv4/conf/all/rp_filter", "0"},
    {"set net/ipv4/conf/default/rp_filter of node", "net/ipv4/conf/default/rp_filter", "0"},
    // A reply crosses as many routers as the probe did.
    {"set net/ipv4/ip_default_ttl of node", "net/ipv4/ip_default_ttl", "255"},
    // A traceroute through a hundred routers draws its answers from a few destinations' allowances: with no
    // type of message subject to the limits, neither the one per destination nor the overall one applies.
    {"set net/ipv4/icmp_ratemask of node", "net/ipv4/icmp_ratemask", "0"},
    // Nothing speaks IPv6 unless asked: without a link-local address there is no solicitation either.
    {"set net/ipv6/conf/default/addr_gen_mode of node", "net/ipv6/conf/default/addr_gen_mode", "1"},
};

[[noreturn]] void fail(const std::error_code& error, const std::string& step) {
  throw std::system_error(error, step);
}

// Runs one step of the set-up; a failure in it is told as that step's.
template <class Step>
decltype(auto) named(const char* what, std::size_t node, const Step& step) {
  try {
    return step();
  } catch (const std::system_error& error) {
    fail(error.code(), fmt::format("{} {}", what, node));
  }
}

void add_link_end(NetlinkBatch& batch, const char* name, const MacAddress& mac, const Namespace& place) {
  batch.attribute_string(IFLA_IFNAME, name);
  batch.attribute(IFLA_ADDRESS, mac);
  batch.attribute_value(IFLA_NET_NS_FD, place.fd());
  // By default a veth gets a queue for each processor of the machine, and sysfs entries for each queue.
  batch.attribute_value(IFLA_NUM_TX_QUEUES, std::uint32_t{1});
  batch.attribute_value(IFLA_NUM_RX_QUEUES, std::uint32_t{1});
}

// The link between `node` - 1 and `node`, both ends down.
void add_link(NetlinkBatch& batch, std::uint32_t node, const Namespace& before, const Namespace& here) {
  ifinfomsg first{};
  first.ifi_index = kRightInterfaceIndex;
  batch.begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, first);
  add_link_end(batch, kRightInterfaceName, mac_address(node - 1, false), before);
  const std::size_t info = batch.begin_nested(IFLA_LINKINFO);
  batch.attribute_string(IFLA_INFO_KIND, "veth");
  const std::size_t data = batch.begin_nested(IFLA_INFO_DATA);
  const std::size_t peer = batch.begin_nested(VETH_INFO_PEER);
  ifinfomsg second{};
  second.ifi_index = kLeftInterfaceIndex;
  batch.raw(second);
  add_link_end(batch, kLeftInterfaceName, mac_address(node, true), here);
  batch.end_nested(peer);
  batch.end_nested(data);
  batch.end_nested(info);
}

void add_set_up(NetlinkBatch& batch, std::uint32_t interface) {
  ifinfomsg link{};
  link.ifi_index = static_cast<int>(interface);
  link.ifi_flags = IFF_UP;
  link.ifi_change = IFF_UP;
  batch.begin(RTM_NEWLINK, 0, link);
}

void add_address(NetlinkBatch& batch, std::uint32_t interface, net::Ipv4Address address,
                 unsigned prefix_length) {
  ifaddrmsg header{};
  header.ifa_family = AF_INET;
  header.ifa_prefixlen = static_cast<std::uint8_t>(prefix_length);
  header.ifa_scope = RT_SCOPE_UNIVERSE;
  header.ifa_index = interface;
  batch.begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, header);
  batch.attribute(IFA_LOCAL, address.octets());
  batch.attribute(IFA_ADDRESS, address.octets());
}

void add_neighbor(NetlinkBatch& batch, std::uint32_t interface, net::Ipv4Address neighbor,
                  const MacAddress& mac) {
  ndmsg header{};
  header.ndm_family = AF_INET;
  header.ndm_ifindex = static_cast<int>(interface);
  header.ndm_state = NUD_PERMANENT;
  batch.begin(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, header);
  batch.attribute(NDA_DST, neighbor.octets());
  batch.attribute(NDA_LLADDR, mac);
}

// In the main table, where every longer prefix comes before it; in the table `local`, which is asked first,
// it would swallow the traffic to the neighbors as well.
void add_answer_any(NetlinkBatch& batch) {
  rtmsg route{};
  route.rtm_family = AF_INET;
  route.rtm_table = RT_TABLE_MAIN;
  route.rtm_protocol = RTPROT_STATIC;
  route.rtm_scope = RT_SCOPE_HOST;
  route.rtm_type = RTN_LOCAL;
  batch.begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route);
  batch.attribute_value(RTA_OIF, kLoopbackIndex);
}

// Of kSysctls, those that a new namespace does not have right already. Call in the first that is made.
std::vector<const Sysctl*> wrong_sysctls() {
  std::vector<const Sysctl*> wrong;
  for (const Sysctl& sysctl : kSysctls) {
    try {
      if (read_sysctl(sysctl.name) != sysctl.value) wrong.push_back(&sysctl);
    } catch (const std::system_error&) {
      // This kernel does not have it.
    }
  }
  return wrong;
}

// Makes the namespaces; each of its threads ends up in one of them.
class NamespaceMaker {
 public:
  NamespaceMaker(std::size_t count, const BuildProgress& progress) : progress_(progress), made_(count) {}

  // False: stopped.
  bool run() {
    make(0);
    std::vector<std::thread> threads;
    const std::size_t makers = std::clamp<std::size_t>(made_.size() / kLeastPerMaker, 1, kMakers);
    threads.reserve(makers);
    for (std::size_t i = 0; i < makers; ++i)
      threads.emplace_back([this] {
        for (std::size_t node = take_node(); node < made_.size(); node = take_node())
          if (!make(node)) return;
      });
    for (auto& thread : threads) thread.join();
    if (failure_) std::rethrow_exception(failure_);
    return !stopped_;
  }
  std::vector<Namespace> take() {
    std::vector<Namespace> all;
    all.reserve(made_.size());
    for (auto& one : made_) all.push_back(std::move(*one));
    return all;
  }

 private:
  std::size_t take_node() {
    const std::lock_guard lock(mutex_);
    return next_++;
  }

  // False: there is nothing more to do.
  bool make(std::size_t node) {
    try {
      made_[node] = named("create namespace of node", node, [] { return Namespace::create_and_enter(); });
      if (node == 0) wrong_ = wrong_sysctls();
      for (const Sysctl* sysctl : wrong_)
        named(sysctl->step, node, [&] { write_sysctl(sysctl->name, sysctl->value); });
      const std::lock_guard lock(mutex_);
      stopped_ = stopped_ || (progress_ && !progress_(BuildPhase::Namespaces, ++done_, made_.size()));
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      stopped_ = true;
    }
    const std::lock_guard lock(mutex_);
    return !stopped_;
  }

  const BuildProgress& progress_;
  std::vector<std::optional<Namespace>> made_;
  std::vector<const Sysctl*> wrong_;  // known before the second thread begins
  std::mutex mutex_;                  // of what follows, and of calling progress_
  std::size_t next_ = 1;
  std::size_t done_ = 0;
  bool stopped_ = false;
  std::exception_ptr failure_;
};

class Builder {
 public:
  Builder(const std::vector<NodePlan>& plan, std::span<const Namespace> namespaces,
          const BuildProgress& progress)
      : plan_(plan), namespaces_(namespaces), progress_(progress) {
    for (const NodePlan& node : plan) links_ += node.has_left ? 1 : 0;
  }

  // False: stopped. The calling thread ends up in one of the namespaces.
  bool run() {
    if (!make_links()) return false;
    std::optional<NetlinkSocket> here = socket_in(plan_.size() - 1), before;
    for (std::size_t node = plan_.size(); node-- > 0; here = std::exchange(before, std::nullopt)) {
      if (node > 0) before = socket_in(node - 1);
      if (plan_[node].has_left) set_up_right(node - 1, *before);
      configure(node, *here);
    }
    return true;
  }

 private:
  bool make_links() {
    namespaces_.back().enter();  // any: the requests name those that they mean
    NetlinkSocket socket;
    NetlinkBatch batch;
    std::vector<std::size_t> nodes;  // at the right end of each link in the batch
    std::size_t done = 0;
    for (std::size_t node = 1; node < plan_.size(); ++node) {
      if (plan_[node].has_left) {
        add_link(batch, static_cast<std::uint32_t>(node), namespaces_[node - 1], namespaces_[node]);
        nodes.push_back(node);
      }
      if (nodes.size() < kLinksPerBatch && node + 1 < plan_.size()) continue;
      const auto results = socket.execute(batch);
      for (std::size_t i = 0; i < results.size(); ++i) {
        if (results[i])
          fail(results[i], fmt::format("create link between node {} and {}", nodes[i] - 1, nodes[i]));
      }
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (!report(BuildPhase::Links, ++done, links_)) return false;
      }
      batch.clear();
      nodes.clear();
    }
    return true;
  }

  NetlinkSocket socket_in(std::size_t node) const {
    return named("configure node", node, [&] {
      namespaces_[node].enter();
      return NetlinkSocket();
    });
  }

  static void set_up_right(std::size_t node, NetlinkSocket& socket) {
    NetlinkBatch batch;
    add_set_up(batch, kRightInterfaceIndex);
    execute(batch, socket, node, {"set up the right interface"});
  }

  void configure(std::size_t node, NetlinkSocket& socket) const {
    const NodePlan& plan = plan_[node];
    const auto number = static_cast<std::uint32_t>(node);
    NetlinkBatch batch;
    std::vector<const char*> steps;  // what each request of the batch does
    const auto step = [&](const char* text) { steps.push_back(text); };

    step("set up lo");
    add_set_up(batch, kLoopbackIndex);
    if (plan.has_left) {
      step("set up the left interface");
      add_set_up(batch, kLeftInterfaceIndex);
      step("add the left address");
      add_address(batch, kLeftInterfaceIndex, plan.left.address, plan.left.prefix_length);
      step("add the left neighbor");
      add_neighbor(batch, kLeftInterfaceIndex, plan.left.neighbor, mac_address(number - 1, false));
    }
    if (plan.has_right) {
      step("add the right address");
      add_address(batch, kRightInterfaceIndex, plan.right.address, plan.right.prefix_length);
      step("add the right neighbor");
      add_neighbor(batch, kRightInterfaceIndex, plan.right.neighbor, mac_address(number + 1, true));
    }
    for (const LoopbackAddress& loopback : plan.loopback) {
      step("add a loopback address");
      add_address(batch, kLoopbackIndex, loopback.address, loopback.prefix_length);
    }
    if (plan.answer_any) {
      step("add the local route for every address");
      add_answer_any(batch);
    }

    execute(batch, socket, node, steps);
  }

  static void execute(NetlinkBatch& batch, NetlinkSocket& socket, std::size_t node,
                      const std::vector<const char*>& steps) {
    const auto results = named("configure node", node, [&] { return socket.execute(batch); });
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (results[i]) fail(results[i], fmt::format("{} of node {}", steps[i], node));
    }
  }

  bool report(BuildPhase phase, std::size_t done, std::size_t total) const {
    return !progress_ || progress_(phase, done, total);
  }

  const std::vector<NodePlan>& plan_;
  std::span<const Namespace> namespaces_;
  const BuildProgress& progress_;
  std::size_t links_ = 0;
};

void check(const std::vector<NodePlan>& plan) {
  for (std::size_t node = 0; node < plan.size(); ++node) {
    const bool before = node > 0 && plan[node - 1].has_right;
    const bool last_has_right = node + 1 == plan.size() && plan[node].has_right;
    if (before != plan[node].has_left || last_has_right)
      fail(std::make_error_code(std::errc::invalid_argument),
           fmt::format("plan node {}: its neighbors know of other links than it does", node));
  }
}

}  // namespace

MacAddress mac_address(std::uint32_t node, bool left_side) {
  return {0x02,
          0x00,
          static_cast<std::uint8_t>(node >> 16),
          static_cast<std::uint8_t>(node >> 8),
          static_cast<std::uint8_t>(node),
          static_cast<std::uint8_t>(left_side ? 1 : 2)};
}

std::vector<Namespace> make_namespaces(const std::vector<NodePlan>& plan, const BuildProgress& progress) {
  check(plan);
  if (plan.empty()) return {};
  NamespaceMaker maker(plan.size(), progress);
  bool complete = false;
  on_a_thread([&] { complete = maker.run(); });
  return complete ? maker.take() : std::vector<Namespace>();
}

bool connect_chain(const std::vector<NodePlan>& plan, std::span<const Namespace> namespaces,
                   const BuildProgress& progress) {
  check(plan);
  if (plan.empty()) return true;
  bool complete = false;
  on_a_thread([&] { complete = Builder(plan, namespaces, progress).run(); });
  return complete;
}

std::vector<Namespace> build_chain(const std::vector<NodePlan>& plan, const BuildProgress& progress) {
  auto namespaces = make_namespaces(plan, progress);
  if (namespaces.empty() || !connect_chain(plan, namespaces, progress)) return {};
  return namespaces;
}

std::error_code restore_neighbor(std::uint32_t interface, net::Ipv4Address neighbor, const MacAddress& mac) {
  NetlinkBatch batch;
  add_neighbor(batch, interface, neighbor, mac);
  return execute_alone(batch);
}

}  // namespace netns
