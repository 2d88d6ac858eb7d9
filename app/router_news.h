// What a router has to say about its sessions, as sentences: that one came up or fell, that one had to end
// for want of memory. On the router's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "speaker/speaker.h"

namespace app {

class RouterNews {
 public:
  using Say = std::function<void(std::string sentence)>;

  // Who is not set does not want to know.
  RouterNews(speaker::Speaker& speaker, Say sessions, Say overruns);
  // What has happened since the last call.
  void tell();

 private:
  void tell_sessions();
  void tell_overruns();

  speaker::Speaker& speaker_;
  Say say_sessions_, say_overruns_;
  // How often each neighbour's session has come up and fallen, as far as told.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> told_;
};

}  // namespace app
