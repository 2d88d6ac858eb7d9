#include "app/kernel_fib.h"

namespace app {

namespace {

template <class Prefix>
netns::RouteChange change_for(const rib::BasicDecision<Prefix>& decision) {
  using Asked = rib::KernelChange;
  using Kind = netns::RouteChange::Kind;
  const Kind kind = decision.kernel == Asked::Install   ? Kind::Install
                    : decision.kernel == Asked::Replace ? Kind::Replace
                                                        : Kind::Remove;
  return {kind, decision.prefix, decision.next_hop, decision.interface};
}

}  // namespace

template <class Prefix>
std::vector<int> KernelFib::apply_all(std::span<const rib::BasicDecision<Prefix>> decisions) {
  using Asked = rib::KernelChange;
  std::vector<int> errors(decisions.size(), 0);
  if (decisions.size() == 1) {  // a prefix that travels alone
    if (decisions.front().kernel != Asked::Nothing)
      errors.front() = routes_.apply_one(change_for(decisions.front())).value();
    return errors;
  }
  changes_.clear();
  changes_.reserve(decisions.size());
  for (const auto& decision : decisions)
    if (decision.kernel != Asked::Nothing) changes_.push_back(change_for(decision));
  if (changes_.empty()) return errors;
  const auto results = routes_.apply(changes_);
  std::size_t asked = 0;
  for (std::size_t i = 0; i < decisions.size(); ++i)
    if (decisions[i].kernel != Asked::Nothing) errors[i] = results[asked++].value();
  if (changes_.capacity() > kKept)  // a router's largest batch is its first, mostly
    changes_ = std::vector<netns::RouteChange>();
  return errors;
}

template std::vector<int> KernelFib::apply_all(std::span<const rib::Decision>);
template std::vector<int> KernelFib::apply_all(std::span<const rib::Ipv6Decision>);

}  // namespace app
