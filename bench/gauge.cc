// The measuring instrument of bench/compare and bench/growth: whatever has to happen at a known instant, or
// be seen at one, happens here; which contender, in which order, and what to make of it is the scripts'
// business. One JSON object a line on stdin, {"op": …}, one answer a line on stdout, {"error": …} when it
// went wrong. Instants are nanoseconds of CLOCK_MONOTONIC, durations milliseconds. Ends with its stdin, and
// what it has started with it.
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/topology.h"
#include "bench/bulk_routes.h"
#include "bench/ends_watch.h"
#include "bench/feeder.h"
#include "bench/outside.h"
#include "bench/stage.h"
#include "bench/tally.h"

namespace {

using bench::Clock;
using nlohmann::json;
using namespace std::chrono_literals;

std::int64_t nanoseconds(Clock::time_point instant) { return instant.time_since_epoch() / 1ns; }
double milliseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

std::chrono::milliseconds limit_of(const json& request) {
  return std::chrono::milliseconds(request.value("limit", 120'000));
}

class Gauge {
 public:
  json answer(const json& request) {
    const auto op = request.at("op").get<std::string>();
    if (op == "build") return build(request);
    if (op == "adopt") return adopt(request);
    if (op == "run") return run(request);
    if (op == "await file") return bench::await_file(request.at("path")), now();
    if (op == "watch") return watch(request);
    if (op == "unwatch") return watch_.reset(), now();
    if (op == "full") return full(request);
    if (op == "link") return {{"at", nanoseconds(stage_.set_link(request.at("place"), request.at("up")))}};
    if (op == "parted") return parted(request);
    if (op == "feed") return feed(request);
    if (op == "sink") return sink_ = speaker_at(request), now();
    if (op == "table") return table(request);
    if (op == "bulk") return bulk(request);
    if (op == "change") return change(request);
    if (op == "churn") return churn(request);
    if (op == "clear") return clear();
    throw std::runtime_error("there is no op " + op);
  }

 private:
  static json now() { return {{"at", nanoseconds(Clock::now())}}; }

  json build(const json& request) {
    const auto began = Clock::now();
    stage_.build(request.at("hops"));
    return {{"ms", milliseconds(Clock::now() - began)}};
  }

  json adopt(const json& request) {
    stage_.adopt(request.at("prefix"), request.at("hops"));
    return now();
  }

  json run(const json& request) {
    const auto began = Clock::now();
    std::vector<pid_t> started;
    for (const json& command : request.at("commands"))
      started.push_back(stage_.run(command.value("place", -1), command.at("words"), command.at("output")));
    return {{"at", nanoseconds(began)}, {"pids", started}};
  }

  json watch(const json&) {
    watch_ = std::make_unique<bench::EndsWatch>(stage_.places());
    return now();
  }

  // When the last table got the last of `routes[place]` routes.
  json full(const json& request) {
    const auto wanted = request.at("routes").get<std::vector<std::size_t>>();
    const auto is_full = [&](std::uint32_t place, const auto& table) {
      return table.size() == wanted[place];
    };
    return {{"at", nanoseconds(watch_->until(is_full, limit_of(request)))}};
  }

  // When the last route across the link between place - 1 and place had gone.
  json parted(const json& request) {
    const auto cut = request.at("place").get<std::uint32_t>();
    const auto crosses = [cut](std::uint32_t place, const net::Ipv4Prefix& prefix) {
      if (prefix.length() == 0) return place >= cut;
      for (std::uint32_t link = 0; link < cut; ++link)
        if (prefix == app::subnet(link)) return place >= cut;
      return prefix != app::subnet(cut) && place < cut;
    };
    const auto is_parted = [&](std::uint32_t place, const auto& table) {
      return std::ranges::none_of(table, [&](const auto& prefix) { return crosses(place, prefix); });
    };
    return {{"at", nanoseconds(watch_->until(is_parted, limit_of(request)))}};
  }

  std::unique_ptr<bench::Feeder> speaker_at(const json& request) {
    const auto address = [&](const char* name) {
      return *net::Ipv4Address::parse(request.at(name).get<std::string>());
    };
    return std::make_unique<bench::Feeder>(
        stage_.places().at(request.at("place")),
        bench::Feeder::Peering{request.at("localAs"), request.at("remoteAs"), address("local"),
                               address("remote")},
        60s);
  }

  // A speaker of bench/feeder.h in one place, a listener in another.
  json feed(const json& request) {
    tally_ = std::make_unique<bench::Tally>(stage_.places().at(request.at("watched")), bench::kLargestBlock);
    feeder_ = speaker_at(request);
    origin_ = {request.at("localAs"), *net::Ipv4Address::parse(request.at("local").get<std::string>())};
    return now();
  }

  // From the first octet of the first UPDATE until the sink has heard of all, and the kernel, too.
  json table(const json& request) {
    const auto count = request.at("count").get<std::size_t>();
    const auto began =
        feeder_->send(bench::table_in_updates(origin_, count, 1, request.value("shared", std::size_t{0})));
    await_routes(count, limit_of(request));
    while (sink_->heard() < count) {
      if (sink_->fallen()) throw std::runtime_error("the sink's session has ended: " + sink_->why_fallen());
      if (Clock::now() > began + limit_of(request))
        throw std::runtime_error("only " + std::to_string(sink_->heard()) + " routes came");
      std::this_thread::sleep_for(1ms);
    }
    return {{"ms", milliseconds(Clock::now() - began)}};
  }

  // From the first octet of the first UPDATE to the last of so many routes in the last table.
  json bulk(const json& request) {
    const auto count = request.at("count").get<std::size_t>();
    auto updates = bench::table_in_updates(origin_, count, request.value("seed", 1),
                                           request.value("shared", std::size_t{0}));
    const auto octets = updates.size();
    const auto began = feeder_->send(std::move(updates));
    await_routes(count, limit_of(request));
    return {{"ms", milliseconds(tally_->changed() - began)}, {"octets", octets}};
  }

  void await_routes(std::size_t count, Clock::duration limit) {
    const auto deadline = Clock::now() + limit;
    while (!tally_->until([&] { return tally_->present() == count; }, 500ms)) {
      if (feeder_->fallen())
        throw std::runtime_error("the feeder's session has ended: " + feeder_->why_fallen());
      if (Clock::now() > deadline)
        throw std::runtime_error("only " + std::to_string(tally_->present()) + " routes came");
    }
  }

  // One new route from place 0 to the last table, or its withdrawal.
  json change(const json& request) {
    const bool announce = request.at("announce");
    const std::uint32_t place = request.value("route", 0u);
    const std::size_t before = tally_->present();
    const auto began =
        feeder_->send(announce ? bench::announcement(origin_, place) : bench::withdrawal(place));
    await_routes(announce ? before + 1 : before - 1, limit_of(request));
    return {{"ms", milliseconds(tally_->changed() - began)}};
  }

  // Changes at so many a second: routes come, and in the next round go again. Each should be seen.
  json churn(const json& request) {
    const auto rate = request.at("rate").get<double>();
    const auto count = static_cast<std::size_t>(rate * request.at("seconds").get<double>());
    const auto routes = std::max<std::size_t>(2, static_cast<std::size_t>(rate * 5));  // each again in 5 s
    const auto comes = [routes](std::size_t k) { return k / routes % 2 == 0; };
    tally_->note_changes(count + count / 8);
    feeder_->pace(
        [this, routes, comes](std::size_t k) {
          const auto route = static_cast<std::uint32_t>(k % routes);
          return comes(k) ? bench::announcement(origin_, route) : bench::withdrawal(route);
        },
        rate, count);
    const auto patience = std::chrono::duration<double>(request.at("seconds").get<double>() * 1.5 + 10);
    tally_->until(
        [&] { return tally_->changes().size() >= count || (feeder_->fallen() && feeder_->paced() < count); },
        std::chrono::duration_cast<Clock::duration>(patience));
    if (feeder_->fallen())
      throw std::runtime_error("the feeder's session has ended: " + feeder_->why_fallen());
    return latencies(routes, count);
  }

  // The n-th change of a route is the n-th one seen of it, unless some were lost on the way; of such a route
  // none counts.
  json latencies(std::size_t routes, std::size_t count) const {
    std::vector<std::vector<Clock::time_point>> seen(routes);
    for (const auto& change : tally_->changes())
      if (change.route < routes) seen[change.route].push_back(change.at);
    std::vector<double> waits;
    std::size_t lost = 0;
    const std::size_t sent = std::min(feeder_->paced(), count);
    for (std::size_t route = 0; route < routes; ++route) {
      const std::size_t wanted = sent / routes + (route < sent % routes ? 1 : 0);
      if (seen[route].size() != wanted) {
        lost += wanted - std::min(seen[route].size(), wanted);
        continue;
      }
      for (std::size_t n = 0; n < wanted; ++n)
        waits.push_back(milliseconds(seen[route][n] - feeder_->sent()[n * routes + route]));
    }
    std::ranges::sort(waits);
    const auto quantile = [&](double q) {
      return waits.empty() ? json()
                           : json(waits[static_cast<std::size_t>(q * static_cast<double>(waits.size() - 1))]);
    };
    return {
        {"sent", sent},
        {"seen", tally_->changes().size()},
        {"lost", lost},
        {"pending", count - sent},
        {"quantiles",
         {{"p50", quantile(0.5)}, {"p99", quantile(0.99)}, {"p999", quantile(0.999)}, {"max", quantile(1)}}}};
  }

  json clear() {
    feeder_.reset();
    sink_.reset();
    tally_.reset();
    watch_.reset();
    const auto began = Clock::now();
    stage_.clear();
    return {{"ms", milliseconds(Clock::now() - began)}};
  }

  bench::Stage stage_;
  std::unique_ptr<bench::EndsWatch> watch_;
  std::unique_ptr<bench::Tally> tally_;
  bench::Origin origin_;
  std::unique_ptr<bench::Feeder> feeder_, sink_;
};

}  // namespace

int main() {
  Gauge gauge;
  for (std::string line; std::getline(std::cin, line);) {
    json answer;
    try {
      answer = gauge.answer(json::parse(line));
    } catch (const std::exception& error) {
      answer = {{"error", error.what()}};
    }
    std::cout << answer.dump() << std::endl;
  }
}
