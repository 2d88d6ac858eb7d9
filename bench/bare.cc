#include "bench/bare.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore>
#include <string>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "app/processor.h"
#include "app/topology.h"
#include "bench/take_down.h"
#include "netns/descriptor.h"
#include "netns/netlink.h"
#include "netns/on_a_thread.h"

namespace bench {

namespace {

using netns::Descriptor;

constexpr std::size_t kMessageOctets = 60;
constexpr std::uint16_t kPort = 1790;
constexpr std::size_t kLinksPerBatch = 16;

void check(bool done, const char* what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

std::vector<app::RouterPlan> plan(std::uint32_t hops) {
  app::ChainOptions options;
  options.hops = hops;
  return app::chain(options);
}

// --- Building ---

void name_end(netns::NetlinkBatch& batch, const char* name, const netns::Namespace& place) {
  batch.attribute_string(IFLA_IFNAME, name);
  batch.attribute_value(IFLA_NET_NS_FD, place.fd());
  batch.attribute_value(IFLA_NUM_TX_QUEUES, std::uint32_t{1});
  batch.attribute_value(IFLA_NUM_RX_QUEUES, std::uint32_t{1});
}

void add_link(netns::NetlinkBatch& batch, const netns::Namespace& before, const netns::Namespace& here) {
  ifinfomsg end{};
  end.ifi_index = netns::kRightInterfaceIndex;
  end.ifi_flags = end.ifi_change = IFF_UP;
  batch.begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, end);
  name_end(batch, netns::kRightInterfaceName, before);
  const auto info = batch.begin_nested(IFLA_LINKINFO);
  batch.attribute_string(IFLA_INFO_KIND, "veth");
  const auto data = batch.begin_nested(IFLA_INFO_DATA);
  const auto peer = batch.begin_nested(VETH_INFO_PEER);
  ifinfomsg other{};
  other.ifi_index = netns::kLeftInterfaceIndex;
  batch.raw(other);
  name_end(batch, netns::kLeftInterfaceName, here);
  batch.end_nested(peer);
  batch.end_nested(data);
  batch.end_nested(info);
}

void add_address(netns::NetlinkBatch& batch, std::uint32_t interface, net::Ipv4Address address) {
  ifaddrmsg header{};
  header.ifa_family = AF_INET;
  header.ifa_prefixlen = 24;
  header.ifa_index = interface;
  batch.begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, header);
  batch.attribute(IFA_LOCAL, address.octets());
}

void set_up(netns::NetlinkBatch& batch, std::uint32_t interface) {
  ifinfomsg link{};
  link.ifi_index = static_cast<int>(interface);
  link.ifi_flags = link.ifi_change = IFF_UP;
  batch.begin(RTM_NEWLINK, 0, link);
}

std::vector<netns::Namespace> build(std::uint32_t hops) {
  const auto routers = plan(hops);
  std::vector<netns::Namespace> chain;
  for (std::uint32_t i = 0; i <= hops; ++i) chain.push_back(netns::Namespace::create_and_enter());
  netns::NetlinkSocket socket;
  netns::NetlinkBatch batch;
  for (std::uint32_t i = 1; i <= hops; ++i) {
    add_link(batch, chain[i - 1], chain[i]);
    if (batch.requests() < kLinksPerBatch && i < hops) continue;
    socket.execute_or_throw(batch, "create bare links");
    batch.clear();
  }
  for (std::uint32_t i = hops + 1; i-- > 0;) {
    chain[i].enter();
    const netns::NodePlan& node = routers[i].node;
    batch.clear();
    set_up(batch, 1);
    if (node.has_left) {
      set_up(batch, netns::kLeftInterfaceIndex);
      add_address(batch, netns::kLeftInterfaceIndex, node.left.address);
    }
    if (node.has_right) add_address(batch, netns::kRightInterfaceIndex, node.right.address);
    for (const auto& loopback : node.loopback) add_address(batch, 1, loopback.address);
    netns::NetlinkSocket().execute_or_throw(batch, "configure a bare node");
  }
  return chain;
}

// --- Relaying ---

sockaddr_in socket_address(net::Ipv4Address address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(address.value);
  return result;
}

Descriptor tcp_socket() {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  check(socket.get() >= 0, "open a TCP socket");
  return socket;
}

// A connection over the link between two nodes: the left one's socket, the right one's.
std::pair<Descriptor, Descriptor> join(const netns::Namespace& left, const netns::Namespace& right,
                                       net::Ipv4Address right_address) {
  const sockaddr_in address = socket_address(right_address, kPort);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  right.enter();
  const Descriptor listener = tcp_socket();
  check(::bind(listener.get(), generic, sizeof address) == 0 && ::listen(listener.get(), 1) == 0, "listen");
  left.enter();
  Descriptor dialling = tcp_socket();
  check(::connect(dialling.get(), generic, sizeof address) == 0, "connect");
  Descriptor accepted(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  check(accepted.get() >= 0, "accept");
  const int on = 1;
  ::setsockopt(dialling.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return {std::move(dialling), std::move(accepted)};
}

void add_route(netns::NetlinkBatch& batch, bool install, net::Ipv4Prefix prefix, net::Ipv4Address next_hop) {
  rtmsg route{};
  route.rtm_family = AF_INET;
  route.rtm_dst_len = static_cast<unsigned char>(prefix.length());
  route.rtm_table = RT_TABLE_MAIN;
  route.rtm_protocol = RTPROT_BGP;
  route.rtm_type = RTN_UNICAST;
  if (install)
    batch.begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route);
  else
    batch.begin(RTM_DELROUTE, 0, route);
  batch.attribute(RTA_DST, prefix.address().octets());
  batch.attribute(RTA_GATEWAY, next_hop.octets());
}

}  // namespace

std::vector<netns::Namespace> build_bare(std::uint32_t hops) {
  std::vector<netns::Namespace> chain;
  netns::on_a_thread([&] { chain = build(hops); });
  return chain;
}

// It frees one list of namespaces after the other. The first two may still be on the list of those before
// them; when the links of the next two go, that list is done with.
void await_freed_namespaces() {
  for (int list = 0; list < 2; ++list) {
    auto behind_them = build_bare(1);
    take_down(behind_them);
  }
}

struct BareRoutes::Table {
  netns::NetlinkSocket socket;  // of the thread's namespace
  std::vector<net::Ipv4Prefix> prefixes;
  net::Ipv4Address next_hop;
};

BareRoutes::BareRoutes(const std::vector<netns::Namespace>& chain, std::vector<Block> blocks) {
  const auto routers = plan(static_cast<std::uint32_t>(chain.size() - 1));
  netns::on_a_thread([&] {
    for (Block& block : blocks) {
      chain[block.place].enter();
      const netns::NodePlan& node = routers[block.place].node;
      tables_.push_back(
          std::make_unique<Table>(Table{netns::NetlinkSocket(), std::move(block.prefixes),
                                        node.has_left ? node.left.neighbor : node.right.neighbor}));
    }
  });
}

BareRoutes::~BareRoutes() = default;

std::chrono::nanoseconds BareRoutes::apply(bool install, std::size_t at_once) {
  netns::NetlinkBatch batch;
  const auto began = std::chrono::steady_clock::now();
  bool more = true;
  for (std::size_t at = 0; more; at += at_once) {
    more = false;
    for (const auto& table : tables_) {
      if (at >= table->prefixes.size()) continue;
      more = true;
      batch.clear();
      for (std::size_t i = at; i < std::min(at + at_once, table->prefixes.size()); ++i)
        add_route(batch, install, table->prefixes[i], table->next_hop);
      table->socket.execute_or_throw(batch, "change bare routes");
    }
  }
  return std::chrono::steady_clock::now() - began;
}

// One namespace's thread. The first hop has no left socket, but an eventfd; the last one nothing to the
// right.
class BareRelay::Hop {
 public:
  Hop(const netns::Namespace& home, int cpu, net::Ipv4Prefix prefix, net::Ipv4Address next_hop)
      : home_(home), cpu_(cpu), wake_(::eventfd(0, EFD_CLOEXEC)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    check(wake_.get() >= 0 && epoll_.get() >= 0, "make an eventfd and an epoll");
    add_route(install_, true, prefix, next_hop);
    add_route(remove_, false, prefix, next_hop);
    watch(wake_.get());
  }
  ~Hop() {
    wake(kStop);
    if (thread_.joinable()) thread_.join();
  }

