#include "show/load.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "show/csv.h"
#include "show/json_layout.h"

namespace show {

using Json = nlohmann::ordered_json;
using std::chrono::nanoseconds;

namespace {

constexpr std::array<std::pair<std::string_view, LoadOrder>, 4> kOrders{{{"cpu", LoadOrder::Cpu},
                                                                         {"memory", LoadOrder::Memory},
                                                                         {"messages", LoadOrder::Messages},
                                                                         {"queue", LoadOrder::Queue}}};

double seconds(nanoseconds time) { return std::chrono::duration<double>(time).count(); }

// In four characters: "812", "47K", "1.2M".
std::string size_text(std::uint64_t octets) {
  constexpr std::string_view kUnits = "KMGT";
  if (octets < 1000) return std::to_string(octets);
  double value = static_cast<double>(octets);
  std::size_t unit = 0;
  for (value /= 1024; value >= 999.5 && unit + 1 < kUnits.size(); value /= 1024) ++unit;
  return value < 9.95 ? fmt::format("{:.1f}{}", value, kUnits[unit])
                      : fmt::format("{:.0f}{}", value, kUnits[unit]);
}

double weight(const LoadRate& rate, LoadOrder order) {
  switch (order) {
    case LoadOrder::Cpu: return rate.cpu_percent;
    case LoadOrder::Memory: return static_cast<double>(rate.load.bytes());
    case LoadOrder::Messages: return rate.received + rate.sent;
    case LoadOrder::Queue: break;
  }
  return static_cast<double>(rate.load.octets_waiting);
}

}  // namespace

std::optional<LoadOrder> load_order(std::string_view word) {
  for (const auto& [name, order] : kOrders)
    if (name == word) return order;
  return std::nullopt;
}

Load load_of(const Figures& figures) {
  const auto& view = figures.view;
  Load load{.router = view.name,
            .at = figures.at.time_since_epoch(),
            .cpu = figures.cpu,
            .table_bytes = view.rib_bytes - view.attribute_bytes,
            .attribute_bytes = view.attribute_bytes,
            .session_bytes = view.peer_bytes,
            .octets_waiting = view.octets_waiting,
            .sessions_configured = view.peers.size(),
            .routes = view.kernel_installed};
  for (const auto& peer : view.peers) {
    load.received += peer.received.total();
    load.sent += peer.sent.total();
    if (peer.state == bgp::State::Established) ++load.sessions;
  }
  return load;
}

namespace {

// The numbers of a load under the names that they have in JSON.
template <class AnyLoad>
auto numbers_of(AnyLoad& load) {
  using Number = std::pair<const char*, decltype(&load.routes)>;
  return std::array<Number, 9>{{{"tableBytes", &load.table_bytes},
                                {"attributeBytes", &load.attribute_bytes},
                                {"sessionBytes", &load.session_bytes},
                                {"queueOctets", &load.octets_waiting},
                                {"messagesReceived", &load.received},
                                {"messagesSent", &load.sent},
                                {"sessions", &load.sessions},
                                {"sessionsConfigured", &load.sessions_configured},
                                {"routes", &load.routes}}};
}

}  // namespace

Json to_json(const Load& load) {
  Json json{{"router", load.router}, {"at", load.at.count()}, {"cpuNanoseconds", load.cpu.count()}};
  for (const auto& [name, number] : numbers_of(load)) json[name] = *number;
  return json;
}

std::optional<Load> load_from(const Json& json) {
  try {
    Load load;
    load.router = json.at("router").get<std::string>();
    load.at = nanoseconds(json.at("at").get<std::int64_t>());
    load.cpu = nanoseconds(json.at("cpuNanoseconds").get<std::int64_t>());
    for (const auto& [name, number] : numbers_of(load)) *number = json.at(name).get<std::uint64_t>();
    return load;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::vector<LoadRate> load_rates(const std::vector<Load>& before, const std::vector<Load>& after,
                                 LoadOrder order) {
  std::unordered_map<std::string_view, const Load*> earlier;
  for (const Load& load : before) earlier[load.router] = &load;
  std::vector<LoadRate> rates;
  for (const Load& load : after) {
    LoadRate rate{load};
    const auto found = earlier.find(load.router);
    if (found != earlier.end() && load.at > found->second->at) {
      const Load& then = *found->second;
      const double time = seconds(load.at - then.at);
      rate.cpu_percent = 100 * seconds(load.cpu - then.cpu) / time;
      rate.received = static_cast<double>(load.received - then.received) / time;
      rate.sent = static_cast<double>(load.sent - then.sent) / time;
    }
    rates.push_back(std::move(rate));
  }
  std::ranges::stable_sort(
      rates, [order](const LoadRate& a, const LoadRate& b) { return weight(a, order) > weight(b, order); });
  return rates;
}

std::string load_text(const std::vector<LoadRate>& rates, std::size_t rows, bool emphasis) {
  Load all;
  double cpu_percent = 0, received = 0, sent = 0;
  std::size_t width = 10;
  for (const auto& [load, percent, in, out] : rates) {
    width = std::max(width, load.router.size());
    cpu_percent += percent;
    received += in;
    sent += out;
    all.cpu += load.cpu;
    all.table_bytes += load.table_bytes;
    all.attribute_bytes += load.attribute_bytes;
    all.session_bytes += load.session_bytes;
    all.octets_waiting += load.octets_waiting;
    all.sessions += load.sessions;
    all.sessions_configured += load.sessions_configured;
    all.routes += load.routes;
  }
  std::string text;
  const auto add = [&](std::string_view router, std::string_view cpu, std::string_view time,
                       std::string_view tables, std::string_view attributes, std::string_view peers,
                       std::string_view queue, std::string_view in, std::string_view out,
                       std::string_view sessions, std::string_view routes) {
    return fmt::format("{:<{}} {:>6} {:>7} {:>6} {:>5} {:>5} {:>5} {:>6} {:>6} {:>6} {:>7}", router, width,
                       cpu, time, tables, attributes, peers, queue, in, out, sessions, routes);
  };
  const std::string names =
      add("Router", "CPU %", "CPU s", "Tables", "Attrs", "Peers", "Queue", "In/s", "Out/s", "Up", "Routes");
  text += emphasis ? "\x1b[1m" + names + "\x1b[0m\n" : names + "\n";
  const auto row = [&](const LoadRate& rate) {
    const Load& load = rate.load;
    text +=
        add(load.router, fmt::format("{:.1f}", rate.cpu_percent), fmt::format("{:.2f}", seconds(load.cpu)),
            size_text(load.table_bytes), size_text(load.attribute_bytes), size_text(load.session_bytes),
            size_text(load.octets_waiting), fmt::format("{:.0f}", rate.received),
            fmt::format("{:.0f}", rate.sent), fmt::format("{}/{}", load.sessions, load.sessions_configured),
            std::to_string(load.routes)) +
        "\n";
  };
  all.router = fmt::format("all {}", rates.size());
  row({all, cpu_percent, received, sent});
  for (std::size_t i = 0; i < std::min(rows, rates.size()); ++i) row(rates[i]);
  return text;
}

std::string load_json(const std::vector<LoadRate>& rates) {
  std::string text = "{\n  \"schema\":\"chainrouter.top/1\",\n  \"routers\":[";
  std::string_view separator = "\n";
  for (const auto& rate : rates) {
    Json row{{"router", rate.load.router},
             {"cpuPercent", rate.cpu_percent},
             {"cpuSeconds", seconds(rate.load.cpu)}};
    for (const auto& [name, number] : numbers_of(rate.load)) row[name] = *number;
    row["receivedPerSecond"] = rate.received;
    row["sentPerSecond"] = rate.sent;
    text.append(separator).append("    ").append(json_line(row));
    separator = ",\n";
  }
  return text + (rates.empty() ? "]\n}\n" : "\n  ]\n}\n");
}

std::string load_csv(const std::vector<LoadRate>& rates) {
  std::string text = csv_line(std::array<std::string, 14>{
      "router", "cpu_percent", "cpu_seconds", "table_bytes", "attribute_bytes", "session_bytes",
      "queue_octets", "received_per_second", "sent_per_second", "messages_received", "messages_sent",
      "sessions", "sessions_configured", "routes"});
  for (const auto& [load, percent, in, out] : rates)
    text += csv_line(std::array<std::string, 14>{
        load.router, fmt::format("{:.3f}", percent), fmt::format("{:.6f}", seconds(load.cpu)),
        std::to_string(load.table_bytes), std::to_string(load.attribute_bytes),
        std::to_string(load.session_bytes), std::to_string(load.octets_waiting), fmt::format("{:.3f}", in),
        fmt::format("{:.3f}", out), std::to_string(load.received), std::to_string(load.sent),
        std::to_string(load.sessions), std::to_string(load.sessions_configured),
        std::to_string(load.routes)});
  return text;
}

}  // namespace show
