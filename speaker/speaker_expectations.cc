// Waiting for a speaker to be in a state, without asking again and again (Speaker::expect).
#include "speaker/speaker.h"

namespace speaker {

void Speaker::expect(Expectation expectation) {
  expectations_.push_back(std::move(expectation));
  meet_expectations();
}

void Speaker::meet_expectations() {
  std::erase_if(expectations_, [this](const Expectation& expectation) {
    if (!expectation.wanted()) return true;
    if (!expectation.holds(*this)) return false;
    expectation.met();
    return true;
  });
}

bool Speaker::has_route(const net::IpPrefix& prefix) const {
  bool found = false;
  for_each_entry(std::span(&prefix, 1), [&](const auto& tables, std::uint32_t number) {
    found = tables.rib.table()[number].active_slot != rib::Rib::kNobody;
  });
  return found;
}

}  // namespace speaker
