// The command line: what is accepted, and the one sentence that each mistake gets.
#include "app/options.h"

#include <vector>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

namespace {

app::Command parse(std::vector<const char*> words) {
  words.insert(words.begin(), "chainrouter");
  return app::parse_command_line(static_cast<int>(words.size()), words.data());
}

// The complaint; "" when the words were accepted.
std::string complaint(const std::vector<const char*>& words) {
  const auto command = parse(words);
  const auto* error = std::get_if<app::UsageError>(&command);
  return error == nullptr ? "" : error->sentence;
}

template <class Kind>
Kind accepted(const std::vector<const char*>& words) {
  const auto command = parse(words);
  const auto* error = std::get_if<app::UsageError>(&command);
  INFO(fmt::format("{}", fmt::join(words, " ")) << ": " << (error == nullptr ? "" : error->sentence));
  REQUIRE(std::holds_alternative<Kind>(command));
  return std::get<Kind>(command);
}

}  // namespace

TEST_CASE("each mistake gets one sentence that names the option and what was typed", "[options]") {
  const std::string long_key(81, 'k');
  struct Row {
    std::vector<const char*> words;
    std::string said;  // somewhere in the sentence
  };
  const Row rows[] = {
      {{"--simulate"}, "--scenario FILE says which"},
      {{"--scenario", "x", "--foreign", "1"}, "leave one of them out"},
      {{"link", "50-52", "down"}, "\"50-52\" are not neighbors: a link joins a router and the next one"},
      {{"link", "50", "down"}, "\"50\" is not a link like 50-51"},
      {{"link", "50-51", "sideways"}, "link 50-51 takes down or up, not \"sideways\""},
      {{"link", "50-51"}, "state"},
      {{"router", "fifty", "down"}, "\"fifty\" is not a router like 50 or ROUTER_50"},
      {{"speed"}, "speed"},
      {{"speed", "0"}, "speed takes a number from 0.001 to 1, not \"0\"; pause makes it stand"},
      {{"speed", "2"}, "not \"2\""},
      {{"speed", "nan"}, "not \"nan\""},
      {{"speed", "fast"}, "not \"fast\""},
      {{"pause", "--format", "xml"}, "--format takes table, json or csv, not \"xml\""},
      {{"snapshot", "keep", "x"}, "snapshot takes save, diff or check, not \"keep\""},
      {{"snapshot", "save"}, "files"},
      {{"snapshot", "save", "x", "y"}, "snapshot save takes one file"},
      {{"snapshot", "diff", "x"}, "snapshot diff takes two files"},
      {{"snapshot", "check", "x", "y"}, "snapshot check takes one file"},
      {{"watch", "--mrai", "601"}, "--mrai takes seconds from 0 to 600, not \"601\""},
      {{"watch", "--mrai", "x"}, "--mrai takes seconds from 0"},
      {{"--hops", "0"}, "--hops takes a number from 1 to 65790, not \"0\""},
      {{"--hops", "-5"}, "--hops takes a number from 1 to 65790, not \"-5\""},
      {{"--hops", "x"}, "not \"x\""},
      {{"--hops", "99999999"}, "not \"99999999\""},
      {{"--hops", "65791"}, "not \"65791\""},
      {{"--hops", "18446744073709551617"}, "not \"18446744073709551617\""},
      {{"--hops", "4294967297"}, "not \"4294967297\""},
      {{"--hops", "1.5"}, "not \"1.5\""},
      {{"--hops", "0x10"}, "not \"0x10\""},
      {{"--hops", " 5"}, "not \" 5\""},
      {{"--hops", "5 "}, "not \"5 \""},
      {{"--hops", "+5"}, "not \"+5\""},
      {{"--hops", ""}, "--hops"},
      {{"--hops"}, "--hops"},
      {{"--hops", "3", "--hops", "4"}, "--hops"},
      {{"--target", "x"}, "--target takes an IPv4 address or \"any\", not \"x\""},
      {{"--target", "1.2.3"}, "not \"1.2.3\""},
      {{"--target", "1.2.3.4.5"}, "not \"1.2.3.4.5\""},
      {{"--target", "1.2.3.256"}, "not \"1.2.3.256\""},
      {{"--target", "1.2.3.4/32"}, "not \"1.2.3.4/32\""},
      {{"--target", "2001:db8::1"}, "not \"2001:db8::1\""},
      {{"--target", "0.0.0.0"}, "not an address that a host can have"},
      {{"--target", "127.0.0.1"}, "not an address that a host can have"},
      {{"--target", "224.0.0.9"}, "not an address that a host can have"},
      {{"--target", "255.255.255.255"}, "not an address that a host can have"},
      {{"--target", "172.31.50.7"}, "lies in 172.31.50.0/24"},
      {{"--mrai", "-1"}, "--mrai takes seconds from 0 to 600, not \"-1\""},
      {{"--mrai", "601"}, "not \"601\""},
      {{"--mrai", "x"}, "not \"x\""},
      {{"--mrai", "nan"}, "not \"nan\""},
      {{"--mrai", "inf"}, "not \"inf\""},
      {{"--mrai", "3s"}, "not \"3s\""},
      {{"--mrai-mode", "frr"}, "--mrai-mode takes quagga or rfc, not \"frr\""},
      {{"--profile", "fast"}, "--profile takes lab or rfc, not \"fast\""},
      {{"--foreign", "x"}, "--foreign takes numbers of routers, like 5,10, not \"x\""},
      {{"--foreign", "5,"}, "not \"5,\""},
      {{"--foreign", "5,,6"}, "not \"5,,6\""},
      {{"--hops", "10", "--foreign", "11"}, "ROUTER_10"},
      {{"--router-memory", "much"}, "--router-memory takes a size from 64K to 1T, like 64M, not \"much\""},
      {{"--router-memory", "63K"}, "not \"63K\""},
      {{"--router-memory", "65535"}, "not \"65535\""},
      {{"--router-memory", "2T"}, "not \"2T\""},
      {{"--router-memory", "64m"}, "not \"64m\""},
      {{"--router-memory", "64MB"}, "not \"64MB\""},
      {{"--router-memory", "-64M"}, "not \"-64M\""},
      {{"--router-memory", "99999999999999999999"}, "not \"99999999999999999999\""},
      {{"--router-memory", "18446744073709551615G"}, "not \"18446744073709551615G\""},
      {{"--seed", "-1"}, "--seed takes a whole number, not \"-1\""},
      {{"--timeout", "0"}, "--timeout takes seconds from 0.001 to 86400, not \"0\""},
      {{"--timeout", "0.0001"}, "not \"0.0001\""},
      {{"--timeout", "-3"}, "not \"-3\""},
      {{"--timeout", "86401"}, "not \"86401\""},
      {{"--timeout", "nan"}, "not \"nan\""},
      {{"--md5", long_key.c_str()}, "--md5 takes a key of 1 to 80 octets"},
      {{"--ao", long_key.c_str()}, "--ao takes a key of 1 to 80 octets"},
      {{"--md5", "one", "--ao", "two"}, "--md5 and --ao exclude each other"},
      {{"--nexthops", "group"}, "--nexthops takes object or route, not \"group\""},
      {{"--name-prefix", ""}, "--name-prefix"},
      {{"--events", "many"}, "--events takes a number from 0 to 1048576, not \"many\""},
      {{"--events", "1048577"}, "--events takes a number from 0 to 1048576"},
      {{"why", "ROUTER_1", "10.0.0.1/8"}, "\"10.0.0.1/8\" is not a prefix"},
      {{"watch", "--prefix", "x"}, "\"x\" is not a prefix"},
      {{"--name-prefix", "a/b"}, "--name-prefix takes up to 32 letters"},
      {{"--name-prefix", "../x"}, "--name-prefix takes up to 32 letters"},
      {{"--name-prefix", "123456789012345678901234567890123"}, "--name-prefix takes up to 32 letters"},
      {{"--format", "xml"}, "--format takes table, json or csv, not \"xml\""},
      {{"list", "--format", "xml"}, "--format takes table, json or csv, not \"xml\""},
      {{"trace", "--format", "xml"}, "--format takes table, json or csv, not \"xml\""},
      {{"show", "all", "loc", "--format", "xml"}, "--format takes table, json or csv, not \"xml\""},
      {{"show", "all", "loc", "--neighbor", "x"}, "--neighbor takes an address, not \"x\""},
      {{"check", "fib", "--format", "xml"}, "--format takes table, json or csv, not \"xml\""},
      {{"check", "rib"}, "check takes \"fib\", not \"rib\""},
      {{"check"}, "what"},
      {{"wait", "converged", "5"}, "not \"converged 5\""},
      {{"wait", "route", "R"}, "not \"route R\""},
      {{"wait", "route", "R", "x"}, "\"x\" is not a prefix"},
      {{"wait", "route", "R", "203.0.113.0/24", "gone"}, "present or absent, not \"gone\""},
      {{"wait", "session", "R", "S", "sideways"}, "up or down, not \"sideways\""},
      {{"wait", "--timeout", "0"}, "--timeout takes seconds from 0.001 to 86400, not \"0\""},
      {{"wait", "--timeout", "nan"}, "not \"nan\""},
      {{"wait", "--timeout", "1e99"}, "not \"1e99\""},
      {{"top", "--sort", "name"}, "--sort takes cpu, memory, messages or queue, not \"name\""},
      {{"top", "--interval", "0.01"}, "--interval takes seconds from 0.1 to 86400, not \"0.01\""},
      {{"top", "--format", "xml"}, "--format takes table, json or csv"},
      {{"metrics", "--compat", "bird"}, "--compat takes frr, not \"bird\""},
      {{"trace", "--max-hops", "0"}, "--max-hops takes a number from 1 to 255, not \"0\""},
      {{"trace", "--max-hops", "256"}, "not \"256\""},
      {{"doctor", "--hops", "0"}, "--hops takes a number from 1 to 65790, not \"0\""},
      {{"--rootless", "maybe"}, "--rootless takes auto, yes or no, not \"maybe\""},
      {{"exec", "ROUTER_1"}, "exec takes a router and a command"},
      {{"exec", "ROUTER_1", "--"}, "exec takes a router and a command"},
      {{"exec"}, "router"},
      {{"show", "ROUTER_1"}, "command"},
      {{"announce", "ROUTER_1"}, "prefix"},
  };
  for (const Row& row : rows) {
    const std::string sentence = complaint(row.words);
    INFO(fmt::format("{}", fmt::join(row.words, " ")) << ": " << sentence);
    CHECK(!sentence.empty());
    CHECK(sentence.find(row.said) != std::string::npos);
    CHECK(sentence.find('\n') == std::string::npos);
  }
}

