// Asio opens its sockets so that a child process would inherit them, and a socket keeps the namespace that it
// was opened in alive: every one of ours is marked after it was made.
#pragma once

#include <fcntl.h>

namespace app {

// `Socket`: whatever of Asio's has a native handle, open.
template <class Socket>
void close_on_exec(Socket& socket) {
  static_cast<void>(fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC));
}

}  // namespace app
