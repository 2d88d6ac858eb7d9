// A whole connection: octets in, octets out, and what an eye would see on the screen.
#include <random>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "tests/vty/client.h"

using namespace vty;
using namespace std::string_literals;

TEST_CASE("greeting: our own, two blank lines, offers, prompt") {
  const Client client(false);
  CHECK(client.greeting() ==
        "\r\nHello, this is chainrouter (version 1.2.3).\r\nRouter ROUTER_50; ? for help.\r\n"
        "\r\n\r\n" +
            Telnet::offers() + "ROUTER_50> ");
}

TEST_CASE("a session as in FRR's capture, for a client with echo") {
  Client client(true);
  CHECK(client.send("terminal length 0\r\0"s) == "terminal length 0\r\nROUTER_50> ");
  CHECK(client.terminal().length() == 0u);
  const auto summary = client.send("sh ip bgp sum\r\n");
  CHECK(summary.starts_with("sh ip bgp sum\r\n\r\nIPv4 Unicast Summary (VRF default):\r\n"));
  CHECK(summary.ends_with("\r\nTotal number of neighbors 2\r\nROUTER_50> "));
  for (std::size_t at = summary.find('\n'); at != std::string::npos; at = summary.find('\n', at + 1))
    REQUIRE(summary[at - 1] == '\r');
  CHECK(client.send("terminal no length\r\n") == "terminal no length\r\nROUTER_50> ");
  CHECK_FALSE(client.terminal().length());
  CHECK(client.send("exit\r\nshow version\r\n") == "exit\r\n");
  CHECK(client.terminal().wants_close());
}

TEST_CASE("a script that never negotiates gets answers without its own words") {
  Client client(false);
  const auto out = client.send("terminal length 0\nshow ip bgp 172.31.7.9\nnonsense\nquit\n");
  CHECK(screen(out)[1] == "ROUTER_50>");
  CHECK(out.starts_with("\r\nROUTER_50> \r\nBGP routing table entry for 172.31.7.0/24, version 0\r\n"));
  CHECK(out.ends_with("ROUTER_50> \r\n% [BGP] Unknown command: nonsense\r\nROUTER_50> \r\n"));
  CHECK(out.find('\b') == std::string::npos);
  CHECK(client.terminal().wants_close());
}