  void set_left(Descriptor socket) {
    left_ = std::move(socket);
    watch(left_.get());
  }
  void set_right(Descriptor socket) { right_ = std::move(socket); }
  void launch() {
    thread_ = std::thread([this] { run(); });
  }
  std::chrono::steady_clock::time_point send(bool announce) {
    wake(announce ? kAnnounce : kWithdraw);
    began_ready_.acquire();
    return began_;
  }

 private:
  static constexpr std::uint64_t kAnnounce = 1, kWithdraw = 2, kStop = 4;

  void watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0, "watch a descriptor");
  }

  void wake(std::uint64_t order) {
    check(::write(wake_.get(), &order, sizeof order) == sizeof order, "wake a hop");
  }

  void run() {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(cpu_), &one);
    pthread_setaffinity_np(pthread_self(), sizeof one, &one);
    home_.enter();
    netns::NetlinkSocket kernel;
    while (true) {
      epoll_event event{};
      if (::epoll_wait(epoll_.get(), &event, 1, -1) != 1) continue;
      std::array<std::uint8_t, kMessageOctets> message{};
      if (event.data.fd == wake_.get()) {
        std::uint64_t order = 0;
        if (::read(wake_.get(), &order, sizeof order) != sizeof order || order >= kStop) return;
        message.front() = static_cast<std::uint8_t>(order);
        began_ = std::chrono::steady_clock::now();
        began_ready_.release();
      } else if (::recv(left_.get(), message.data(), message.size(), 0) <= 0) {
        return;
      }
      kernel.execute(message.front() == kAnnounce ? install_ : remove_);
      if (right_.get() >= 0) ::send(right_.get(), message.data(), message.size(), MSG_NOSIGNAL);
    }
  }

  const netns::Namespace& home_;
  int cpu_;
  Descriptor wake_, epoll_, left_, right_;
  netns::NetlinkBatch install_, remove_;
  std::chrono::steady_clock::time_point began_;
  std::binary_semaphore began_ready_{0};
  std::thread thread_;
};

BareRelay::BareRelay(std::uint32_t hops, net::Ipv4Prefix prefix) {
  const auto routers = plan(hops);
  std::vector<netns::NodePlan> nodes;
  for (const auto& router : routers) nodes.push_back(router.node);
  chain_ = netns::build_chain(nodes, {});
  for (std::uint32_t i = 0; i <= hops; ++i) {
    // At the first hop the prefix is on no link of ours; any neighbour will do.
    const net::Ipv4Address next_hop = i > 0 ? nodes[i].left.neighbor : nodes[i].right.neighbor;
    hops_.push_back(std::make_unique<Hop>(chain_[i], app::cpu_for(i, hops + 1), prefix, next_hop));
  }
  netns::on_a_thread([&] {
    for (std::uint32_t i = 1; i <= hops; ++i) {
      auto [left, right] = join(chain_[i - 1], chain_[i], nodes[i].left.address);
      hops_[i - 1]->set_right(std::move(left));
      hops_[i]->set_left(std::move(right));
    }
  });
  for (auto& hop : hops_) hop->launch();
}

BareRelay::~BareRelay() = default;

std::chrono::steady_clock::time_point BareRelay::send(bool announce) { return hops_.front()->send(announce); }

}  // namespace bench
