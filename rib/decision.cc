#include "rib/decision.h"

#include <algorithm>
#include <array>
#include <vector>

namespace rib {

namespace {

std::uint32_t local_pref_of(const Candidate& route) { return route.shuts_down ? 0 : route.merits.local_pref; }

// RFC 4456 §9: a reflected route is compared by the router that brought it into the AS.
net::Ipv4Address router_id_of(const Candidate& route) {
  return route.merits.originator_id.value_or(route.router_id);
}

// The candidates that are left, as indices, in place.
class Field {
 public:
  explicit Field(std::span<const Candidate> candidates) : candidates_(candidates) {
    if (candidates.size() > kInPlace) large_.resize(candidates.size());
    left_ = candidates.size() > kInPlace ? std::span(large_) : std::span(small_).first(candidates.size());
    for (std::size_t i = 0; i < left_.size(); ++i) left_[i] = i;
  }

  bool decided() const { return left_.size() == 1; }
  std::size_t winner() const { return left_.front(); }

  // Keeps the routes with the least measure.
  template <class Measure>
  void keep_least(Measure measure) {
    auto least = measure(candidates_[left_.front()]);
    for (const std::size_t index : left_) least = std::min(least, measure(candidates_[index]));
    keep_if([&](const Candidate& route) { return measure(route) == least; });
  }

  template <class Predicate>
  void keep_if(Predicate predicate) {
    std::size_t kept = 0;
    for (const std::size_t index : left_)
      if (predicate(candidates_[index])) left_[kept++] = index;
    left_ = left_.first(kept);
  }

  // MULTI_EXIT_DISC is compared among routes of one neighbouring AS only: a route goes when another of the
  // same neighbour has a lower one. Judged against the set as it stood before, so the order does not matter.
  void keep_lowest_med_of_each_neighbor() {
    std::size_t kept = 0;
    const auto beaten = [&](const Candidate& route) {
      return std::ranges::any_of(left_, [&](std::size_t other) {
        return candidates_[other].merits.neighbor_as == route.merits.neighbor_as &&
               candidates_[other].merits.med < route.merits.med;
      });
    };
    std::array<bool, kInPlace> small{};
    std::vector<char> large(left_.size() > kInPlace ? left_.size() : 0);
    const auto mark = [&](std::size_t at) -> bool { return large.empty() ? small[at] : large[at] != 0; };
    for (std::size_t at = 0; at < left_.size(); ++at) {
      const bool out = beaten(candidates_[left_[at]]);
      if (large.empty())
        small[at] = out;
      else
        large[at] = out ? 1 : 0;
    }
    for (std::size_t at = 0; at < left_.size(); ++at)
      if (!mark(at)) left_[kept++] = left_[at];
    left_ = left_.first(kept);
  }

 private:
  static constexpr std::size_t kInPlace = 64;
  std::span<const Candidate> candidates_;
  std::array<std::size_t, kInPlace> small_{};
  std::vector<std::size_t> large_;
  std::span<std::size_t> left_;
};

}  // namespace

std::string_view to_string(DecisionStep step) {
  switch (step) {
    case DecisionStep::None: return "no route";
    case DecisionStep::OnlyRoute: return "only route";
    case DecisionStep::Weight: return "locally originated";
    case DecisionStep::LocalPref: return "LOCAL_PREF";
    case DecisionStep::AsPathLength: return "AS_PATH length";
    case DecisionStep::Origin: return "ORIGIN";
    case DecisionStep::Med: return "MULTI_EXIT_DISC";
    case DecisionStep::External: return "eBGP over iBGP";
    case DecisionStep::InteriorCost: return "interior cost";
    case DecisionStep::RouterId: return "BGP identifier";
    case DecisionStep::ClusterLength: return "CLUSTER_LIST length";
    case DecisionStep::PeerAddress: return "peer address";
  }
  return "";
}

Merits merits_of(const bgp::PathAttributes& attributes) {
  return {.local_pref = attributes.local_pref.value_or(kDefaultLocalPref),
          .path_length = static_cast<std::uint32_t>(attributes.as_path.length()),
          .neighbor_as = attributes.as_path.first_as(),
          .origin = attributes.origin,
          .med = attributes.med.value_or(0),
          .originator_id = attributes.originator_id,
          .cluster_length = static_cast<std::uint32_t>(attributes.cluster_list.size())};
}

Selection select_best(std::span<const Candidate> candidates) {
  if (candidates.empty()) return {};
  if (candidates.size() == 1) return {0, DecisionStep::OnlyRoute};

  Field field(candidates);

  field.keep_least([](const Candidate& route) { return route.local ? 0 : 1; });
  if (field.decided()) return {field.winner(), DecisionStep::Weight};
  field.keep_least([](const Candidate& route) { return ~local_pref_of(route); });
  if (field.decided()) return {field.winner(), DecisionStep::LocalPref};
  field.keep_least([](const Candidate& route) { return route.merits.path_length; });  // a
  if (field.decided()) return {field.winner(), DecisionStep::AsPathLength};
  field.keep_least([](const Candidate& route) { return route.merits.origin; });  // b
  if (field.decided()) return {field.winner(), DecisionStep::Origin};
  field.keep_lowest_med_of_each_neighbor();  // c
  if (field.decided()) return {field.winner(), DecisionStep::Med};
  field.keep_least([](const Candidate& route) { return route.external ? 0 : 1; });  // d
  if (field.decided()) return {field.winner(), DecisionStep::External};
  field.keep_least([](const Candidate& route) { return route.interior_cost; });  // e
  if (field.decided()) return {field.winner(), DecisionStep::InteriorCost};
  field.keep_least([](const Candidate& route) { return router_id_of(route); });  // f
  if (field.decided()) return {field.winner(), DecisionStep::RouterId};
  field.keep_least([](const Candidate& route) { return route.merits.cluster_length; });
  if (field.decided()) return {field.winner(), DecisionStep::ClusterLength};
  field.keep_least([](const Candidate& route) { return route.peer_address; });  // g
  return {field.winner(), DecisionStep::PeerAddress};
}

}  // namespace rib
