// A lab and its page: what the web server gets to see of the routers, and what the control thread tells it of
// the lab as a whole.
#include <nlohmann/json.hpp>

#include "app/lab.h"
#include "app/web_server.h"

namespace app {

namespace asio = boost::asio;
using nlohmann::ordered_json;

namespace {

const char* word(Phase phase) {
  switch (phase) {
    case Phase::Building: return "building";
    case Phase::Starting: return "starting";
    case Phase::Converging: return "converging";
    case Phase::Converged: return "converged";
    case Phase::Stopping: return "stopping";
  }
  return "";
}

}  // namespace

void Lab::open_page(WebListener listener) {
  web_listener_ = std::make_unique<WebListener>(std::move(listener));
}

// After this thread has given up its capabilities, so that the server's never has any.
void Lab::serve_page() {
  if (!web_listener_) return;
  WebPlan page{.routers = {}, .links = {}, .began = process_start_.time_since_epoch().count()};
  std::size_t ours = 0;
  for (const RouterPlan& router : plan_) {
    auto& shown = page.routers.emplace_back();
    shown.name = router.name;
    shown.as = router.speaker.as;
    shown.id = router.speaker.router_id.to_string();
    if (!router.foreign) shown.activity = &routers_[ours++]->activity();
    for (const auto& neighbor : router.speaker.neighbors)
      shown.neighbors.push_back(neighbor.peer.address.to_string());
  }
  for (std::uint32_t link = 1; link < plan_.size(); ++link)
    page.links.push_back({.number = link,
                          .left = link - 1,
                          .right = link,
                          .left_peer = plan_[link - 1].right_peer,
                          .right_peer = plan_[link].left_peer});
  web_ = std::make_unique<WebServer>(
      std::move(*web_listener_), std::move(page),
      [this](const ordered_json& request, ControlServer::Reply reply) {
        asio::post(io_, [this, request, reply = std::move(reply)] { requests_(request, reply); });
      });
  tell_page();
}

void Lab::tell_page() {
  if (!web_) return;
  ordered_json down;
  for (const auto& [name, thing] : {std::pair{"links", scenario::Thing::Link},
                                    {"sessions", scenario::Thing::Session},
                                    {"routers", scenario::Thing::Router}})
    down[name] = outages_.of(thing);
  ordered_json lab{{"phase", word(phase_)},
                   {"target", options_.chain.target.to_string()},
                   {"mraiMs", options_.chain.mrai.interval.count()},
                   {"eventsKept", options_.chain.events},
                   {"down", std::move(down)}};
  if (phase_ == Phase::Converged) lab["report"] = ordered_json::parse(report_json(report_));
  web_->tell(lab.dump());
}

}  // namespace app
