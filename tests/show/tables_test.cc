// Tables in pieces: put together they are one document, whatever the pieces; CSV quotes what has to be.
#include "show/tables.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "show/csv.h"

namespace {

using show::Piece;
using show::TableFormat;

std::vector<speaker::LocRoute> routes(std::size_t count) {
  std::vector<speaker::LocRoute> all(count);
  for (std::size_t i = 0; i < count; ++i) {
    all[i].prefix = net::Ipv4Prefix(net::Ipv4Address::of(10, static_cast<std::uint8_t>(i), 0, 0), 16);
    all[i].neighbor = net::Ipv4Address::of(172, 31, 0, 2);
    all[i].attributes.next_hop = net::Ipv4Address::of(172, 31, 0, 2);
    all[i].attributes.as_path = bgp::AsPath(std::vector<std::uint32_t>{100, 101});
    all[i].kernel = rib::KernelState::Installed;
  }
  return all;
}

// The table, `page` rows a piece; with a last piece of no rows where the rows end with a page, as the lab
// does.
std::string in_pieces(TableFormat format, const std::vector<speaker::LocRoute>& all, std::size_t page) {
  std::string text;
  Piece piece{.format = format, .router = "R\"1", .router_width = 6, .wide = false};
  for (std::size_t begin = 0;; begin += page) {
    const std::size_t end = std::min(begin + page, all.size());
    piece.first = begin == 0;
    piece.last = end - begin < page;
    piece.rows_before = begin;
    text += show::loc_table(piece, {all.begin() + static_cast<std::ptrdiff_t>(begin),
                                    all.begin() + static_cast<std::ptrdiff_t>(end)});
    piece.heading = false;
    if (piece.last) return text;
  }
}

}  // namespace

TEST_CASE("the pieces of a table are the table", "[tables]") {
  for (const auto format : {TableFormat::Text, TableFormat::Json, TableFormat::Csv})
    for (const std::size_t count : {0u, 1u, 4u, 7u}) {
      const auto whole = in_pieces(format, routes(count), 1000);
      for (const std::size_t page : {1u, 2u, 4u, 7u, 8u}) {
        INFO(count << " rows, " << page << " a piece");
        CHECK(in_pieces(format, routes(count), page) == whole);
      }
    }
  const auto document = nlohmann::json::parse(in_pieces(TableFormat::Json, routes(4), 2));
  CHECK(document["router"] == "R\"1");
  CHECK(document["routes"].size() == 4);
}

TEST_CASE("a neighbour's filter may leave the first pieces empty", "[tables]") {
  Piece piece{.format = TableFormat::Json, .router = "R", .last = false};
  std::string text = show::loc_table(piece, {});
  piece.first = false;
  piece.last = true;
  text += show::loc_table(piece, routes(2));
  CHECK(nlohmann::json::parse(text)["routes"].size() == 2);
}

TEST_CASE("text and CSV of the Loc-RIB", "[tables]") {
  CHECK(in_pieces(TableFormat::Text, routes(1), 10) ==
        "Router Prefix             Next hop        Kernel    Best by          AS path\n"
        "R\"1    10.0.0.0/16        172.31.0.2      installed no route         100 101\n");
  CHECK(in_pieces(TableFormat::Csv, routes(1), 10) ==
        "router,neighbor,family,prefix,next_hop,as_path,origin,med,local_pref,communities,reason,kernel,"
        "kernel_errno,age_ms\n"
        "\"R\"\"1\",172.31.0.2,ipv4-unicast,10.0.0.0/16,172.31.0.2,100 101,incomplete,,,,no "
        "route,installed,,0\n");
}

TEST_CASE("CSV quotes commas, quotation marks and ends of lines", "[tables]") {
  const std::string values[] = {"plain", "a,b", "say \"no\"", "two\nlines", ""};
  CHECK(show::csv_line(values) == "plain,\"a,b\",\"say \"\"no\"\"\",\"two\nlines\",\n");
}
