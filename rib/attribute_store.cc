#include "rib/attribute_store.h"

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
  if (attributes.next_hop.is_ipv4())
    hasher.add(attributes.next_hop.ipv4().value);
  else
    hasher.add_bytes(attributes.next_hop.ipv6().bytes);
  hasher.add(std::uint64_t{attributes.med.value_or(0)} << 32 | attributes.local_pref.value_or(0));
  for (const auto community : attributes.communities) hasher.add(community);
  for (const auto& large : attributes.large_communities)
    hasher.add(std::uint64_t{large.local1} << 32 | large.local2);
  for (const auto& unknown : attributes.unknown) hasher.add_bytes(unknown.value);
  return static_cast<std::uint32_t>(hasher.value());  // the rarer attributes only tell equal hashes apart
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
    : local_as_(local_as), router_id_(router_id), resolver_(std::move(resolver)), records_(1) {}

bool AttributeStore::equal(const Record& record, const bgp::PathAttributes& attributes) const {
  static const bgp::RarerAttributes kNothing;
  const bgp::RarerAttributes& rest = record.rest ? *record.rest : kNothing;
  return record.origin == attributes.origin && record.next_hop == attributes.next_hop &&
         record.has_med == attributes.med.has_value() && record.med == attributes.med.value_or(0) &&
         record.has_local_pref == attributes.local_pref.has_value() &&
         record.local_pref == attributes.local_pref.value_or(0) &&
         as_paths_.equal(record.as_path, attributes.as_path) &&
         rest == static_cast<const bgp::RarerAttributes&>(attributes);
}

AttributeId AttributeStore::intern(const bgp::PathAttributes& attributes) {
  const std::uint32_t hash = hash_of(attributes);
  const AttributeId known = ids_.find(
      hash, [&](AttributeId id) { return records_[id].hash == hash && equal(records_[id], attributes); });
  if (known != HashIndex::kNone) {
    ++records_[known].references;
    return known;
  }
  AttributeId id;
  if (free_.empty()) {
    id = static_cast<AttributeId>(records_.size());
    records_.emplace_back();
  } else {
    id = free_.back();
    free_.pop_back();
  }
  const bgp::RarerAttributes& rest = attributes;
  records_[id] = {
      .as_path = as_paths_.add(attributes.as_path),
      .next_hop = attributes.next_hop,
      .interface = resolver_(attributes.next_hop),
      .hash = hash,
      .references = 1,
      .med = attributes.med.value_or(0),
      .local_pref = attributes.local_pref.value_or(0),
      .traits = traits_of(attributes, local_as_, router_id_),
      .origin = attributes.origin,
      .has_med = attributes.med.has_value(),
      .has_local_pref = attributes.local_pref.has_value(),
      .rest = rest == bgp::RarerAttributes{} ? nullptr : std::make_unique<bgp::RarerAttributes>(rest)};
  if (records_[id].rest) rest_bytes_ += heap_bytes(*records_[id].rest);
  ids_.insert(id, [this](AttributeId any) { return hash_of_record(any); });
  return id;
}

void AttributeStore::release(AttributeId id) {
  if (id == kNoAttributes || --records_[id].references > 0) return;
  ids_.erase(id, [this](AttributeId any) { return hash_of_record(any); });
  as_paths_.release(records_[id].as_path);
  if (records_[id].rest) rest_bytes_ -= heap_bytes(*records_[id].rest);
  records_[id] = Record{};
  free_.push_back(id);
}

bgp::PathAttributes AttributeStore::operator[](AttributeId id) const {
  const Record& record = records_[id];
  bgp::PathAttributes attributes;
  if (record.rest) static_cast<bgp::RarerAttributes&>(attributes) = *record.rest;
  attributes.origin = record.origin;
  attributes.next_hop = record.next_hop;
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
  ids_.for_each([&](AttributeId id) {
    const auto interface = resolver_(records_[id].next_hop);
    changed |= std::exchange(records_[id].interface, interface) != interface;
  });
  return changed;
}

}  // namespace rib
