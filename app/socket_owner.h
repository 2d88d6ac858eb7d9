// Whose is the other end of a TCP connection on this machine? The kernel tells of a Unix socket directly, and
// of a TCP socket in a table of the calling thread's network namespace.
#pragma once

#include <optional>
#include <sys/types.h>

#include <boost/asio/ip/tcp.hpp>

namespace app {

// The user who made the socket that `connection` is connected to, over IPv4. Nothing: it is not in this
// namespace, or the kernel shows no table.
std::optional<uid_t> owner_of_other_end(const boost::asio::ip::tcp::socket& connection);

// Is it this process's user, or root?
bool is_ours(std::optional<uid_t> owner);

}  // namespace app
