// What is down, and what follows from it.
#include "scenario/outages.h"

#include <catch2/catch.hpp>

using namespace scenario;

TEST_CASE("a link that is down is so at both ends", "[outages]") {
  Outages outages(4);
  CHECK(outages.none());
  outages.set(Thing::Link, 2, false);
  CHECK_FALSE(outages.none());
  CHECK_FALSE(outages.interface_up(1, 2));
  CHECK_FALSE(outages.interface_up(2, 2));
  CHECK(outages.interface_up(2, 3));
  CHECK_FALSE(outages.link_usable(2));
  CHECK_FALSE(outages.session_up(2));
  CHECK(outages.session_wanted(1, 2));  // it comes by itself when the link does
  outages.set(Thing::Link, 2, true);
  CHECK(outages.none());
  CHECK(outages.session_up(2));
}

TEST_CASE("a session that is down leaves its link alone", "[outages]") {
  Outages outages(4);
  outages.set(Thing::Session, 3, false);
  CHECK(outages.link_usable(3));
  CHECK_FALSE(outages.session_wanted(2, 3));
  CHECK_FALSE(outages.session_wanted(3, 3));
  CHECK_FALSE(outages.session_up(3));
}

TEST_CASE("a router that is down takes both of its links with it, the far ends only lose the carrier",
          "[outages]") {
  Outages outages(4);
  outages.set(Thing::Router, 2, false);
  for (const std::uint32_t link : {2u, 3u}) {
    CHECK_FALSE(outages.interface_up(2, link));
    CHECK_FALSE(outages.link_usable(link));
    CHECK_FALSE(outages.session_wanted(2, link));
  }
  CHECK(outages.interface_up(1, 2));
  CHECK(outages.session_wanted(1, 2));
  // What was ordered meanwhile holds when it is back.
  outages.set(Thing::Link, 2, false);
  outages.set(Thing::Session, 3, false);
  outages.set(Thing::Router, 2, true);
  CHECK_FALSE(outages.interface_up(2, 2));
  CHECK(outages.link_usable(3));
  CHECK_FALSE(outages.session_up(3));
}

TEST_CASE("links are numbered from 1, routers from 0", "[outages]") {
  const Outages outages(4);
  CHECK_FALSE(outages.exists(Thing::Link, 0));
  CHECK_FALSE(outages.exists(Thing::Session, 0));
  CHECK(outages.exists(Thing::Router, 0));
  for (const Thing thing : {Thing::Link, Thing::Session, Thing::Router}) {
    CHECK(outages.exists(thing, 4));
    CHECK_FALSE(outages.exists(thing, 5));
  }
}
