// chainrouter trace: a traceroute of our own, because it can name the routers and because a hundred hops need
// not take a hundred waits: all probes are on their way at once. UDP probes with rising TTL, answers from the
// socket's error queue, so no raw socket is needed.
#include <chrono>
#include <cstring>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <time.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/runtime_directory.h"
#include "app/standard_error.h"
#include "netns/namespace.h"
#include "show/csv.h"

namespace app {

using Clock = std::chrono::steady_clock;

namespace {

constexpr std::uint16_t kFirstPort = 33434;  // as every traceroute since the first
constexpr int kAttempts = 3;
constexpr auto kWait = std::chrono::milliseconds(500);

struct Hop {
  net::Ipv4Address from;  // 0.0.0.0: no answer
  double milliseconds = 0;
  bool reached = false;
};

class Prober {
 public:
  explicit Prober(net::Ipv4Address target, int max_hops)
      : target_(target), hops_(static_cast<std::size_t>(max_hops)), sent_(hops_.size()) {
    socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    if (socket_ < 0 || setsockopt(socket_, IPPROTO_IP, IP_RECVERR, &on, sizeof on) != 0)
      throw std::system_error(errno, std::generic_category(), "cannot open a socket for probes");
  }
  ~Prober() { close(socket_); }
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  // The hops up to the one that reached the target, or all of them.
  std::vector<Hop> trace() {
    for (int attempt = 0; attempt < kAttempts && !complete(); ++attempt) {
      for (std::size_t hop = 0; hop < hops_.size() && hop <= last(); ++hop) {
        if (hops_[hop].from.is_unspecified()) send(hop);
        receive_all();
      }
      const auto deadline = Clock::now() + kWait;
      while (!complete()) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        pollfd wait{socket_, 0, 0};  // POLLERR is always reported
        if (left.count() <= 0 || poll(&wait, 1, static_cast<int>(left.count())) <= 0) break;
        receive_all();
      }
    }
    hops_.resize(std::min(hops_.size(), last() + 1));
    while (!hops_.empty() && hops_.back().from.is_unspecified()) hops_.pop_back();
    return hops_;
  }

 private:
  // The first hop that is the target itself; beyond the end while none is known.
  std::size_t last() const {
    for (std::size_t hop = 0; hop < hops_.size(); ++hop)
      if (hops_[hop].reached) return hop;
    return hops_.size();
  }
  bool complete() const {
    if (last() == hops_.size()) return false;
    for (std::size_t hop = 0; hop < last(); ++hop)
      if (hops_[hop].from.is_unspecified()) return false;
    return true;
  }

  void send(std::size_t hop) {
    const int ttl = static_cast<int>(hop) + 1;
    setsockopt(socket_, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(kFirstPort + hop));
    to.sin_addr.s_addr = htonl(target_.value);
    sent_[hop] = Clock::now();
    // An error here is an earlier probe's answer, reported by the kernel at the next call: send once more.
    for (int again = 0; again < 4; ++again)
      if (sendto(socket_, "", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) >= 0) return;
  }

  void receive_all() {
    while (true) {
      sockaddr_in probe{};  // where the probe went: its port tells which one it was
      char payload[64], control[512];
      iovec vector{payload, sizeof payload};
      msghdr message{};
      message.msg_name = &probe;
      message.msg_namelen = sizeof probe;
      message.msg_iov = &vector;
      message.msg_iovlen = 1;
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      if (recvmsg(socket_, &message, MSG_ERRQUEUE) < 0) return;
      const std::size_t hop = static_cast<std::size_t>(ntohs(probe.sin_port)) - kFirstPort;
      if (hop >= hops_.size()) continue;
      for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != IPPROTO_IP || part->cmsg_type != IP_RECVERR) continue;
        sock_extended_err error{};
        std::memcpy(&error, CMSG_DATA(part), sizeof error);
        if (error.ee_origin != SO_EE_ORIGIN_ICMP) continue;
        sockaddr_in from{};
        std::memcpy(&from, CMSG_DATA(part) + sizeof error, sizeof from);
        hops_[hop] = {{ntohl(from.sin_addr.s_addr)},
                      std::chrono::duration<double, std::milli>(Clock::now() - sent_[hop]).count(),
                      error.ee_type == ICMP_DEST_UNREACH && error.ee_code == ICMP_PORT_UNREACH};
      }
    }
  }

  net::Ipv4Address target_;
  std::vector<Hop> hops_;
  std::vector<Clock::time_point> sent_;
  int socket_ = -1;
};

