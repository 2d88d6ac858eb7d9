// Playing: the order of things, what is judged, and that a seed makes the same choices anywhere.
#include "scenario/play.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace scenario;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kHops = 5;

Oracle chain() {
  std::vector<RouterFacts> routers;
  for (std::uint32_t i = 0; i <= kHops; ++i)
    routers.push_back({fmt::format("R{}", i),
                       net::Ipv4Address(i),
                       net::Ipv4Address(100 + i),
                       net::Ipv4Address(200 + i),
                       {}});
  return Oracle(std::move(routers));
}

// Does nothing, notes everything, and answers as it is told.
class Notes final : public Stage {
 public:
  milliseconds now() override { return clock; }
  bool wait_until(milliseconds at) override {
    if (ends_at && at >= *ends_at) return false;
    clock = std::max(clock, at);
    return true;
  }
  std::string change(Thing thing, std::uint32_t number, bool up) override {
    constexpr const char* kNames[] = {"link", "session", "router"};
    note(fmt::format("{} {} {}", kNames[static_cast<int>(thing)], number, up ? "up" : "down"));
    return refusal;
  }
  std::string originate(std::uint32_t router, net::Ipv4Prefix prefix, bool announce) override {
    note(fmt::format("{} {} {}", announce ? "announce" : "withdraw", router, prefix.to_string()));
    return refusal;
  }
  bool await_quiet(milliseconds within) override {
    clock += std::min(within, quiet_after);
    return quiet_after <= within;
  }
  std::vector<Table> tables(const std::vector<std::uint32_t>& routers) override {
    std::vector<Table> answer;
    for (const std::uint32_t router : routers) answer.push_back(kernel[router]);
    return answer;
  }

  milliseconds clock{0}, quiet_after{50};
  std::optional<milliseconds> ends_at;
  std::string refusal;
  std::map<std::uint32_t, Table> kernel;
  std::vector<std::string> notes;

 private:
  void note(const std::string& what) { notes.push_back(fmt::format("{} {}", clock.count(), what)); }
};

struct Run {
  Outcome outcome;
  std::vector<std::string> verdicts;  // "LINE yes" or "LINE no: what was found"
};

Run run(std::string_view text, Notes& stage, std::uint64_t seed = 1) {
  const auto script = read_script(text, "x", {.hops = kHops, .name_prefix = "R"});
  INFO((script ? "" : script.error()));
  REQUIRE(script);
  Run result;
  result.outcome = play(*script, seed, chain(), stage, [&](const Played& played) {
    if (!played.is_expectation) return;
    result.verdicts.push_back(fmt::format("{} {}{}", played.statement->line, played.met ? "yes" : "no",
                                          played.met || played.what.empty() ? "" : ": " + played.what));
  });
  return result;
}

}  // namespace

TEST_CASE("what is written happens at its time and in its order", "[play]") {
  Notes stage;
  const auto played =
      run("at 2s router 3 up\nat 1s link 0-1 down\nsession 1-2 down\nat 3s announce 0 10.0.0.0/8\n"
          "withdraw 0 10.0.0.0/8\n",
          stage);
  CHECK(stage.notes == std::vector<std::string>{"1000 link 1 down", "1000 session 2 down", "2000 router 3 up",
                                                "3000 announce 0 10.0.0.0/8", "3000 withdraw 0 10.0.0.0/8"});
  CHECK(played.outcome.changes == 5);
  CHECK(played.outcome.expectations == 0);
  CHECK_FALSE(played.outcome.broken_off);
}

TEST_CASE("what comes after an expectation waits for its answer", "[play]") {
  Notes stage;
  stage.quiet_after = 300ms;
  const auto played =
      run("at 1s expect converged within 1s\nat 1.1s heal\nat 1.2s link 0-1 down\n"
          "at 2s expect converged within 100ms\nlink 0-1 up\n",
          stage);
  CHECK(stage.notes == std::vector<std::string>{"1300 link 1 down", "2100 link 1 up"});
  CHECK(played.verdicts == std::vector<std::string>{"1 yes", "4 no"});
  CHECK(played.outcome.unmet == 1);
}

TEST_CASE("routes and tables are judged, and what was found is told", "[play]") {
  Notes stage;
  const net::Ipv4Prefix ten(net::Ipv4Address::of(10, 0, 0, 0), 8);
  stage.kernel[2] = {{ten, net::Ipv4Address(102)}};
  for (const std::uint32_t router : {1u, 3u, 4u, 5u})
    stage.kernel[router] = {{ten, net::Ipv4Address(100 + router)}};
  const auto played =
      run("announce 0 10.0.0.0/8\nexpect tables\nexpect route R2 10.0.0.0/8 present\n"
          "expect route 2 10.0.0.0/8 absent\nexpect route 0 default present\nlink 3-4 down\nexpect tables\n",
          stage);
  CHECK(played.verdicts ==
        std::vector<std::string>{"2 yes", "3 yes", "4 no: it goes via 0.0.0.102", "5 no: there is none",
                                 "7 no: R4 has 10.0.0.0/8 via 0.0.0.104, and should have none"});
  CHECK(played.outcome.expectations == 5);
  CHECK(played.outcome.unmet == 3);
}

TEST_CASE("heal brings back what is down, and only that", "[play]") {
  Notes stage;
  run("link 0-1 down\nrouter 3 down\nsession 1-2 down\nsession 1-2 up\nat 1s heal\nheal\n", stage);
  CHECK(std::vector(stage.notes.begin() + 4, stage.notes.end()) ==
        std::vector<std::string>{"1000 router 3 up", "1000 link 1 up"});
}

TEST_CASE("random takes only what can be taken, and the seed alone decides which", "[play]") {
  const char* text =
      "repeat 6 every 1s link random down\nat 10s repeat 2 every 1s link random up\n"
      "at 20s router random down\nannounce random 10.0.0.0/8\nwithdraw random 10.0.0.0/8\n";
  Notes first, second, other;
  run(text, first, 7);
  run(text, second, 7);
  run(text, other, 8);
  CHECK(first.notes == second.notes);
  CHECK(first.notes != other.notes);
  // Five links are there to be cut; the sixth time there is none.
  std::set<std::string> cut;
  for (std::size_t i = 0; i < 5; ++i) cut.insert(first.notes[i].substr(first.notes[i].find(' ')));
  CHECK(cut.size() == 5);
  CHECK(first.notes.size() == 5 + 2 + 3);
  Notes seeded;
  run(fmt::format("seed 7\n{}", text), seeded, 99);
  CHECK(seeded.notes == first.notes);
}

TEST_CASE("what cannot be done ends it, with the line", "[play]") {
  Notes stage;
  stage.refusal = "no such device";
  const auto played = run("heal\nlink 0-1 down\nlink 1-2 down\n", stage);
  CHECK(played.outcome.error == "2: link 0-1 down: no such device");
  CHECK(stage.notes.size() == 1);
}

TEST_CASE("it can be broken off", "[play]") {
  Notes stage;
  stage.ends_at = 2s;
  const auto played = run("at 1s link 0-1 down\nat 2s link 1-2 down\n", stage);
  CHECK(played.outcome.broken_off);
  CHECK(stage.notes.size() == 1);
}
