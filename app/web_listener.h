// The page's listening socket: opened before a lab without root leaves the user's own network, in which their
// browser is.
#pragma once

#include <string>
#include <utility>

#include "app/web_access.h"

namespace app {

class WebListener {
 public:
  // Listens, and makes up a token. Throws std::system_error.
  explicit WebListener(const WebAddress& address, bool frr_names = false);
  ~WebListener();
  WebListener(WebListener&& other) noexcept
      : door_(std::move(other.door_)), socket_(std::exchange(other.socket_, -1)) {}

  const WebDoor& door() const { return door_; }
  // The socket; whoever takes it closes it.
  int release() { return std::exchange(socket_, -1); }

 private:
  WebDoor door_;
  int socket_ = -1;
};

}  // namespace app
