// The views of events, word for word, from a history made by hand: ROUTER_0 begins, ROUTER_1 hears of it.
#include "show/events.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace speaker;

namespace {

constexpr std::int64_t kBegan = 1'000'000'000;

Event event(EventKind kind, std::int64_t microseconds, EventNumber cause = 0, std::uint16_t peer = kNoPeer,
            std::uint8_t detail = 0) {
  Event made;
  made.kind = kind;
  made.at = kBegan + microseconds * 1000;
  made.cause = cause;
  made.peer = peer;
  made.detail = detail;
  return made;
}

Event route(std::int64_t microseconds, EventNumber cause, std::uint16_t peer, rib::DecisionStep step,
            rib::KernelChange kernel, std::uint32_t took_microseconds) {
  Event made = event(EventKind::Route, microseconds, cause, peer, static_cast<std::uint8_t>(step));
  made.prefix = {
      .prefix = EventPrefix::of(net::Ipv4Prefix()), .kernel = kernel, .took = took_microseconds * 1000};
  return made;
}

Event established(std::int64_t microseconds) {
  Event made = event(EventKind::Session, microseconds, 0, 0);
  made.session = {.connection = 7, .from = bgp::State::OpenConfirm, .to = bgp::State::Established};
  return made;
}

History history() {
  History made({{"ROUTER_0", {}}, {"ROUTER_1", {}}}, {{0, 0, 1, 0}});
  std::vector<Event> left{
      event(EventKind::Trigger, 100, 0, kNoPeer, static_cast<std::uint8_t>(Trigger::Start)),
      route(120, 1, kNoPeer, rib::DecisionStep::OnlyRoute, rib::KernelChange::Nothing, 5),
      established(2100),
      event(EventKind::Held, 2200, 3, 0),
      event(EventKind::Sent, 5210, 3, 0),
  };
  left[3].hold = {.until = kBegan + 5'200'000};
  left[4].updates = {.connection = 7, .first = 1, .count = 2};
  std::vector<Event> right{
      established(2150),
      event(EventKind::Received, 5250, 0, 0),
      route(5300, 2, 0, rib::DecisionStep::OnlyRoute, rib::KernelChange::Install, 35),
  };
  right[1].updates = {.connection = 7, .first = 2, .count = 1, .announced = 3};
  made.add(0, 1, left);
  made.add(1, 1, right);
  return made;
}

constexpr EventId kRoute{1, 3};

}  // namespace

TEST_CASE("events as lines", "[events]") {
  const History made = history();
  std::string text;
  for (const EventId id : made.by_time()) text += show::event_text(made, id, kBegan);
  CHECK(text ==
        "   0.000100 ROUTER_0       1  begins to speak\n"
        "   0.000120 ROUTER_0       2  0.0.0.0/0 is ours  <1\n"
        "   0.002100 ROUTER_0       3  session with ROUTER_1: Established\n"
        "   0.002150 ROUTER_1       1  session with ROUTER_0: Established\n"
        "   0.002200 ROUTER_0       4  news for ROUTER_1 until 0.005  <3\n"
        "   0.005210 ROUTER_0       5  UPDATE 1-2 to ROUTER_1  <3\n"
        "   0.005250 ROUTER_1       2  UPDATE 2 from ROUTER_0: +3 -0  <ROUTER_0/5\n"
        "   0.005300 ROUTER_1       3  0.0.0.0/0 by ROUTER_0, kernel 0.035 ms  <2\n");
}

TEST_CASE("events as JSON", "[events]") {
  const History made = history();
  CHECK(show::event_json(made, {1, 2}) ==
        R"({"schema":"chainrouter.event/1","atNs":1005250000,"id":"ROUTER_1/2","router":"ROUTER_1",)"
        R"("kind":"updateReceived","cause":"ROUTER_0/5","neighbor":"ROUTER_0","connection":7,"first":2,)"
        R"("count":1,"announced":3,"withdrawn":0})"
        "\n");
  CHECK(show::event_json(made, kRoute) ==
        R"({"schema":"chainrouter.event/1","atNs":1005300000,"id":"ROUTER_1/3","router":"ROUTER_1",)"
        R"("kind":"route","cause":"ROUTER_1/2","neighbor":"ROUTER_0","prefix":"0.0.0.0/0","local":false,)"
        R"("step":"only route","kernel":"install","decidedNs":1005265000})"
        "\n");
  CHECK(show::lost_json("ROUTER_1", 9) ==
        R"({"schema":"chainrouter.event/1","router":"ROUTER_1","kind":"lost","count":9})"
        "\n");
}

