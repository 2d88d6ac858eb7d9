#include "rib/attribute_store.h"

#include <utility>

#include "net/prefix.h"
#include "net/result.h"

namespace rib {

namespace {

class Hasher {
 public:
  void add(std::uint64_t value) { state_ = net::mix64(state_ * 0x9e3779b97f4a7c15u + value); }
  void add_bytes(net::Bytes bytes) {
    add(bytes.size());
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + at, 8);
      add(word);
    }
    for (; at < bytes.size(); ++at) add(bytes[at]);
  }
  std::uint64_t value() const { return state_; }

 private:
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

std::size_t heap_bytes(const bgp::PathAttributes& attributes) {
  std::size_t bytes = attributes.as_path.wire().size() + attributes.communities.capacity() * 4 +
                      attributes.extended_communities.capacity() * 8 +
                      attributes.large_communities.capacity() * 12 + attributes.cluster_list.capacity() * 4;
  for (const auto& unknown : attributes.unknown) bytes += sizeof unknown + unknown.value.capacity();
  return bytes;
}

}  // namespace

AttributeStore::AttributeStore(std::uint32_t local_as, Resolver resolver, net::Ipv4Address router_id)
    : local_as_(local_as),
      router_id_(router_id),
      resolver_(std::move(resolver)),
      records_(1),
      ids_(8, Hash{&records_}, Equal{&records_}) {}

AttributeId AttributeStore::intern(const bgp::PathAttributes& attributes) {
  const Sought sought{attributes, hash_of(attributes)};
  if (const auto known = ids_.find(sought); known != ids_.end()) {
    ++records_[*known].references;
    return *known;
  }
  AttributeId id;
  if (free_.empty()) {
    id = static_cast<AttributeId>(records_.size());
    records_.emplace_back();
  } else {
    id = free_.back();
    free_.pop_back();
  }
  records_[id] = {.attributes = attributes,
                  .hash = sought.hash,
                  .references = 1,
                  .interface = resolver_(attributes.next_hop),
                  .traits = traits_of(attributes, local_as_, router_id_)};
  ids_.insert(id);
  return id;
}

void AttributeStore::release(AttributeId id) {
  if (id == kNoAttributes || --records_[id].references > 0) return;
  ids_.erase(id);
  records_[id] = Record{};
  free_.push_back(id);
}

bool AttributeStore::resolve_again() {
  bool changed = false;
  for (const AttributeId id : ids_) {
    const auto interface = resolver_(records_[id].attributes.next_hop);
    changed |= std::exchange(records_[id].interface, interface) != interface;
  }
  return changed;
}

std::size_t AttributeStore::bytes() const {
  std::size_t bytes = records_.size() * sizeof(Record) + ids_.size() * 4 * sizeof(void*);
  for (const AttributeId id : ids_) bytes += heap_bytes(records_[id].attributes);
  return bytes;
}

}  // namespace rib
