// The page about a run: what it says, that it says it safely, and that it asks for nothing from elsewhere.
#include "show/run_page.h"

#include <catch2/catch.hpp>

#include "show/page_plot.h"

using namespace show;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

RunPage page() {
  RunPage run{.version = "1", .machine = "a <machine>", .command_line = "x --target '\"a\" & b'", .hops = 1};
  run.taken_at = "today";
  run.target = "198.51.100.1";
  run.phases = {{"namespaces", 10}, {"links", 30.5}, {"converged", 31}};
  for (const char* name : {"R<0>", "R1"}) {
    Load load{.router = name, .cpu = 2ms, .table_bytes = 2048};
    load.sessions = load.sessions_configured = 1;
    load.routes = 1234;
    run.loads.push_back(load);
  }
  return run;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t times = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++times;
  return times;
}

}  // namespace

TEST_CASE("a page without events says what is known", "[run_page]") {
  const std::string html = run_page(page(), nullptr, 0, net::Ipv4Prefix());
  CHECK_THAT(html, Contains("<h1>1 hop converged in <b>31.0 ms</b></h1>"));
  CHECK_THAT(html, Contains("R&lt;0&gt;") && Contains("a &lt;machine&gt;") &&
                       Contains("x --target '&quot;a&quot; &amp; b'"));
  CHECK_THAT(html, Contains("<b>1</b><span>BGP sessions, all up</span>") && Contains("<b>2,468</b>"));
  CHECK_THAT(html, Contains("--events 0"));
  CHECK_THAT(html, !Contains("<script") && !Contains("R<0>") && !Contains("http"));
  CHECK(count(html, "<section>") == count(html, "</section>"));
}

TEST_CASE("what is not well stands out", "[run_page]") {
  RunPage run = page();
  run.phases.clear();
  run.loads[1].sessions = 0;
  run.routes_failed = 3;
  const std::string html = run_page(run, nullptr, 0, net::Ipv4Prefix());
  CHECK_THAT(html, Contains("<b>not converged yet</b>"));
  CHECK_THAT(html, Contains("<li class=\"bad\"><b>0.5 of 1</b><span>BGP sessions up</span>"));
  CHECK_THAT(html, Contains("<li class=\"down\" title=\"R1: 0 of 1 sessions up"));
  CHECK_THAT(html, Contains("routes refused by the kernel"));
}

TEST_CASE("the wave of a prefix has a dot for each router, and its stages", "[run_page]") {
  speaker::History history({{"R0", {}}, {"R1", {}}}, {});
  for (std::uint32_t router = 0; router < 2; ++router) {
    speaker::Event event;
    event.kind = speaker::EventKind::Route;
    event.at = 5'000'000 + router * 1'000'000;
    event.detail = static_cast<std::uint8_t>(rib::DecisionStep::OnlyRoute);
    event.prefix = {.prefix = speaker::EventPrefix::of(net::Ipv4Prefix()), .took = 250'000};
    history.add(router, 1, std::vector{event});
  }
  RunPage run = page();
  run.events_lost = {0, 7};
  const std::string html = run_page(run, &history, 1'000'000, net::Ipv4Prefix());
  CHECK_THAT(html, Contains("The wave of the default route") && Contains("R1: 5.000 ms"));
  CHECK_THAT(html, Contains("Where the time went") && Contains("0.250"));
  CHECK_THAT(html, Contains("7 older ones are overwritten"));
}

TEST_CASE("numbers for people", "[run_page]") {
  CHECK(number_text(0) == "0");
  CHECK(number_text(1234567) == "1,234,567");
  CHECK(number_text(-1234.5, 0.1) == "-1,234.5");
  CHECK(number_text(0.25, 0.05) == "0.25");
  CHECK(number_text(999.96, 0.1) == "1,000.0");
}

TEST_CASE("a plot of nothing, and of one point", "[run_page]") {
  CHECK_THAT(plot_html({}), Contains("<svg"));
  Plot plot{.x_max = 1, .y_min = 3, .y_max = 3, .points = {{0, 3, "one"}}};
  CHECK_THAT(plot_html(plot), Contains("<title>one</title>") && !Contains("nan") && !Contains("inf"));
  plot.kind = Plot::Kind::Bars;
  plot.y_min = 0;
  CHECK_THAT(plot_html(plot), Contains("<rect") && !Contains("nan") && !Contains("inf"));
  CHECK(stacked_bar_html({{"a", 0}, {"b", 0}}, "ms").empty());
  CHECK_THAT(stacked_bar_html({{"a", 1}, {"b", 3}}, "ms"), Contains("width:75.000%"));
}
