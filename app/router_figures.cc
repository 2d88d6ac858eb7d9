// What routers say of their work and their size (app/router_requests.h): top's readings and Prometheus'
// figures.
#include <chrono>
#include <memory>
#include <time.h>

#include <nlohmann/json.hpp>

#include "app/report.h"
#include "app/router_requests.h"
#include "show/metrics.h"

namespace app {

namespace asio = boost::asio;
using nlohmann::ordered_json;

namespace {

std::chrono::nanoseconds own_thread_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// On the router's thread.
show::Figures figures_of(const speaker::Speaker& speaker) {
  const auto at = std::chrono::steady_clock::now();  // the machine's: of rates of what it takes
  show::Figures figures{speaker.view(speaker.present()), at, own_thread_time()};
  for (auto& peer : figures.view.peers) {  // OPENs are no figures
    peer.open_sent.reset();
    peer.open_received.reset();
  }
  return figures;
}

struct Round {
  asio::io_context& control;
  std::vector<Router*> routers;
  std::function<void(const std::vector<show::Figures>&)> done;
  std::vector<show::Figures> figures;
};

void ask_next(const std::shared_ptr<Round>& round) {
  if (round->figures.size() == round->routers.size()) return round->done(round->figures);
  round->routers[round->figures.size()]->post([round](speaker::Speaker& speaker) {
    asio::post(round->control, [round, figures = figures_of(speaker)]() mutable {
      round->figures.push_back(std::move(figures));
      ask_next(round);
    });
  });
}

}  // namespace

void RouterRequests::gather(std::vector<Router*> routers, std::function<void(const AllFigures&)> done) const {
  const auto round = std::make_shared<Round>(control_, std::move(routers), std::move(done), AllFigures());
  round->figures.reserve(round->routers.size());
  ask_next(round);
}

void RouterRequests::answer(const request::Loads&, std::vector<Router*> routers,
                            ControlServer::Reply reply) const {
  gather(std::move(routers), [reply = std::move(reply)](const AllFigures& all) {
    ordered_json rows = ordered_json::array();
    for (const show::Figures& figures : all) rows.push_back(show::to_json(show::load_of(figures)));
    reply({{"loads", rows}});
  });
}

void RouterRequests::answer(const request::Metrics& metrics, std::vector<Router*> routers,
                            ControlServer::Reply reply) const {
  gather(std::move(routers), [metrics, reply = std::move(reply)](const AllFigures& all) {
    if (metrics.frr_names) return reply({{"text", show::frr_metrics_text(all)}});
    reply({{"text",
            show::metrics_text({CHAINROUTER_VERSION, own_cpu_seconds(), own_memory().rss_bytes}, all)}});
  });
}

}  // namespace app