TEST_CASE("an unknown word gets the nearest right one, wherever it stands", "[options]") {
  struct Row {
    std::vector<const char*> words;
    std::string unknown, meant;  // meant empty: nothing is near enough
  };
  const Row rows[] = {
      {{"lsit"}, "lsit", "list"},
      {{"trase"}, "trase", "trace"},
      {{"doctr"}, "doctr", "doctor"},
      {{"claen"}, "claen", "clean"},
      {{"exce", "ROUTER_1", "ls"}, "exce", "exec"},
      {{"--hosp", "3"}, "--hosp", "--hops"},
      {{"--hop", "3"}, "--hop", "--hops"},
      {{"--mria", "3"}, "--mria", "--mrai"},
      {{"--exit-when-convergd"}, "--exit-when-convergd", "--exit-when-converged"},
      {{"--name-prefx", "A_"}, "--name-prefx", "--name-prefix"},
      {{"list", "--fromat", "json"}, "--fromat", "--format"},
      {{"trace", "--maxhops", "3"}, "--maxhops", "--max-hops"},
      {{"doctor", "--hop", "5"}, "--hop", "--hops"},
      {{"xyzzyplugh"}, "xyzzyplugh", ""},
      {{"clean", "everything"}, "everything", ""},
      {{"wait", "120"}, "120", ""},
  };
  for (const Row& row : rows) {
    const std::string sentence = complaint(row.words);
    INFO(fmt::format("{}", fmt::join(row.words, " ")) << ": " << sentence);
    CHECK(sentence.find(fmt::format("\"{}\"", row.unknown)) != std::string::npos);
    if (row.meant.empty())
      CHECK(sentence.find("did you mean") == std::string::npos);
    else
      CHECK(sentence.find(fmt::format("did you mean \"{}\"?", row.meant)) != std::string::npos);
  }
}

