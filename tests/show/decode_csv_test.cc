// A row for each prefix of an UPDATE, one for anything else; the octets are written here by hand.
#include <catch2/catch.hpp>

#include "capture/read.h"
#include "show/decode.h"

namespace {

std::string csv_of(const std::string& hexadecimal) {
  const std::vector<std::uint8_t> octets(hexadecimal.begin(), hexadecimal.end());
  REQUIRE(capture::recognise(octets) == capture::Container::Hex);
  std::string text;
  const auto fault = capture::read(capture::Container::Hex, octets, {},
                                   [&](const capture::Entry& entry) { text += show::entry_csv(entry); });
  CHECK_FALSE(fault);
  return text;
}

}  // namespace

TEST_CASE("messages as CSV") {
  CHECK(show::entries_csv_heading() ==
        "time,type,connection,source,destination,peer,peer_as,action,prefix,next_hop,as_path,origin,med,"
        "local_pref,communities,detail\n");
  struct Row {
    const char* hexadecimal;
    const char* csv;
  };
  const Row rows[] = {
      {"0013 04", ",KEEPALIVE,,,,,,,,,,,,,,\n"},
      {"001d 01 04 fde9 0009 0a000001 00",
       ",OPEN,,,,,,,,,,,,,,\"AS 65001, hold time 9 s, identifier 10.0.0.1\"\n"},
      {"0017 02 00000000", ",UPDATE,,,,,,endOfRib,,,,,,,,ipv4-unicast\n"},
      {"0015 03 06 02", ",NOTIFICATION,,,,,,,,,,,,,,6/2 Cease/Administrative Shutdown\n"},
      {"0017 05 0001 00 01", ",ROUTE-REFRESH,,,,,,,,,,,,,,\"ipv4-unicast, subtype 0\"\n"},
      {"004e 02 0004 18cb0071 002d 40010100 400206 0202fde9fdea 400304 c0000201 800404 00000007"
       " 400504 00000064 c00808 fde90001ffffff01 100a01 100a02",
       ",UPDATE,,,,,,withdraw,203.0.113.0/24,,,,,,,\n"
       ",UPDATE,,,,,,announce,10.1.0.0/16,192.0.2.1,65001 65002,IGP,7,100,65001:1 no-export,\n"
       ",UPDATE,,,,,,announce,10.2.0.0/16,192.0.2.1,65001 65002,IGP,7,100,65001:1 no-export,\n"},
      {"ffffffffffffffffffffffffffffffff 0013 09",
       ",refused,,,,,,,,,,,,,,1/3 Message Header Error/Bad Message Type\n"},
  };
  for (const Row& row : rows) {
    INFO(row.hexadecimal);
    CHECK(csv_of(row.hexadecimal) == row.csv);
  }
}
