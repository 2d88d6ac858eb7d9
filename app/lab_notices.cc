// What the kernel notifies of any router's namespace, passed on to that router.
#include <linux/netlink.h>
#include <map>
#include <utility>

#include "app/lab.h"
#include "netns/route_table.h"

namespace app {

namespace asio = boost::asio;

void Lab::listen(Notices& notices) {
  notices.readable.async_wait(
      asio::posix::stream_descriptor::wait_read, [this, &notices](boost::system::error_code error) {
        if (error) return;
        // Of each namespace in one piece: a link that falls and rises is one thing to look at.
        std::map<std::size_t, std::vector<std::uint8_t>> heard;
        const bool complete =
            notices.board.receive([&](std::size_t place, std::span<const std::uint8_t> messages) {
              auto& here = heard[place];
              here.insert(here.end(), messages.begin(), messages.end());
              here.resize(NLMSG_ALIGN(here.size()));
            });
        if (!complete)
          for (auto& router : routers_) router->hear(notices.about, std::nullopt);
        else
          for (auto& [place, messages] : heard)
            if (router_in_[place] != nullptr) router_in_[place]->hear(notices.about, std::move(messages));
        listen(notices);
      });
}

// From the first time that all is quiet: a wave of routes is slowed down by being listened to, a little with
// a hundred routers, to half its speed with a thousand (docs/adr/0015). What was changed before is found by
// the look.
void Lab::guard_routes() {
  if (std::exchange(guarding_, true) || routers_.size() > kMostGuarded) return;
  route_notices_->board.join(netns::route_groups());
  for (auto& router : routers_) router->compare_routes();
}

}  // namespace app
