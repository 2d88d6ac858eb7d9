// Random octets and damaged captures, with fixed seeds: decoding never crashes, never allocates by a length
// it has not checked, and what decodes without a fault survives encoding. Run under the sanitizers by the
// asan preset.
#include <random>

#include <catch2/catch.hpp>

#include "tests/bgp/captures.h"

using namespace bgp;
using captures::Octets;

namespace {

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  std::size_t below(std::size_t limit) { return engine_() % limit; }
  std::uint8_t octet() { return static_cast<std::uint8_t>(engine_()); }

 private:
  std::mt19937 engine_;
};

Agreed random_agreed(Random& random) {
  return {random.below(2) == 0, random.below(2) == 0, random.below(2) == 0, random.below(8) != 0,
          random.below(2) == 0};
}

void refit_length(Octets& message) {
  message[16] = static_cast<std::uint8_t>(message.size() >> 8);
  message[17] = static_cast<std::uint8_t>(message.size());
}

struct Counts {
  std::size_t refused = 0, faulty = 0, clean = 0;
};

bool is_outside_identity(const Message& message, const Agreed& agreed) {
  // A two-octet peer never learns numbers inside a confederation (RFC 6793 §4.2.2): they do not come back.
  const auto* update = std::get_if<Update>(&message);
  return update != nullptr && !agreed.four_octet_as &&
         (update->attributes.as_path.has(AsPath::SegmentType::ConfedSequence) ||
          update->attributes.as_path.has(AsPath::SegmentType::ConfedSet));
}

void check_identity(const Message& message, const Agreed& agreed) {
  if (is_outside_identity(message, agreed)) return;
  Octets encoded;
  encode(message, agreed, encoded);
  if (encoded.size() > max_octets(agreed)) return;  // AS4_PATH of a merged path may be longer than what came
  INFO(captures::hex(encoded));
  const auto frame = next_frame(encoded, max_octets(agreed));
  REQUIRE(frame.has_value());
  REQUIRE(frame->has_value());
  REQUIRE((*frame)->octets() == encoded.size());
  const auto again = decode(**frame, agreed);
  REQUIRE(again.has_value());
  if (*again != message) CHECK(*again == message);  // millions of CHECKs would be slow
}

void feed(const Octets& bytes, const Agreed& agreed, Counts& counts) {
  net::Bytes rest = bytes;
  while (true) {
    const auto frame = next_frame(rest, max_octets(agreed));
    if (!frame || !*frame) {
      ++counts.refused;
      return;
    }
    rest = rest.subspan((*frame)->octets());
    const auto decoded = decode(**frame, agreed);
    if (!decoded) {
      const auto& reply = decoded.error();
      if (reply.data.size() + 21 > max_octets(agreed)) FAIL("a reply that fits no message");
      ++counts.refused;
      continue;
    }
    const auto* update = std::get_if<Update>(&*decoded);
    if (update != nullptr && !update->faults.empty()) {
      for (const AttributeFault& fault : update->faults)
        if (fault.treatment == FaultTreatment::Reset) FAIL("a reset that did not reset");
      ++counts.faulty;
      continue;
    }
    ++counts.clean;
    check_identity(*decoded, agreed);
  }
}

void damage(Octets& message, Random& random) {
  for (std::size_t times = 1 + random.below(4); times > 0; --times) {
    const std::size_t at = random.below(message.size());
    const auto where = message.begin() + static_cast<std::ptrdiff_t>(at);
    switch (random.below(6)) {
      case 0: message[at] = random.octet(); break;
      case 1: message[at] = static_cast<std::uint8_t>(message[at] ^ 1u << random.below(8)); break;
      case 2: message[at] = random.below(2) == 0 ? 0 : 0xff; break;
      case 3: message.insert(where, random.octet()); break;
      case 4:
        if (message.size() > 20) message.erase(where);
        break;
      default: message.resize(std::max<std::size_t>(19, at)); break;
    }
  }
}

}  // namespace

TEST_CASE("random octets never crash") {
  Random random(20240601);
  Counts counts;
  for (int round = 0; round < 20'000; ++round) {
    Octets bytes(random.below(80));
    for (auto& octet : bytes) octet = random.octet();
    feed(bytes, random_agreed(random), counts);
  }
  CHECK(counts.refused == 20'000);
}

TEST_CASE("random bodies behind a true header never crash") {
  Random random(7);
  Counts counts;
  for (int round = 0; round < 30'000; ++round) {
    Octets body(random.below(64));
    for (auto& octet : body)
      octet = static_cast<std::uint8_t>(random.below(4) == 0 ? random.octet() : random.below(6));
    const auto type = static_cast<MessageType>(1 + random.below(5));
    feed(captures::message(type, body), random_agreed(random), counts);
  }
  CHECK(counts.refused > 1'000);
  CHECK(counts.clean > 100);
}

TEST_CASE("random attributes with true lengths: all treatments are met") {
  Random random(42);
  Counts counts;
  for (int round = 0; round < 60'000; ++round) {
    Octets attributes;
    for (std::size_t number = random.below(8); number > 0; --number) {
      constexpr std::uint8_t kCodes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 32, 35, 99};
      constexpr std::uint8_t kFlags[] = {0x40, 0x80, 0xc0, 0xe0};
      attributes.push_back(kFlags[random.below(4)]);
      attributes.push_back(kCodes[random.below(std::size(kCodes))]);
      Octets value(random.below(16));
      for (auto& octet : value) octet = static_cast<std::uint8_t>(random.below(3));
      attributes.push_back(static_cast<std::uint8_t>(value.size()));
      attributes.insert(attributes.end(), value.begin(), value.end());
    }
    Octets body = {0, 0};
    net::ByteWriter writer(body);
    writer.u16(static_cast<std::uint16_t>(attributes.size()));
    writer.bytes(attributes);
    if (random.below(2) == 0) writer.bytes(captures::octets("18 0a0100"));
    feed(captures::message(MessageType::Update, body), random_agreed(random), counts);
  }
  CHECK(counts.refused > 1'000);
  CHECK(counts.faulty > 1'000);
  CHECK(counts.clean > 1'000);
}

TEST_CASE("damaged captures never crash, and what still decodes survives encoding") {
  Random random(1994);
  Counts counts;
  for (const std::string& scenario : captures::scenarios()) {
    const auto events = captures::read_msgs(scenario);
    for (const auto& event : events) {
      if (!event.is_message()) continue;
      const Agreed agreed = captures::agreed_at(events, event);
      const int rounds = event.octets.size() > 1000 ? 20 : 150;
      for (int round = 0; round < rounds; ++round) {
        Octets bytes = event.octets;
        damage(bytes, random);
        if (random.below(4) != 0) {  // mostly past the header checks
          std::fill(bytes.begin(), bytes.begin() + 16, std::uint8_t{0xff});
          refit_length(bytes);
        }
        feed(bytes, random.below(4) == 0 ? random_agreed(random) : agreed, counts);
      }
    }
  }
  CHECK(counts.refused > 5'000);
  CHECK(counts.faulty > 500);
  CHECK(counts.clean > 2'000);
}