TEST_CASE("all show commands reach their view") {
  Client client(false);
  const auto begins = [&](const std::string& command, const std::string& expected) {
    INFO(command);
    CHECK(client.send(command + "\n").find("\r\n" + expected) == 0);
  };
  begins("show ip bgp", "BGP table version is 103");
  begins("show ip bgp json", "{\r\n \"vrfId\": 0,");
  begins("show ip bgp summary json", "{\r\n\"ipv4Unicast\":{");
  begins("show ip bgp 0.0.0.0/0", "BGP routing table entry for 0.0.0.0/0");
  begins("show ip bgp 0.0.0.0/0 json", "{\r\n  \"prefix\":\"0.0.0.0/0\"");
  begins("show ip bgp 8.8.8.8", "BGP routing table entry for 0.0.0.0/0");
  begins("show ip bgp 172.31.9.9 json", "{\r\n  \"prefix\":\"172.31.9.0/24\"");
  begins("show ip bgp 10.0.0.0/8", "% Network not in table\r\n");
  begins("show ip bgp 10.0.0.0/8 json", "{\r\n}\r\n");
  begins("show ip bgp neighbors", "BGP neighbor is 172.31.50.2,");
  begins("show ip bgp neighbors 172.31.51.1", "BGP neighbor is 172.31.51.1,");
  begins("show ip bgp neighbors json", "{\r\n  \"172.31.50.2\":{");
  begins("show ip bgp neighbors 172.31.51.1 json", "{\r\n  \"172.31.51.1\":{");
  begins("show ip bgp neighbors 172.31.50.2 advertised-routes", "BGP table version is 103");
  begins("show ip bgp neighbors 172.31.50.2 advertised-routes json", "{\r\n  \"bgpTableVersion\":103,");
  begins("show ip bgp neighbors 172.31.50.2 received-routes", "BGP table version is 103");
  begins("show ip bgp neighbors 172.31.50.2 routes", "BGP table version is 103");
  begins("show ip bgp neighbors 172.31.50.2 routes json", "{\r\n \"vrfId\": 0,");
  begins("show ip bgp neighbors 1.2.3.4 routes", "No such neighbor in this view/vrf\r\n");
  begins("show ip bgp neighbors 1.2.3.4 routes json", "{\r\n  \"warning\":\"No such neighbor");
  begins("show ip route", "Codes: K - kernel route");
  begins("show ip route json", "{\r\n  \"0.0.0.0/0\":[");
  begins("show ip route bgp", "Codes: K - kernel route");
  begins("show ip route kernel", "ROUTER_50> ");
  begins("show ip route 9.9.9.9", "Routing entry for 0.0.0.0/0\r\n  Known via \"bgp\"");
  begins("show ip route 172.31.50.0/24", "Routing entry for 172.31.50.0/24\r\n  Known via \"connected\"");
  begins("show ip route 10.0.0.0/8", "% Network not in table\r\n");
  begins("show ip route 10.0.0.0/8 json", "{\r\n}\r\n");
  begins("show ipv6 route", "Codes: K - kernel route, C - connected, S - static, R - RIPng");
  begins("show ipv6 route 2001:db8::7", "Routing entry for 2001:db8::/64\r\n  Known via \"connected\"");
  begins("show ipv6 route 2001:db8:2::/48 json", "{\r\n  \"2001:db8:2::/48\":[");
  begins("show version", "chainrouter 1.2.3 (ROUTER_50).");
  begins("show version json", "{\r\n  \"name\":\"chainrouter\"");
  begins("help", "Type ? ");
  begins("list", "    enable\r\n");
  client.send("enable\n");
  begins("show running-config", "\r\nCurrent configuration:\r\n!\r\n");
}

TEST_CASE("enable and disable change the prompt and what there is") {
  Client client(true);
  CHECK(client.send("enable\n") == "enable\r\nROUTER_50# ");
  CHECK(client.send("end\n") == "end\r\nROUTER_50# ");
  CHECK(client.send("?").find("\r\n  disable ") != std::string::npos);
  CHECK(client.send("disable\n") == "disable\r\nROUTER_50> ");
  CHECK(client.send("disable\n") == "disable\r\n% [BGP] Unknown command: disable\r\nROUTER_50> ");
}

TEST_CASE("keys") {
  const auto typed = [](const std::string& keys) { return Client(true).line_after(keys); };
  CHECK(typed("abc") == "ROUTER_50> abc");
  CHECK(typed("abc\x7f\x08x") == "ROUTER_50> ax");
  CHECK(typed("\x7f\x7fx") == "ROUTER_50> x");
  CHECK(typed("abc\x15yz") == "ROUTER_50> yz");
  CHECK(typed("show ip  \x17x") == "ROUTER_50> show x");
  CHECK(typed("bc\x01"
              "a\x05"
              "d") == "ROUTER_50> abcd");
  CHECK(typed("ac\x02"
              "b") == "ROUTER_50> abc");
  CHECK(typed("ac\x1b[Db\x1b[Cd") == "ROUTER_50> abcd");
  CHECK(typed("abc\x1b[H\x1b[3~X\x1b[F!") == "ROUTER_50> Xbc!");
  CHECK(typed("abc\x1bOD\x04") == "ROUTER_50> ab");
  CHECK(typed("abcd\x1b[1~\x1b[C\x0b") == "ROUTER_50> a");
  CHECK(typed("abc\x01\x06\x17z") == "ROUTER_50> zbc");
  CHECK(typed("a\x1b[200;7qb\x1bXc\xc3\xa4\x01\x1b") == "ROUTER_50> abc");
  CHECK(typed("a\x12") == "ROUTER_50> a");
  CHECK(typed("abc\x01\xff\xf6") == "ROUTER_50> abc");
}

