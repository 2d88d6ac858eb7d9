#include "show/words.h"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

TEST_CASE("uptime at the edges of its forms") {
  using std::chrono::days;
  CHECK(show::uptime({}) == "never");
  CHECK(show::uptime(-5ms) == "00:00:00");
  CHECK(show::uptime(999ms) == "00:00:00");
  CHECK(show::uptime(59s) == "00:00:59");
  CHECK(show::uptime(23h + 59min + 59s) == "23:59:59");
  CHECK(show::uptime(24h) == "1d00h00m");
  CHECK(show::uptime(days{6} + 23h + 59min + 59s) == "6d23h59m");
  CHECK(show::uptime(days{7}) == "01w0d00h");
  CHECK(show::uptime(days{364} + 23h) == "52w0d23h");
  CHECK(show::uptime(days{365}) == "01y00w0d");
  CHECK(show::uptime(days{365 * 12 + 38}) == "12y05w3d");
}

TEST_CASE("memory in FRR's units") {
  CHECK(show::memory(0) == "0 bytes");
  CHECK(show::memory(1) == "1 byte");
  CHECK(show::memory(576) == "576 bytes");
  CHECK(show::memory(11 * 1024 - 1) == "11263 bytes");
  CHECK(show::memory(11 * 1024) == "11 KiB");
  CHECK(show::memory(39168) == "38 KiB");
  CHECK(show::memory(38 * 1024 + 512) == "39 KiB");
  CHECK(show::memory(1482928) == "1448 KiB");
  CHECK(show::memory(11 * 1024 * 1024 - 1) == "11264 KiB");
  CHECK(show::memory(11 * 1024 * 1024) == "11 MiB");
  CHECK(show::memory(5ull * 1024 * 1024 * 1024) == "5120 MiB");
}

TEST_CASE("dates") {
  CHECK(show::date(1795487148) == "Tue Nov 24 02:25:48 2026");
  CHECK(show::date(0) == "Thu Jan  1 00:00:00 1970");
  CHECK(show::date(951782400) == "Tue Feb 29 00:00:00 2000");
  const show::Clock clock{std::chrono::system_clock::time_point(100s)};
  CHECK(clock.epoch_seconds_ago(0ms) == 100);
  CHECK(clock.epoch_seconds_ago(1ms) == 99);
}

TEST_CASE("reasons in FRR's words") {
  using enum rib::DecisionStep;
  CHECK(show::reason(None) == "Nothing to Select");
  CHECK(show::reason(OnlyRoute) == "First path received");
  CHECK(show::reason(Weight) == "Weight");
  CHECK(show::reason(LocalPref) == "Local Pref");
  CHECK(show::reason(AsPathLength) == "AS Path");
  CHECK(show::reason(Origin) == "Origin");
  CHECK(show::reason(Med) == "MED");
  CHECK(show::reason(External) == "Peer Type");
  CHECK(show::reason(InteriorCost) == "IGP Metric");
  CHECK(show::reason(RouterId) == "Router ID");
  CHECK(show::reason(ClusterLength) == "Cluster length");
  CHECK(show::reason(PeerAddress) == "Neighbor IP");
}