TEST_CASE("events as CSV", "[events]") {
  const History made = history();
  std::string text = show::events_csv_heading();
  for (const EventId id : made.by_time())
    if (id.router == 1 || id.number < 3) text += show::event_csv(made, id, kBegan);
  text += show::lost_csv("ROUTER_1", 9);
  CHECK(text ==
        "at_ns,router,id,kind,neighbor,prefix,cause,what\n"
        "1000100000,ROUTER_0,ROUTER_0/1,trigger,,,,begins to speak\n"
        "1000120000,ROUTER_0,ROUTER_0/2,route,,0.0.0.0/0,ROUTER_0/1,0.0.0.0/0 is ours\n"
        "1002150000,ROUTER_1,ROUTER_1/1,session,ROUTER_0,,,session with ROUTER_0: Established\n"
        "1005250000,ROUTER_1,ROUTER_1/2,updateReceived,ROUTER_0,,ROUTER_0/5,UPDATE 2 from ROUTER_0: +3 -0\n"
        "1005300000,ROUTER_1,ROUTER_1/3,route,ROUTER_0,0.0.0.0/0,ROUTER_1/2,"
        "\"0.0.0.0/0 by ROUTER_0, kernel 0.035 ms\"\n"
        ",ROUTER_1,,lost,,,,9 earlier events were overwritten\n");
}

TEST_CASE("why a route is there", "[events]") {
  CHECK(show::why_text(history(), kRoute) ==
        "ROUTER_1 reaches 0.0.0.0/0 by ROUTER_0.\n"
        "It began at ROUTER_0: begins to speak.\n"
        "Milliseconds of each stage on the way here:\n"
        "\n"
        "Router         session     mrai    write  receive   decide   kernel  since then\n"
        "ROUTER_0             -        -        -        -    0.015    0.005       0.020\n"
        "ROUTER_1         1.980    3.000    0.110    0.040    0.015    0.035       5.200\n"
        "in all           1.980    3.000    0.110    0.040    0.030    0.040       5.200\n"
        "\n"
        "Why this path won:\n"
        "  ROUTER_0                     originated there\n"
        "  ROUTER_1                     the only route\n");
  const auto json = nlohmann::json::parse(show::why_json(history(), kRoute));
  CHECK(json["totalNs"] == 5'200'000);
  CHECK(json["beginning"] == "root");
  CHECK(json["hops"][1]["stagesNs"]["mrai"] == 3'000'000);
  CHECK(json["root"]["trigger"] == "start");
  CHECK(
      show::why_csv(history(), kRoute) ==
      "router,event,at_ns,neighbor,step,session_ns,mrai_ns,write_ns,receive_ns,decide_ns,kernel_ns,since_ns\n"
      "ROUTER_0,ROUTER_0/2,1000120000,,only route,0,0,0,0,15000,5000,20000\n"
      "ROUTER_1,ROUTER_1/3,1005300000,ROUTER_0,only "
      "route,1980000,3000000,110000,40000,15000,35000,5200000\n");
}

TEST_CASE("the wave of a prefix", "[events]") {
  const show::Screen screen{.columns = 40, .rows = 10};
  CHECK(show::wave_text(history(), net::Ipv4Prefix(), screen) ==
        "0.0.0.0/0 through 2 of 2 routers in 5.200 ms\n"
        "since ROUTER_0: begins to speak\n"
        "    0.020 ms |o\n"
        "    1.315 ms |\n"
        "    2.610 ms |\n"
        "    3.905 ms |     o\n"
        "             +----------\n"
        "       router 0    1\n"
        "              o has it, x lost it, ! refused by the kernel\n");
  const std::string colored =
      show::wave_text(history(), net::Ipv4Prefix(), {.columns = 40, .rows = 10, .color = true});
  CHECK(colored.find("\x1b[38;5;27mo\x1b[0m") != std::string::npos);
  CHECK(colored.find("\x1b[38;5;160mo\x1b[0m") != std::string::npos);
  CHECK(show::wave_text(history(), *net::Ipv4Prefix::parse("10.0.0.0/8"), screen) ==
        "nothing is known of 10.0.0.0/8\n");
}

TEST_CASE("a hundred routers fit into 80 by 24", "[events]") {
  std::vector<History::Router> routers;
  std::vector<SessionEnds> sessions;
  for (std::uint32_t i = 0; i <= 100; ++i) {
    routers.push_back({"ROUTER_" + std::to_string(i), {}});
    if (i > 0) sessions.push_back({i - 1, 1, i, 0});
  }
  History made(std::move(routers), sessions);
  for (std::uint32_t i = 0; i <= 100; ++i) {
    const Event change = route(100 * i, 0, 0, rib::DecisionStep::OnlyRoute, rib::KernelChange::Install, 35);
    made.add(i, 1, {&change, 1});
  }
  const std::string text = show::wave_text(made, net::Ipv4Prefix(), {});
  CHECK(std::ranges::count(text, '\n') <= 24);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    CHECK(end - begin <= 80);
    begin = end + 1;
  }
}
