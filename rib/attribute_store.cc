#include "rib/attribute_store.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "net/prefix.h"
#include "net/result.h"

namespace rib {

namespace {

class Hasher {
 public:
  void add(std::uint64_t value) { state_ = net::mix64(state_ * 0x9e3779b97f4a7c15u + value); }
  // Four sums side by side: one after the other, each would wait for the multiplication before it.
  void add_bytes(net::Bytes bytes) {
    add(bytes.size());
    if (bytes.size() >= kBlock) {
      std::array<std::uint64_t, 4> sums{1, 2, 3, 4};
      for (; bytes.size() >= kBlock; bytes = bytes.subspan(kBlock))
        for (std::size_t i = 0; i < sums.size(); ++i)
          sums[i] = std::rotl((sums[i] ^ word_at(bytes, 8 * i)) * 0x9e3779b97f4a7c15u, 29);
      for (const std::uint64_t sum : sums) add(sum);
    }
    for (; bytes.size() >= 8; bytes = bytes.subspan(8)) add(word_at(bytes, 0));
    for (const std::uint8_t octet : bytes) add(octet);
  }
  void add_address(const net::IpAddress& address) {
    if (address.is_ipv4())
      add(address.ipv4().value);
    else
      add_bytes(address.ipv6().bytes);
  }
  std::uint64_t value() const { return state_; }

 private:
  static constexpr std::size_t kBlock = 32;
  static std::uint64_t word_at(net::Bytes bytes, std::size_t at) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    return word;
  }

  std::uint64_t state_ = 1;
};

std::uint32_t hash_of(const bgp::PathAttributes& attributes) {
  Hasher hasher;
  hasher.add(static_cast<std::uint64_t>(attributes.origin) << 1 | (attributes.atomic_aggregate ? 1 : 0));
  hasher.add_bytes(attributes.as_path.wire());
  hasher.add_address(attributes.next_hop);
  hasher.add(std::uint64_t{attributes.med.value_or(0)} << 32 | attributes.local_pref.value_or(0));
  for (const auto community : attributes.communities) hasher.add(community);
  for (const auto& large : attributes.large_communities)
    hasher.add(std::uint64_t{large.local1} << 32 | large.local2);
  for (const auto& unknown : attributes.unknown) hasher.add_bytes(unknown.value);
  return static_cast<std::uint32_t>(hasher.value());  // the rarer attributes only tell equal hashes apart
}

std::uint64_t hash_of(const net::IpAddress& address) {
  Hasher hasher;
  hasher.add_address(address);
  return hasher.value();
}

template <class Item>
std::size_t heap_bytes(const std::vector<Item>& list) {
  return list.capacity() * sizeof(Item);
}

std::size_t heap_bytes(const bgp::RarerAttributes& rest) {
  std::size_t bytes = sizeof rest + heap_bytes(rest.unknown);
  for (const auto& unknown : rest.unknown) bytes += heap_bytes(unknown.value);
  for (const std::size_t list : {heap_bytes(rest.communities), heap_bytes(rest.extended_communities),
                                 heap_bytes(rest.large_communities), heap_bytes(rest.cluster_list)})
    bytes += list;
  return bytes;
}

}  // namespace

AttributeStore::AttributeStore(std::uint32_t local_as, Resolver resolver, net::Ipv4Address router_id)
    : local_as_(local_as),
      router_id_(router_id),
      resolver_(std::move(resolver)),
      records_(1),
      next_hops_(1) {}

// Neighbours' addresses, mostly; those that nobody uses any more make room.
std::uint32_t AttributeStore::use_next_hop(const net::IpAddress& address) {
  std::uint32_t number = next_hop_numbers_.find(
      hash_of(address), [&](std::uint32_t any) { return next_hops_[any].address == address; });
  if (number == HashIndex::kNone) {
    number = free_next_hops_.take(next_hops_);
    next_hops_[number] = {address, resolver_(address), 0};
    next_hop_numbers_.insert(number, [this](std::uint32_t any) { return hash_of(next_hops_[any].address); });
  }
  ++next_hops_[number].references;
  return number;
}

void AttributeStore::release_next_hop(std::uint32_t number) {
  if (--next_hops_[number].references > 0) return;
  next_hop_numbers_.erase(number, [this](std::uint32_t any) { return hash_of(next_hops_[any].address); });
  free_next_hops_.give_back(number);
}

std::span<const std::uint32_t> AttributeStore::communities_of(const Record& record) {
  if (!record.communities) return {};
  return {&record.communities[1], record.communities[0]};
}