struct Traced {
  std::string from;
  net::Ipv4Address target;
  std::vector<Hop> hops;
  bool reached = false;
};

std::string trace_text(const Traced& traced, const ChainOptions& plan) {
  std::string text = fmt::format("from {} to {}\n", traced.from, traced.target.to_string());
  for (std::size_t i = 0; i < traced.hops.size(); ++i) {
    const Hop& hop = traced.hops[i];
    if (hop.from.is_unspecified())
      text += fmt::format("{:>4}  *\n", i + 1);
    else
      text += fmt::format("{:>4}  {:<14} {:<16} {:>8.3f} ms\n", i + 1, owner_of(hop.from, plan),
                          hop.from.to_string(), hop.milliseconds);
  }
  return text;
}

std::string trace_json(const Traced& traced, const ChainOptions& plan) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < traced.hops.size(); ++i) {
    const Hop& hop = traced.hops[i];
    nlohmann::ordered_json row{{"hop", i + 1}};
    if (!hop.from.is_unspecified()) {
      row["address"] = hop.from.to_string();
      row["router"] = owner_of(hop.from, plan);
      row["milliseconds"] = hop.milliseconds;
    }
    rows.push_back(std::move(row));
  }
  return nlohmann::ordered_json{{"schema", "chainrouter.trace/1"},
                                {"from", traced.from},
                                {"target", traced.target.to_string()},
                                {"reached", traced.reached},
                                {"hops", rows}}
             .dump(2) +
         "\n";
}

// A hop that did not answer has its number alone.
std::string trace_csv(const Traced& traced, const ChainOptions& plan) {
  std::string text = "hop,router,address,milliseconds\n";
  for (std::size_t i = 0; i < traced.hops.size(); ++i) {
    const Hop& hop = traced.hops[i];
    const bool answered = !hop.from.is_unspecified();
    const std::string values[] = {std::to_string(i + 1), answered ? owner_of(hop.from, plan) : "",
                                  answered ? hop.from.to_string() : "",
                                  answered ? fmt::format("{:.3f}", hop.milliseconds) : ""};
    text += show::csv_line(values);
  }
  return text;
}

}  // namespace

int run(const TraceCommand& command) {
  const LabRecord lab = lab_of(command.from);
  const std::string from = command.from.empty() ? lab.names.back().name : command.from;
  const std::string target_text = command.target.empty() ? lab.target : command.target;
  const auto target = net::Ipv4Address::parse(target_text);
  if (!target) {
    complain(fmt::format("--target takes an IPv4 address, not \"{}\"", target_text));
    return kUsage;
  }
  ChainOptions plan;
  plan.hops = lab.hops;
  plan.name_prefix = lab.prefix;
  plan.target = net::Ipv4Address::parse(lab.target).value_or(plan.target);

  go_where(lab);
  netns::Namespace::open(netns_directory() + "/" + from).enter();
  const auto hops = Prober(*target, command.max_hops).trace();
  const bool reached = !hops.empty() && hops.back().reached;
  const Traced traced{from, *target, hops, reached};
  switch (command.format) {
    case Format::Json: fmt::print("{}", trace_json(traced, plan)); break;
    case Format::Csv: fmt::print("{}", trace_csv(traced, plan)); break;
    case Format::Text:
      fmt::print("{}", trace_text(traced, plan));
      if (!reached) tell("{} was not reached\n", target->to_string());
  }
  return reached ? kOk : kRuntimeFailure;
}

}  // namespace app