TEST_CASE("what is right becomes the values that were meant", "[options]") {
  SECTION("nothing at all: the lab of the talk") {
    const auto run = accepted<app::RunCommand>({});
    CHECK(run.lab.chain.hops == 100);
    CHECK(run.lab.chain.target == net::Ipv4Address::of(198, 51, 100, 1));
    CHECK(run.lab.chain.mrai.interval == 0ms);
    CHECK_FALSE(run.lab.exit_when_converged);
    CHECK(run.lab.pin_threads);
    CHECK(run.format == app::Format::Text);
  }
  SECTION("all of it") {
    const auto run = accepted<app::RunCommand>({"--hops",
                                                "65790",
                                                "--target",
                                                "8.8.8.8",
                                                "--mrai",
                                                "0.5",
                                                "--mrai-mode",
                                                "rfc",
                                                "--profile",
                                                "rfc",
                                                "--timeout",
                                                "0.25",
                                                "--seed",
                                                "18446744073709551615",
                                                "--name-prefix",
                                                "B-2_",
                                                "--format",
                                                "json",
                                                "--exit-when-converged",
                                                "--no-pin"});
    CHECK(run.lab.chain.hops == 65'790);
    CHECK(run.lab.chain.target == net::Ipv4Address::of(8, 8, 8, 8));
    CHECK(run.lab.chain.mrai.interval == 500ms);
    CHECK(run.lab.chain.mrai.mode == speaker::MraiMode::Rfc);
    CHECK(run.lab.chain.rfc_timers);
    CHECK(run.lab.timeout == 250ms);
    CHECK(run.lab.chain.seed == 18'446'744'073'709'551'615U);
    CHECK(run.lab.chain.name_prefix == "B-2_");
    CHECK(run.format == app::Format::Json);
    CHECK(run.lab.exit_when_converged);
    CHECK_FALSE(run.lab.pin_threads);
  }
  SECTION("--foreign in any order") {
    const auto foreign = accepted<app::RunCommand>({"--foreign", "10,5,10"}).lab.chain.foreign;
    CHECK(foreign == std::vector<std::uint32_t>{5, 10});
  }
  SECTION("--target any") { CHECK(accepted<app::RunCommand>({"--target", "any"}).lab.chain.answer_any); }
  SECTION("the timeout grows with the chain and with MRAI") {
    const auto timeout = [](const std::vector<const char*>& words) {
      return accepted<app::RunCommand>(words).lab.timeout;
    };
    CHECK(timeout({"--hops", "1000"}) > timeout({"--hops", "10"}));
    // Every hop may wait one interval.
    CHECK(timeout({"--hops", "20", "--mrai", "30"}) >= 20 * 30s);
  }
  SECTION("the command of exec is left alone, options and all") {
    const std::vector<std::string> ping = {"ping", "-c", "3", "--", "--hops"};
    CHECK(accepted<app::ExecCommand>({"exec", "R_5", "--", "ping", "-c", "3", "--", "--hops"}).command ==
          ping);
    const std::vector<std::string> route = {"ip", "-4", "route", "--help"};
    const auto exec = accepted<app::ExecCommand>({"exec", "R_5", "ip", "-4", "route", "--help"});
    CHECK(exec.command == route);
    CHECK(exec.router == "R_5");
  }
  SECTION("show takes its command quoted or not") {
    CHECK(accepted<app::ShowCommand>({"show", "R_5", "ip bgp summary"}).command == "ip bgp summary");
    CHECK(accepted<app::ShowCommand>({"show", "R_5", "ip", "bgp", "summary"}).command == "ip bgp summary");
  }
  SECTION("the others") {
    const auto trace =
        accepted<app::TraceCommand>({"trace", "R_5", "--target", "8.8.8.8", "--max-hops", "7"});
    CHECK(trace.from == "R_5");
    CHECK(trace.target == "8.8.8.8");
    CHECK(trace.max_hops == 7);
    CHECK(accepted<app::DoctorCommand>({"doctor", "--hops", "1000"}).hops == 1000);
    CHECK(accepted<app::ListCommand>({"list", "--format", "json"}).format == app::Format::Json);
    CHECK(accepted<app::EventsCommand>({"events", "A_1", "A_2", "--follow"}).routers.size() == 2);
    CHECK(accepted<app::EventsCommand>({"events", "--format", "json"}).format == app::Format::Json);
    CHECK(accepted<app::WhyCommand>({"why", "A_1", "0.0.0.0/0"}).prefix == net::IpPrefix(net::Ipv4Prefix()));
    CHECK(accepted<app::WatchCommand>({"watch", "--once"}).once);
    accepted<app::CleanCommand>({"clean"});
    using What = app::WaitCommand::What;
    CHECK(accepted<app::WaitCommand>({"wait"}).what == What::Quiet);
    CHECK_FALSE(accepted<app::WaitCommand>({"wait"}).timeout);
    const auto converged = accepted<app::WaitCommand>({"wait", "converged", "--timeout", "0.5"});
    CHECK((converged.what == What::Converged && converged.timeout == 500ms));
    const auto route = accepted<app::WaitCommand>({"wait", "route", "r9", "203.0.113.0/24", "absent"});
    CHECK((route.what == What::Route && route.router == "r9" && !route.holds));
    CHECK(net::to_string(route.prefix) == "203.0.113.0/24");
    CHECK(accepted<app::WaitCommand>({"wait", "route", "r9", "2001:db8::/32"}).holds);
    const auto session = accepted<app::WaitCommand>({"wait", "session", "5", "6", "down"});
    CHECK((session.what == What::Session && session.router == "5" && session.neighbor == "6" &&
           !session.holds));
    const auto table = accepted<app::ShowTableCommand>({"show", "1-5", "adj-in", "--format", "csv"});
    CHECK((table.routers == "1-5" && table.table == show::TableKind::AdjIn &&
           table.format == app::Format::Csv));
    CHECK(accepted<app::CheckFibCommand>({"check", "fib"}).routers == "all");
    CHECK(accepted<app::CheckFibCommand>({"check", "fib", "3-4"}).routers == "3-4");
    const auto top = accepted<app::TopCommand>({"top", "r1", "--sort", "queue", "--interval", "2", "--once"});
    CHECK((top.routers == "r1" && top.order == show::LoadOrder::Queue && top.interval == 2s && top.once));
    CHECK(accepted<app::MetricsCommand>({"metrics", "--compat", "frr"}).frr_names);
    CHECK(accepted<app::NetworkCommand>({"announce", "R_0", "203.0.113.0/24"}).announce);
    CHECK_FALSE(accepted<app::NetworkCommand>({"withdraw", "R_0", "203.0.113.0/24"}).announce);
    CHECK(accepted<app::RunCommand>({"--hops", "300", "--plan"}).plan_only);
    const auto run = accepted<app::RunCommand>({"--hops", "5", "--scenario", "x", "--simulate"});
    CHECK(run.scenario == "x");
    CHECK(run.simulate);
    const auto link = accepted<app::OutageCommand>({"link", "50-51", "down"});
    CHECK(link.router.empty());
    CHECK(link.outage.thing == scenario::Thing::Link);
    CHECK(link.outage.number == 51);
    CHECK_FALSE(link.outage.up);
    const auto cut = accepted<app::OutageCommand>({"session", "B_7-B_6", "up"});
    CHECK(cut.router == "B_7");
    CHECK(cut.outage.thing == scenario::Thing::Session);
    CHECK(cut.outage.up);
    CHECK(accepted<app::OutageCommand>({"router", "ROUTER_0", "down"}).router == "ROUTER_0");
  }
  SECTION("help and version are text, not mistakes") {
    CHECK(accepted<app::PrintCommand>({"--version"}).text.starts_with("chainrouter "));
    const auto help = accepted<app::PrintCommand>({"--help"}).text;
    for (const char* word :
         {"Examples:", "--hops", "--target", "--mrai", "--exit-when-converged", "trace", "clean"})
      CHECK(help.find(word) != std::string::npos);
    CHECK(accepted<app::PrintCommand>({"trace", "--help"}).text.find("--max-hops") != std::string::npos);
    for (const char* command : {"exec", "shell", "show", "list", "trace", "doctor", "clean", "announce",
                                "withdraw", "wait", "link", "session", "router", "events", "why", "watch"}) {
      INFO(command);
      const auto text = accepted<app::PrintCommand>({command, "--help"}).text;
      const auto examples = text.find("\nExamples:\n");
      REQUIRE(examples != std::string::npos);
      CHECK(text.find(fmt::format("  chainrouter {}", command), examples) != std::string::npos);
      CHECK(text.find("--exit-when-converged") == std::string::npos);  // its own examples, not the lab's
    }
  }
}

TEST_CASE("decode: the file, and what is known better than the file") {
  const auto plain = accepted<app::DecodeCommand>({"decode", "a.pcap"});
  CHECK(plain.file == "a.pcap");
  CHECK(plain.format == app::DecodeFormat::Text);
  CHECK(plain.max_mib == 1024);
  CHECK_FALSE(plain.options.four_octet_as);
  CHECK_FALSE(plain.options.ipv6_unicast);

  const auto options = accepted<app::DecodeCommand>(
      {"decode", "-", "--format", "json", "--as-width", "2", "--family", "ipv6", "--max-size", "1"});
  CHECK(options.file == "-");
  CHECK(options.format == app::DecodeFormat::Json);
  CHECK(options.options.four_octet_as == false);
  CHECK(options.options.ipv4_unicast == false);
  CHECK(options.options.ipv6_unicast == true);
  CHECK(options.max_mib == 1);

  CHECK(complaint({"decode", "-", "--format", "xml"}) ==
        "--format takes table, json, csv or bgpdump, not \"xml\"");
  CHECK(complaint({"decode", "-", "--as-width", "3"}) == "--as-width takes 2 or 4, not \"3\"");
  CHECK(complaint({"decode", "-", "--family", "vpn"}) ==
        "--family takes ipv4, ipv6 or ipv4+ipv6, not \"vpn\"");
  CHECK(complaint({"decode", "-", "--max-size", "0"}) == "--max-size takes MiB from 1 to 65536, not \"0\"");
}

TEST_CASE("the memory of a router is octets, or K, M, G or T of them, and no limit unless it is said",
          "[options]") {
  CHECK(accepted<app::RunCommand>({}).lab.chain.router_memory == std::nullopt);
  const std::pair<const char*, std::size_t> rows[] = {{"64K", 65'536},       {"65536", 65'536},
                                                      {"100000", 100'000},   {"64M", 67'108'864},
                                                      {"2G", 2'147'483'648}, {"1T", 1'099'511'627'776}};
  for (const auto& [text, octets] : rows) {
    INFO(text);
    const auto run = accepted<app::RunCommand>({"--hops", "2", "--router-memory", text});
    CHECK(run.lab.chain.router_memory == octets);
    for (const auto& router : app::chain(run.lab.chain)) CHECK(router.speaker.memory_limit == octets);
  }
}

TEST_CASE("whatever has a format has these three", "[options]") {
  const auto check = [](const auto& format_of) {
    CHECK(format_of("table") == app::Format::Text);
    CHECK(format_of("text") == app::Format::Text);  // the word of 1.0
    CHECK(format_of("json") == app::Format::Json);
    CHECK(format_of("csv") == app::Format::Csv);
  };
  check([](const char* word) { return accepted<app::RunCommand>({"--format", word}).format; });
  check([](const char* word) { return accepted<app::ListCommand>({"list", "--format", word}).format; });
  check([](const char* word) { return accepted<app::TraceCommand>({"trace", "--format", word}).format; });
  check([](const char* word) { return accepted<app::DoctorCommand>({"doctor", "--format", word}).format; });
  check([](const char* word) { return accepted<app::EventsCommand>({"events", "--format", word}).format; });
  check([](const char* word) {
    return accepted<app::WhyCommand>({"why", "r1", "0.0.0.0/0", "--format", word}).format;
  });
  check([](const char* word) { return accepted<app::TopCommand>({"top", "--format", word}).format; });
  check([](const char* word) { return accepted<app::MotionCommand>({"step", "--format", word}).format; });
  check([](const char* word) {
    return accepted<app::SnapshotCommand>({"snapshot", "check", "x", "--format", word}).format;
  });
  check([](const char* word) {
    return accepted<app::CheckFibCommand>({"check", "fib", "--format", word}).format;
  });
  check([](const char* word) {
    return accepted<app::ShowTableCommand>({"show", "all", "loc", "--format", word}).format;
  });
}

TEST_CASE("next hops are objects of the kernel's unless each route is to name its own", "[options]") {
  for (const auto& [words, nexthops] :
       {std::pair{std::vector<const char*>{}, netns::Nexthops::Objects},
        {std::vector<const char*>{"--nexthops", "object"}, netns::Nexthops::Objects},
        {std::vector<const char*>{"--nexthops", "route"}, netns::Nexthops::InEachRoute}}) {
    const auto run = accepted<app::RunCommand>(words);
    for (const auto& router : app::chain(run.lab.chain)) CHECK(router.nexthops == nexthops);
  }
}