std::size_t AttributeStore::heap_bytes(const Record& record) {
  return (record.communities ? (record.communities[0] + 1) * sizeof record.communities[0] : 0) +
         (record.rest ? rib::heap_bytes(*record.rest) : 0);
}

bool AttributeStore::equal(const Record& record, const bgp::PathAttributes& attributes) const {
  const bgp::RarerAttributes& rest = attributes;
  return record.origin == attributes.origin && next_hops_[record.next_hop].address == attributes.next_hop &&
         record.has_med == attributes.med.has_value() && record.med == attributes.med.value_or(0) &&
         record.has_local_pref == attributes.local_pref.has_value() &&
         record.local_pref == attributes.local_pref.value_or(0) &&
         as_paths_.equal(record.as_path, attributes.as_path) &&
         (record.rest ? *record.rest == rest
                      : std::ranges::equal(communities_of(record), rest.communities) &&
                            !rest.more_than_communities());
}

AttributeId AttributeStore::intern(const bgp::PathAttributes& attributes) {
  const std::uint32_t hash = hash_of(attributes);
  const AttributeId known = ids_.find(
      hash, [&](AttributeId id) { return records_[id].hash == hash && equal(records_[id], attributes); });
  if (known != HashIndex::kNone) {
    ++records_[known].references;
    return known;
  }
  const AttributeId id = free_.take(records_);
  Record& record = records_[id];
  record = {.as_path = as_paths_.add(attributes.as_path),
            .next_hop = use_next_hop(attributes.next_hop),
            .hash = hash,
            .references = 1,
            .med = attributes.med.value_or(0),
            .local_pref = attributes.local_pref.value_or(0),
            .traits = traits_of(attributes, local_as_, router_id_),
            .origin = attributes.origin,
            .has_med = attributes.med.has_value(),
            .has_local_pref = attributes.local_pref.has_value(),
            .communities = nullptr,
            .rest = nullptr};
  const bgp::RarerAttributes& rest = attributes;
  if (rest.more_than_communities()) {
    record.rest = std::make_unique<bgp::RarerAttributes>(rest);
  } else if (!rest.communities.empty()) {
    record.communities = std::make_unique_for_overwrite<std::uint32_t[]>(rest.communities.size() + 1);
    record.communities[0] = static_cast<std::uint32_t>(rest.communities.size());
    std::ranges::copy(rest.communities, &record.communities[1]);
  }
  heap_bytes_ += heap_bytes(record);
  ids_.insert(id, [this](AttributeId any) { return hash_of_record(any); });
  return id;
}

void AttributeStore::release(AttributeId id) {
  if (id == kNoAttributes || --records_[id].references > 0) return;
  ids_.erase(id, [this](AttributeId any) { return hash_of_record(any); });
  Record& record = records_[id];
  as_paths_.release(record.as_path);
  release_next_hop(record.next_hop);
  heap_bytes_ -= heap_bytes(record);
  record = Record{};
  free_.give_back(id);
}

bgp::PathAttributes AttributeStore::operator[](AttributeId id) const {
  const Record& record = records_[id];
  bgp::PathAttributes attributes;
  if (record.rest) static_cast<bgp::RarerAttributes&>(attributes) = *record.rest;
  if (const auto communities = communities_of(record); !communities.empty())
    attributes.communities.assign(communities.begin(), communities.end());
  attributes.origin = record.origin;
  attributes.next_hop = next_hops_[record.next_hop].address;
  attributes.as_path = as_paths_[record.as_path];
  if (record.has_med) attributes.med = record.med;
  if (record.has_local_pref) attributes.local_pref = record.local_pref;
  return attributes;
}

Merits AttributeStore::merits(AttributeId id) const {
  const Record& record = records_[id];
  Merits merits{.local_pref = record.has_local_pref ? record.local_pref : kDefaultLocalPref,
                .path_length = record.as_path.length,
                .neighbor_as = as_paths_.first_as(record.as_path),
                .origin = record.origin,
                .med = record.med,
                .originator_id = std::nullopt};
  if (record.rest) {
    merits.originator_id = record.rest->originator_id;
    merits.cluster_length = static_cast<std::uint32_t>(record.rest->cluster_list.size());
  }
  return merits;
}

bool AttributeStore::resolve_again() {
  bool changed = false;
  next_hop_numbers_.for_each([&](std::uint32_t number) {
    NextHop& next_hop = next_hops_[number];
    const auto interface = resolver_(next_hop.address);
    changed |= std::exchange(next_hop.interface, interface) != interface;
  });
  return changed;
}

}  // namespace rib
