#include "app/socket_owner.h"

#include <arpa/inet.h>
#include <cstdio>
#include <memory>
#include <string>
#include <unistd.h>

#include <fmt/format.h>

namespace app {

using boost::asio::ip::tcp;

namespace {

// As the table has it: the address as a number in the machine's byte order of its octets, and the port.
std::string in_table(const tcp::endpoint& end) {
  return fmt::format("{:08X}:{:04X}", htonl(end.address().to_v4().to_uint()), end.port());
}

}  // namespace

std::optional<uid_t> owner_of_other_end(const tcp::socket& connection) {
  boost::system::error_code error;
  const tcp::endpoint ours = connection.local_endpoint(error);
  const tcp::endpoint theirs = connection.remote_endpoint(error);
  if (error || !ours.address().is_v4() || !theirs.address().is_v4()) return std::nullopt;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> table(std::fopen("/proc/thread-self/net/tcp", "re"),
                                                              &std::fclose);
  if (!table) return std::nullopt;
  const std::string local = in_table(theirs), remote = in_table(ours);
  char line[512], local_there[16], remote_there[16];
  while (std::fgets(line, sizeof line, table.get()) != nullptr) {
    unsigned uid = 0;
    // sl local remote st tx:rx tr:when retransmits uid
    if (std::sscanf(line, " %*s %15s %15s %*s %*s %*s %*s %u", local_there, remote_there, &uid) == 3 &&
        local == local_there && remote == remote_there)
      return uid;
  }
  return std::nullopt;
}

bool is_ours(std::optional<uid_t> owner) { return owner && (*owner == 0 || *owner == geteuid()); }

}  // namespace app
