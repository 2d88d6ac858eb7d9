// chainrouter capture: the packets of links of a running lab into one pcapng file, in order of time. This
// process goes into the routers' namespaces by itself and with its caller's rights, as exec does: the lab has
// dropped those rights, and takes no part.
#include <algorithm>
#include <cstdlib>
#include <poll.h>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "app/all_descriptors.h"
#include "app/commands.h"
#include "app/interruption.h"
#include "app/output_file.h"
#include "app/rootless.h"
#include "app/standard_error.h"
#include "capture/pcapng_writer.h"
#include "netns/chain_builder.h"
#include "netns/namespace.h"
#include "netns/packet_socket.h"
#include "show/words.h"

namespace app {

using namespace std::chrono_literals;
using capture::PacketTime;

using show::counted;

namespace {

constexpr auto kPause = 100ms;
// The kernel stamps a packet a little before the socket has it.
constexpr auto kOnItsWay = 1ms;
// Of one link before it is the next one's turn.
constexpr int kPacketsATurn = 1024;

PacketTime wall_clock() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

struct Link {
  std::string name;
  RecordedName left;  // the router at whose end it is seen
};

// Those with both ends among the routers that are meant.
std::vector<Link> choose_links(const Chosen& chosen, const std::string& words) {
  if (chosen.lab.kind == LabKind::Speaker)
    throw std::runtime_error(
        "a speaker alone has no links of ours; tcpdump in its namespace sees what it says");
  std::vector<std::string> names;
  for (const auto& name : chosen.lab.names) names.push_back(name.name);
  // Places of foreign routers, too.
  const auto selection = select_routers(words, chosen.lab.prefix, names);
  const auto& routers = selection ? selection->routers : chosen.selection.routers;
  const auto is_meant = [&routers](const std::string& name) {
    return std::ranges::find(routers, name) != routers.end();
  };
  std::vector<Link> links;
  for (std::size_t i = 0; i + 1 < names.size(); ++i)
    if (is_meant(names[i]) && is_meant(names[i + 1]))
      links.push_back({names[i] + "--" + names[i + 1], chosen.lab.names[i]});
  if (links.empty())
    throw std::runtime_error(
        fmt::format("{} has no link in it: 50-51 means the one between two routers", words));
  return links;
}

class Capture {
 public:
  Capture(const std::vector<Link>& links, pid_t lab, std::optional<std::uint16_t> port, OutputFile& file)
      : file_(file), began_(wall_clock()) {
    std::vector<std::uint8_t> head;
    capture::write_pcapng_section("chainrouter " CHAINROUTER_VERSION, head);
    const std::string filter = port ? fmt::format("tcp port {}", *port) : "";
    for (const Link& link : links) {
      netns::Namespace::open(fmt::format("/proc/{}/fd/{}", lab, link.left.fd)).enter();
      sockets_.emplace_back(netns::kRightInterfaceIndex, port);
      capture::write_pcapng_interface(link.name, fmt::format("seen at {}", link.left.name), filter, head);
      polled_.push_back({sockets_.back().native_handle(), POLLIN, 0});
    }
    file_.write(head);
  }

  std::span<pollfd> polled() { return polled_; }

  // Reads what has come and writes as much of it as nothing older can follow.
  void turn() {
    PacketTime safe = wall_clock() - kOnItsWay;
    for (std::uint32_t link = 0; link < sockets_.size(); ++link)
      if (polled_[link].revents != 0) read(link, safe);
    write(safe);
  }

  // All that is left, and the figures of each link.
  void end() {
    const PacketTime ended = wall_clock();
    PacketTime unused = ended;
    for (std::uint32_t link = 0; link < sockets_.size(); ++link)
      while (read(link, unused) == kPacketsATurn && held_.back().at < ended) {
      }
    write(PacketTime::max());
    std::vector<std::uint8_t> figures;
    for (std::uint32_t link = 0; link < sockets_.size(); ++link) {
      const auto counts = sockets_[link].statistics();
      dropped_ += counts.dropped;
      capture::write_pcapng_statistics(link, {began_, ended, counts.received, counts.dropped}, figures);
    }
    file_.write(figures);
  }

  std::uint64_t packets() const { return packets_; }
  std::uint64_t dropped() const { return dropped_; }

 private:
  struct Held {
    PacketTime at;
    std::vector<std::uint8_t> block;
  };

  // How many. A link that has more may have older ones than the others' last: `safe` goes back to where it
  // is.
  int read(std::uint32_t link, PacketTime& safe) {
    for (int count = 0; count < kPacketsATurn; ++count) {
      const auto packet = sockets_[link].next(buffer_);
      if (!packet) return count;
      Held& held = held_.emplace_back(packet->at, std::vector<std::uint8_t>());
      capture::write_pcapng_packet(link, packet->at, packet->outgoing, packet->original_octets,
                                   packet->octets, held.block);
    }
    safe = std::min(safe, held_.back().at);
    return kPacketsATurn;
  }

  void write(PacketTime before) {
    std::ranges::stable_sort(held_, {}, &Held::at);
    const auto end = std::ranges::lower_bound(held_, before, {}, &Held::at);
    std::vector<std::uint8_t> octets;
    for (auto held = held_.begin(); held != end; ++held)
      octets.insert(octets.end(), held->block.begin(), held->block.end());
    packets_ += static_cast<std::uint64_t>(end - held_.begin());
    held_.erase(held_.begin(), end);
    file_.write(octets);
  }

  OutputFile& file_;
  PacketTime began_;
  std::vector<netns::PacketSocket> sockets_;
  std::vector<pollfd> polled_;
  std::vector<Held> held_;
  std::vector<std::uint8_t> buffer_;
  std::uint64_t packets_ = 0, dropped_ = 0;
};

}  // namespace

int run(const CaptureCommand& command) {
  const Chosen chosen = choose_routers(command.links);
  const auto links = choose_links(chosen, command.links);
  outlive_readers();
  OutputFile file(command.file);  // before the way into a private host, where other directories may be
  Interruption interruption(command.duration, chosen.lab.pid);
  take_all_descriptors();
  go_where(chosen.lab);
  Capture capture(links, chosen.lab.pid, command.port, file);
  tell("capturing {} into {}; Ctrl-C ends it\n",
       links.size() == 1 ? links.front().name : counted(links.size(), "link"), file.name());
  auto cause = Interruption::Cause::None;
  while (cause == Interruption::Cause::None) {
    cause = interruption.wait(kPause, capture.polled());
    capture.turn();
  }
  capture.end();
  if (cause == Interruption::Cause::LabEnded) tell("the lab has ended\n");
  tell("{} of {} in {}\n", counted(capture.packets(), "packet"), counted(links.size(), "link"), file.name());
  if (capture.dropped() == 0) return kOk;
  complain(
      fmt::format("{} more were lost, for they came faster than they were written: the file says how many "
                  "on which link",
                  counted(capture.dropped(), "packet")));
  return kRuntimeFailure;
}

}  // namespace app