TEST_CASE("^C gives the line up, ^D on an empty one closes") {
  Client client(true);
  CHECK(client.send("foo\x03") == "foo\r\nROUTER_50> ");
  CHECK_FALSE(client.terminal().wants_close());
  CHECK(client.send("\x04") == "\r\n");
  CHECK(client.terminal().wants_close());
}

TEST_CASE("history goes back and forth and keeps the line in hand") {
  Client client(true);
  for (int i = 0; i < 30; ++i) client.send(fmt::format("x{}\n", i));
  client.send("x29\n \n");  // neither a repetition nor blanks are kept
  const std::string up = "\x1b[A", down = "\x1b[B";
  client.send("draft");
  const auto line = [&](const std::string& keys) {
    return screen("ROUTER_50> draft" + client.send(keys)).back();
  };
  CHECK(line(up + up) == "ROUTER_50> x28");
  CHECK(screen("ROUTER_50> x28" + client.send(down + down + down)).back() == "ROUTER_50> draft");
  std::string all;
  for (int i = 0; i < 100; ++i) all += up;
  CHECK(line(all) == "ROUTER_50> x10");
  CHECK(screen("ROUTER_50> x10" + client.send("\x0e\x10\x10")).back() == "ROUTER_50> x10");
  CHECK(client.send("\n").find("Unknown command: x10\r\n") != std::string::npos);
}

TEST_CASE("? shows what may follow and leaves the line") {
  Client client(true);
  CHECK(client.send("show ip ?") ==
        "show ip \r\n  bgp    The BGP table\r\n  route  The routing table\r\nROUTER_50> show ip ");
  CHECK(client.send("bgp sum?") ==
        "bgp sum\r\n  summary  One line for each neighbor\r\nROUTER_50> show ip bgp sum");
  CHECK(client.send("mary json ?") ==
        "mary json \r\n  |     Choose lines of what is printed\r\n  <cr>  \r\n"
        "ROUTER_50> show ip bgp summary json ");
  CHECK(client.send("x ?").find("\r\n% There is no matched command.\r\nROUTER_50> ") != std::string::npos);
  CHECK(Client(true).line_after("show\x01?") == "ROUTER_50> show");
}

TEST_CASE("Tab completes a word, as far as it is clear, and else lists") {
  const auto typed = [](const std::string& keys) { return Client(true).line_after(keys); };
  CHECK(typed("sh\tip b\tsu\tj") == "ROUTER_50> show ip bgp summary j");
  CHECK(typed("sh\ti\tx") == "ROUTER_50> show ipx");  // or ipv6: no word yet
  CHECK(typed("ex\tx") == "ROUTER_50> exit x");
  CHECK(typed("zz\t") == "ROUTER_50> zz");
  CHECK(typed("show ip bgp 1\tx") == "ROUTER_50> show ip bgp 1x");
  CHECK(typed("sh v\x01\x1b[C\x1b[C\t") == "ROUTER_50> show  v");
  Client client(true);
  CHECK(client.send("e\t") == "e\r\nenable     exit       \r\nROUTER_50> e");
  CHECK(Client(true).send("en\t") == "enable ");
  CHECK(client
            .send("n\x15"
                  "disable\t")
            .ends_with('\a'));
}

TEST_CASE("a line too long: a bell, and it is not run") {
  Client client(true);
  const std::string full(LineEditor::kMaxLine, 'x');
  CHECK(client.send(full) == full);
  CHECK(client.send("y") == "\a");
  CHECK(client.send("\n") == "\r\n% Command is too long.\r\nROUTER_50> ");
  client.send(full + "yy");
  CHECK(client.send("\x15show version\n").find("chainrouter 1.2.3") != std::string::npos);
  CHECK(client.send(full + "\n").find("Unknown command: xxx") != std::string::npos);
}

