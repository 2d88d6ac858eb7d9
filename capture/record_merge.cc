#include "capture/record_merge.h"

#include <algorithm>

namespace capture {

void RecordMerge::add(net::Bytes records) {
  net::ByteReader reader(records);
  while (!reader.empty()) {
    const net::Bytes start = reader.rest();
    const auto seconds = reader.u32();
    reader.u32();  // type, subtype
    const auto length = reader.u32();
    auto body = length ? reader.sub(*length) : std::nullopt;
    const auto microseconds = body ? body->u32() : std::nullopt;
    if (!microseconds) return;
    const net::Bytes whole = start.first(start.size() - reader.remaining());
    held_.push_back({Time(std::chrono::seconds(*seconds) + std::chrono::microseconds(*microseconds)),
                     {whole.begin(), whole.end()}});
    octets_ += whole.size();
  }
}

std::vector<std::uint8_t> RecordMerge::take_before(Time limit) {
  std::ranges::stable_sort(held_, {}, &Record::at);
  const auto end = std::ranges::lower_bound(held_, limit, {}, &Record::at);
  std::vector<std::uint8_t> taken;
  for (auto record = held_.begin(); record != end; ++record)
    taken.insert(taken.end(), record->octets.begin(), record->octets.end());
  held_.erase(held_.begin(), end);
  octets_ -= taken.size();
  return taken;
}

}  // namespace capture
