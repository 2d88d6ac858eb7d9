// What the Tab key offers, as the shells' scripts ask for it.
#include "app/completion.h"

#include <algorithm>

#include <catch2/catch.hpp>

namespace {

using Words = std::vector<std::string>;

app::CompleteCommand ask(const Words& words) {
  std::vector<const char*> argv{"chainrouter", "complete", "--"};
  for (const auto& word : words) argv.push_back(word.c_str());
  const auto command = app::parse_command_line(static_cast<int>(argv.size()), argv.data());
  REQUIRE(std::holds_alternative<app::CompleteCommand>(command));
  return std::get<app::CompleteCommand>(command);
}

Words offered(const Words& words) {
  Words out;
  for (const auto& [word, help] : ask(words).completion.words) out.push_back(word);
  std::ranges::sort(out);
  return out;
}

}  // namespace

TEST_CASE("words that the definition of the options knows") {
  const std::pair<Words, Words> rows[] = {
      {{"sh"}, {"shell", "show", "shutdown"}},
      {{"--mr"}, {"--mrai", "--mrai-mode"}},
      {{"--mrai-mode", ""}, {"quagga", "rfc"}},
      {{"--mrai-mode", "r"}, {"rfc"}},
      {{"--hops", ""}, {}},
      {{"--hops", "3", "--rootl"}, {"--rootless"}},
      {{"--hops", "3", "doc"}, {"doctor"}},
      {{"list", ""}, {}},
      {{"list", "--f"}, {"--format"}},
      {{"list", "--format", ""}, {"csv", "json", "table"}},
      {{"events", "--format", "c"}, {"csv"}},
      {{"decode", "--format", ""}, {"bgpdump", "csv", "json", "table"}},
      {{"link", "50-51", ""}, {"down", "up"}},
      {{"completion", ""}, {"bash", "fish", "zsh"}},
      {{"completion", "bash", ""}, {}},
      {{"show", "ROUTER_1", "ip", "bgp", "sum"}, {"summary"}},
      {{"show", "ROUTER_1", "ip", "r"}, {"route"}},
      {{"show", "ROUTER_1", "adj-"}, {"adj-in", "adj-in-post", "adj-out"}},
      {{"nonsense", ""}, offered({""})},
      {{""}, offered({""})},
  };
  for (const auto& [words, expected] : rows) {
    INFO(words.back());
    CHECK(offered(words) == expected);
  }
  CHECK(offered({""}).size() > 20);
}

TEST_CASE("what the shell or the records know") {
  const auto completion = [](const Words& words) { return ask(words).completion; };
  for (const char* command : {"show", "exec", "shell", "trace", "announce", "withdraw", "clear", "refresh",
                              "shutdown", "enable", "router"}) {
    INFO(command);
    CHECK(completion({command, ""}).routers);
    CHECK_FALSE(completion({"--hops", ""}).routers);
  }
  CHECK(completion({"decode", ""}).files);
  CHECK(completion({"--scenario", ""}).files);
  CHECK(completion({"speak", "--config", ""}).files);
  CHECK(completion({"exec", "ROUTER_1", ""}).commands);
  CHECK(completion({"exec", "ROUTER_1", "--", "ping", ""}).files);
  CHECK(ask({"show", "ROUTER_1"}).typed == "ROUTER_1");
}

TEST_CASE("help beside a word is short") {
  for (const auto& [word, help] : ask({"--"}).completion.words) {
    INFO(word);
    CHECK_FALSE(help.empty());
    CHECK(help.find('[') == std::string::npos);
  }
}

TEST_CASE("there is a script for three shells") {
  for (const char* shell : {"bash", "zsh", "fish"}) CHECK(app::completion_script(shell));
  CHECK_FALSE(app::completion_script("tcsh"));
}