TEST_CASE("a client that does not read is not read from") {
  std::size_t shown = 0;
  Terminal terminal(
      {"R", "1"},
      [&](const ShowCommand&) {
        ++shown;
        std::string line(10000, 'x');
        line += '\n';
        return line;
      },
      nullptr, [] { return false; });
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "show version\n";
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(many.data()), many.size());
  std::size_t at = terminal.feed(bytes);
  CHECK(at < many.size());
  CHECK(shown < 10);
  CHECK(terminal.feed(bytes.subspan(at)) == 0);
  while (at < many.size()) {
    CHECK(terminal.take_output().size() <= Terminal::kOutputHighWater + 10100);
    at += terminal.feed(bytes.subspan(at));
  }
  CHECK(shown == 1000);
}

TEST_CASE("any octets at all: no crash, bounded output, and the next line works") {
  const std::string keys =
      "enable\nconf t\n|include x show ip bgp summary e?\t\r\n\b\x7f\x01\x02\x03\x05\x06\x0b\x0e\x10\x12\x15\x17\x1b[ABCD3~O \xff\xfa\xf0\xfd\x01\xfb"s;
  for (unsigned seed = 0; seed < 300; ++seed) {
    INFO(seed);
    std::mt19937 random(seed);
    std::size_t largest_answer = 0;
    Terminal terminal(
        {"ROUTER_50", "1.2.3"},
        [&](const ShowCommand& command) {
          auto text = std::holds_alternative<command::ShowSummary>(command) ? show_chain(command) : "x\n"s;
          largest_answer = std::max(largest_answer, text.size());
          return text;
        },
        [](const ChangeCommand&) { return "% no\n"s; }, [] { return true; });
    std::string chunk;
    for (int round = 0; round < 40 && !terminal.wants_close(); ++round) {
      chunk.clear();
      for (auto count = random() % 400; count > 0; --count)
        chunk += random() % 8 == 0 ? static_cast<char>(random()) : keys[random() % keys.size()];
      // Never ^D here: it would end the session.
      std::erase(chunk, '\x04');
      const std::span bytes(reinterpret_cast<const std::uint8_t*>(chunk.data()), chunk.size());
      for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t taken = terminal.feed(bytes.subspan(at));
        at += taken;
        const auto output = terminal.take_output();
        REQUIRE((taken > 0 || !output.empty()));
        REQUIRE(output.size() <= Terminal::kOutputHighWater + 2 * largest_answer + 8 * LineEditor::kMaxLine);
      }
    }
    if (terminal.wants_close()) continue;
    // SE leaves a subnegotiation, ^C the pager, another one a line, whatever state they were in.
    const std::string last = "\xff\xf0\xff\xf0\x03\x03show version\n";
    terminal.feed({reinterpret_cast<const std::uint8_t*>(last.data()), last.size()});
    CHECK(terminal.take_output().find("\r\nx\r\nROUTER_50") != std::string::npos);
  }
}

TEST_CASE("one command from outside") {
  const auto text = [](std::string_view line) { return run_once(line, show_chain).text; };
  const auto summary = text("show ip bgp summary");
  CHECK(summary.starts_with("\nIPv4 Unicast Summary"));
  CHECK(text("ip bgp summary") == summary);
  CHECK(text("  bgp sum ") == summary);
  CHECK(text("sh ip bgp sum") == summary);
  CHECK(text("version").starts_with("chainrouter 1.2.3"));
  CHECK(run_once("ip bgp", show_chain).understood);
  for (const char* line : {"", "exit", "enable", "ip bgp nonsense", "terminal length 0", "show", "! x"}) {
    INFO(line);
    const auto answer = run_once(line, show_chain);
    CHECK_FALSE(answer.understood);
    CHECK(answer.text.starts_with("% "));
  }
  CHECK(text("ip bgp nonsense") == "% [BGP] Unknown command: show ip bgp nonsense\n");
  CHECK(text("ip bgp sumary") ==
        "% [BGP] Unknown command: show ip bgp sumary\n% Did you mean `show ip bgp summary`?\n");
}
