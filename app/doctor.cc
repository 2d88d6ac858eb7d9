// chainrouter doctor: what a chain needs of this machine, what there is, and what to do where they differ.
// Tries things rather than believing configuration files; what it makes (one namespace, a few links) goes
// with it.
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/runtime_directory.h"
#include "netns/namespace.h"
#include "netns/netlink.h"
#include "show/csv.h"

namespace app {

namespace {

struct Finding {
  std::string what;
  bool needed = true;
  bool ok = false;
  std::string detail;  // what there is
  std::string advice;  // what to do when it is not ok
};

// Can this kernel make such a link? Tried in the calling thread's namespace.
bool makes_link(const std::string& kind) {
  try {
    netns::NetlinkSocket socket;
    netns::NetlinkBatch batch;
    batch.begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{});
    batch.attribute_string(IFLA_IFNAME, "try-" + kind);
    if (kind == "macvlan") batch.attribute_value(IFLA_LINK, if_nametoindex("try-veth"));
    const auto info = batch.begin_nested(IFLA_LINKINFO);
    batch.attribute_string(IFLA_INFO_KIND, kind);
    batch.end_nested(info);
    return !socket.execute(batch).front();
  } catch (const std::system_error&) {
    return false;
  }
}

bool has_tcp_md5() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  tcp_md5sig key{};
  reinterpret_cast<sockaddr_in*>(&key.tcpm_addr)->sin_family = AF_INET;
  reinterpret_cast<sockaddr_in*>(&key.tcpm_addr)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  key.tcpm_keylen = 1;
  key.tcpm_key[0] = 'k';
  const bool ok = setsockopt(probe, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof key) == 0;
  close(probe);
  return ok;
}

// Without privileges the lab lives in a private host, and that is where the rest is tried, too.
std::vector<Finding> examine(std::uint32_t hops) {
  const std::uint64_t routers = std::uint64_t{hops} + 1;
  std::vector<Finding> findings;
  const bool rootless = !missing_privilege("building network namespaces").empty();
  const Machine machine = this_machine(!rootless && may_raise_limits());
  const auto obstacle = rootless ? become_rootless() : std::nullopt;
  if (rootless) rmdir(runtime_directory().c_str());  // unless a lab lives there
  findings.push_back({"privileges", true, !obstacle,
                      !rootless  ? "enough"
                      : obstacle ? "too few"
                                 : "none needed: the lab lives in a user namespace",
                      obstacle.value_or("")});

  bool namespaces = false, veth = false, macvlan = false;
  std::string namespace_error;
  std::thread([&] {  // a thread that may get lost in a namespace of its own
    try {
      const auto home = netns::Namespace::create_and_enter();
      namespaces = true;
      veth = makes_link("veth");
      macvlan = veth && makes_link("macvlan");
    } catch (const std::system_error& error) {
      namespace_error = error.what();
    }
  })
      .join();
  findings.push_back({"network namespaces", true, namespaces, namespaces ? "work" : namespace_error,
                      "run as root on a kernel with CONFIG_NET_NS"});
  findings.push_back({"veth links", true, veth, veth ? "work" : "cannot be made",
                      "a kernel with CONFIG_VETH (modprobe veth)"});
  findings.push_back({"macvlan links", false, macvlan, macvlan ? "work" : "cannot be made",
                      "only for joining a lab to a real network (modprobe macvlan)"});
  const bool md5 = has_tcp_md5();
  findings.push_back(
      {"TCP-MD5", false, md5, md5 ? "there" : "not there", "only for protected sessions: CONFIG_TCP_MD5SIG"});

  const bool ao = kernel_has_tcp_ao();
  findings.push_back({"TCP-AO", false, ao, ao ? "there" : "not there",
                      "only for sessions protected by it: Linux 6.7 with CONFIG_TCP_AO"});
  const bool filters = access("/proc/sys/kernel/seccomp/actions_avail", R_OK) == 0;
  findings.push_back({"system call filter", false, filters, filters ? "there" : "not there",
                      "a lab runs without it, less confined: CONFIG_SECCOMP_FILTER"});
  findings.push_back({"capabilities kept", false, true,
                      "CAP_NET_ADMIN in routers' threads, for routes and MD5 keys; no other", ""});
  for (const Requirement& one : requirements(routers, machine))
    findings.push_back({one.what, true, one.met(), one.detail, one.advice});
  findings.push_back({"neighbour table", true, true, "permanent entries, which no limit counts", ""});
  if (hops > kMaxHopsForPackets)
    findings.push_back({"TTL", false, false, fmt::format("{} hops", hops),
                        "BGP converges, but IP's 8-bit TTL lets a packet cross at most 254 routers"});
  return findings;
}

std::string findings_text(const std::vector<Finding>& findings, std::uint32_t hops, bool fit) {
  std::string text;
  for (const Finding& finding : findings) {
    text += fmt::format("{:<8} {:<24} {}\n",
                        finding.ok       ? "ok"
                        : finding.needed ? "MISSING"
                                         : "absent",
                        finding.what, finding.detail);
    if (!finding.ok && !finding.advice.empty())
      text += fmt::format("{:<8} {:<24} -> {}\n", "", "", finding.advice);
  }
  return text + fmt::format("\n{} hops {} be run here.\n", hops, fit ? "can" : "cannot");
}

std::string findings_json(const std::vector<Finding>& findings, std::uint32_t hops, bool fit) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Finding& finding : findings)
    rows.push_back({{"what", finding.what},
                    {"needed", finding.needed},
                    {"ok", finding.ok},
                    {"detail", finding.detail},
                    {"advice", finding.ok ? "" : finding.advice}});
  return nlohmann::ordered_json{
             {"schema", "chainrouter.doctor/1"}, {"hops", hops}, {"fit", fit}, {"findings", rows}}
             .dump(2) +
         "\n";
}

std::string findings_csv(const std::vector<Finding>& findings) {
  std::string text = "what,needed,ok,detail,advice\n";
  for (const Finding& finding : findings) {
    const std::string values[] = {finding.what, finding.needed ? "true" : "false",
                                  finding.ok ? "true" : "false", finding.detail,
                                  finding.ok ? "" : finding.advice};
    text += show::csv_line(values);
  }
  return text;
}

}  // namespace

std::string machine_line(std::uint32_t hops, const Machine& machine) {
  utsname kernel{};
  uname(&kernel);
  return fmt::format("{} {}, {} processors, {} MiB free: {} routers to build", kernel.sysname, kernel.release,
                     std::thread::hardware_concurrency(), machine.memory / 1024 / 1024, hops + 1);
}

int run(const DoctorCommand& command) {
  const auto findings = examine(command.hops);
  bool fit = true;
  for (const auto& finding : findings) fit &= finding.ok || !finding.needed;
  switch (command.format) {
    case Format::Json: fmt::print("{}", findings_json(findings, command.hops, fit)); break;
    case Format::Csv: fmt::print("{}", findings_csv(findings)); break;
    case Format::Text: fmt::print("{}", findings_text(findings, command.hops, fit)); break;
  }
  return fit ? kOk : kPrivilege;
}

}  // namespace app
