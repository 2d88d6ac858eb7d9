// Modes, changes, filters and the pager of a connection.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "tests/vty/client.h"

using namespace vty;
using namespace std::string_literals;

TEST_CASE("who may only look stays where that can be done") {
  Client client(true);
  client.may_not_change();
  CHECK(client.send("enable\n") ==
        "enable\r\n% Only root and the user who runs this router may change it; you may look.\r\n"
        "ROUTER_50> ");
  CHECK(client.terminal().mode() == Mode::View);
}

TEST_CASE("configure terminal and the modes below it, with FRR's prompts") {
  Client client(false);
  client.send("enable\n");
  const auto prompt = [&](const std::string& line) { return screen(client.send(line + "\n")).back(); };
  CHECK(prompt("configure terminal") == "ROUTER_50(config)#");
  CHECK(prompt("router bgp") == "ROUTER_50(config-router)#");
  CHECK(prompt("address-family ipv4 unicast") == "ROUTER_50(config-router-af)#");
  CHECK(prompt("exit-address-family") == "ROUTER_50(config-router)#");
  CHECK(prompt("address-family ipv6") == "ROUTER_50(config-router-af)#");
  CHECK(prompt("exit") == "ROUTER_50(config-router)#");
  CHECK(prompt("exit") == "ROUTER_50(config)#");
  CHECK(prompt("router bgp 1050") == "ROUTER_50(config-router)#");
  CHECK(prompt("end") == "ROUTER_50#");
  for (const char* away : {"\x1a", "\x03", "end\n", "quit\nquit\n"}) {
    INFO(away);
    CHECK(prompt("conf t\nrouter bgp") == "ROUTER_50(config-router)#");
    CHECK(screen(client.send(away)).back() == "ROUTER_50#");
  }
  CHECK(client.send("conf t\nrouter bgp 5\n")
            .ends_with("\r\nBGP is already running; AS is 1050\r\nROUTER_50(config)# "));
  CHECK(screen(client.send("\x04")).back() == "ROUTER_50#");
  CHECK(client.changes().empty());
  client.send("exit\n");
  CHECK(client.terminal().wants_close());
}

TEST_CASE("changes reach the router, and what it says the user") {
  Client client(false);
  CHECK(client.send("en\nconf t\nrouter bgp\nnetwork 10.0.0.0/8\n")
            .ends_with("#\x20\r\nROUTER_50(config-router)# "));
  CHECK(client.send("no network 10.0.0.0/8\n") == "\r\n% said\r\nROUTER_50(config-router)# ");
  // A command of a mode above leads there, a wrong one nowhere.
  CHECK(client.send("address-family ipv4 unicast\nneighbor 10.0.0.1 shutdown message a | b\n")
            .ends_with("% said\r\nROUTER_50(config-router)# "));
  CHECK(client.send("nonsense\n").ends_with("Unknown command: nonsense\r\nROUTER_50(config-router)# "));
  CHECK(client.send("do clear ip bgp *\n").ends_with("% said\r\nROUTER_50(config-router)# "));
  REQUIRE(client.changes().size() == 4);
  CHECK(std::get<command::SetNeighborShutdown>(client.changes()[2]).message == "a | b");
  CHECK_FALSE(std::get<command::ClearNeighbors>(client.changes()[3]).neighbor);
}

TEST_CASE("a filter chooses lines") {
  Client client(false);
  const auto lines = [&](const std::string& filter) {
    return client.send("show version | " + filter + "\n");
  };
  CHECK(lines("include speaker") ==
        "\r\nA BGP-4 speaker; its namespace, links and neighbors live in one process.\r\nROUTER_50> ");
  CHECK(lines("exclude ^A").starts_with("\r\nchainrouter 1.2.3 (ROUTER_50).\r\nROUTER_50> "));
  CHECK(lines("begin BGP").starts_with("\r\nA BGP-4"));
  CHECK(lines("count .") == "\r\nNumber of lines which match regexp = 2\r\nROUTER_50> ");
  CHECK(lines("include zzz") == "\r\nROUTER_50> ");
  CHECK(lines("grep x") == "\r\n% Unknown action 'grep'\r\nROUTER_50> ");
  CHECK(lines("include") == "\r\n% Need a regexp to filter with\r\nROUTER_50> ");
  CHECK(lines("include *a[").find("\r\n% Bad regexp '*a['\r\n") != std::string::npos);
  CHECK(client.send("nonsense | include x\n").find("Unknown command: nonsense") != std::string::npos);
  CHECK(Client(true).line_after("show version | in\tx") == "ROUTER_50> show version | include x");
  CHECK(Client(true).line_after("show version |in\tx") == "ROUTER_50> show version |include x");
}

// A telnet client in a window.
const std::string kWindow = "\xff\xfb\x1f\xff\xfa\x1f\x00\x50\x00\x05\xff\xf0"s;  // 80 columns, 5 rows
std::string ten_lines(const ShowCommand&) { return "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"; }

TEST_CASE("a long answer waits for a key where somebody sits in front of a window") {
  Client client(true, ten_lines);
  client.send(kWindow);
  const std::string more = " --More-- ", wiped = "\r          \r", prompt = "ROUTER_50> ";
  CHECK(client.send("show version\n") == "show version\r\n1\r\n2\r\n3\r\n4\r\n" + more);
  CHECK(client.send("\r") == wiped + "5\r\n" + more);
  CHECK(client.send("\x1b[B") == wiped + "6\r\n" + more);
  CHECK(client.send("\x1b[A\x1b[1~").find("7\r\n8") != std::string::npos);
  CHECK(client.terminal().take_output().empty());
  CHECK(client.send("show version\n") == "show version\r\n1\r\n2\r\n3\r\n4\r\n" + more);
  CHECK(client.send("  ") == wiped + "5\r\n6\r\n7\r\n8\r\n" + more + wiped + "9\r\n10\r\n" + prompt);
  for (const char* no_more : {"q", "Q", "\x03", "\x04", "\x1b\x03"}) {
    client.send("show version\n");
    CHECK(client.send(no_more) == wiped + prompt);
  }
  client.send("show version | begin 8\n");
  CHECK(client.send("x").ends_with("\a") == false);
}

TEST_CASE("the pager's screen is the window, or what terminal length says") {
  Client client(true, ten_lines);
  client.send(kWindow);
  const auto pauses = [&] {
    const bool waits = client.send("show version\n").ends_with(" --More-- ");
    if (waits) client.send("q");
    return waits;
  };
  CHECK(pauses());
  client.send("terminal length 0\n");
  CHECK_FALSE(pauses());
  client.send("terminal length 11\n");
  CHECK_FALSE(pauses());
  client.send("terminal length 10\n");
  CHECK(pauses());
  client.send("terminal no length\n");
  CHECK(pauses());
  client.send("\xff\xfa\x1f\x00\x50\x00\x20\xff\xf0"s);  // it is larger now
  CHECK_FALSE(pauses());
}

TEST_CASE("a script is never made to wait") {
  Client pipe(false, ten_lines);
  CHECK(pipe.send("terminal length 2\nshow version\n").ends_with("10\r\nROUTER_50> "));
  Client echo_only(true, ten_lines);
  CHECK(echo_only.send("terminal length 2\nshow version\n").ends_with("10\r\nROUTER_50> "));
  Client no_size(true, ten_lines);
  no_size.send("\xff\xfb\x1f\xff\xfa\x1f\x00\x00\x00\x00\xff\xf0"s);
  CHECK(no_size.send("show version\n").ends_with("10\r\nROUTER_50> "));
}
