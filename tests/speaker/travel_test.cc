// What one prefix costs on its way through a speaker in the middle of a quiet chain: allocations, from the
// octets that come in from one neighbour to those that go out to the other. A count that does not drift: who
// raises it has a reason, and says so.
#include <cstdlib>
#include <new>

#include "tests/speaker/speaker_world.h"

namespace {

std::size_t allocations = 0;  // this executable has one thread

void* allocate(std::size_t octets) {
  ++allocations;
  if (void* place = std::malloc(octets)) return place;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t octets) { return allocate(octets); }
void* operator new[](std::size_t octets) { return allocate(octets); }
void operator delete(void* place) noexcept { std::free(place); }
void operator delete[](void* place) noexcept { std::free(place); }
void operator delete(void* place, std::size_t) noexcept { std::free(place); }
void operator delete[](void* place, std::size_t) noexcept { std::free(place); }

using namespace speaker_test;

namespace {

// The path of a prefix that is so many routers away.
bgp::AsPath path_of(unsigned hops) {
  std::vector<std::uint32_t> path{World::as_of(0)};
  for (std::uint32_t as = 1000; path.size() < hops; ++as) path.push_back(as);
  return bgp::AsPath(path);
}

std::vector<std::uint8_t> octets_of(const bgp::Message& message) {
  std::vector<std::uint8_t> octets;
  bgp::encode(message, {}, octets);
  return octets;
}

// ROUTER_50 of a hundred hops: what comes from the left has come so far that each prefix has its own path.
class Travel {
 public:
  Travel() : world_(2, [](unsigned, speaker::NeighborConfig&) {}) {
    world_.establish(0);
    world_.establish(1);
    for (unsigned i = 1; i <= 50; ++i) {
      bgp::Update update = World::route(0, fmt::format("172.31.{}.0/24", i));
      update.attributes.as_path = path_of(i);
      world_.say(0, update);
    }
    world_.hear(1);
    bgp::Update there = World::route(0, "203.0.113.0/24"), gone;
    there.attributes.as_path = path_of(51);
    gone.withdrawn = there.announced;
    announcement_ = octets_of(there);
    withdrawal_ = octets_of(gone);
    out_.reserve(1 << 16);
    announce();  // what is kept for the next time is there from now on
    withdraw();
  }

  std::size_t announce() { return pass(announcement_); }
  std::size_t withdraw() { return pass(withdrawal_); }
  net::Bytes out() const { return out_; }

 private:
  std::size_t pass(net::Bytes octets) {
    out_.clear();
    const std::size_t before = allocations;
    world_.say_octets(0, octets);
    world_.take_octets(1, out_);
    return allocations - before;
  }

  World world_;
  std::vector<std::uint8_t> announcement_, withdrawal_, out_;
};

}  // namespace

TEST_CASE("a prefix on its way through a router allocates little", "[travel]") {
  Travel travel;
  const std::size_t announced = travel.announce();
  CHECK(travel.out().size() > 51 * 4);
  const std::size_t withdrawn = travel.withdraw();
  CHECK(!travel.out().empty());
  INFO(announced << " to announce, " << withdrawn << " to withdraw");
  CHECK(announced <= 9);
  CHECK(withdrawn <= 4);
}

// For a profiler: callgrind --toggle-collect, on Speaker::received and Speaker::take_output.
TEST_CASE("many prefixes on their way", "[.travels]") {
  Travel travel;
  for (int i = 0; i < 1000; ++i) {
    travel.announce();
    travel.withdraw();
  }
}
