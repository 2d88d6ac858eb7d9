// Shared by tests: octets written as annotated hex, and the captured sessions in tests/data/captures.
#pragma once

#include <charconv>
#include <chrono>
#include <cmath>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "bgp/capabilities.h"
#include "bgp/codec.h"

namespace captures {

using Octets = std::vector<std::uint8_t>;

// "40 01 01 00 (ORIGIN IGP)": two hex digits an octet, white space anywhere, remarks in parentheses. Throws
// std::invalid_argument on anything else, for a typing error in a test must not pass for a test.
inline Octets octets(std::string_view annotated) {
  Octets octets;
  std::optional<unsigned> high;
  bool remark = false;
  for (const char c : annotated) {
    if (remark || c == '(') {
      remark = c != ')';
      continue;
    }
    if (c == ' ' || c == '\n' || c == '\t') continue;
    unsigned digit = 0;
    if (std::from_chars(&c, &c + 1, digit, 16).ec != std::errc{})
      throw std::invalid_argument("not hex: " + std::string(annotated));
    if (high) octets.push_back(static_cast<std::uint8_t>(*high << 4 | digit));
    high = high ? std::nullopt : std::optional(digit);
  }
  if (high || remark) throw std::invalid_argument("hex ends too early: " + std::string(annotated));
  return octets;
}

inline std::string hex(net::Bytes octets) {
  std::string text;
  for (const std::uint8_t octet : octets) text += fmt::format("{:02x}", octet);
  return text;
}

// A message of this type around `body`, with a true header.
inline Octets message(bgp::MessageType type, const Octets& body) {
  Octets octets(16, 0xff);
  net::ByteWriter writer(octets);
  writer.u16(static_cast<std::uint16_t>(bgp::kHeaderOctets + body.size()));
  writer.u8(static_cast<std::uint8_t>(type));
  writer.bytes(body);
  return octets;
}

// One line of a .msgs file.
struct Event {
  std::chrono::microseconds at{};
  unsigned connection = 0;
  std::string source, destination;
  std::string type;  // a message's name, or SYN, FIN, RST
  Octets octets;     // the whole message; none for SYN, FIN, RST
  bool is_message() const { return !octets.empty(); }
};

inline std::ifstream open_capture(const std::string& file) {
  std::ifstream stream(std::string(TEST_DATA) + "/captures/" + file);
  if (!stream) throw std::runtime_error("cannot open tests/data/captures/" + file);
  return stream;
}

// The names in MANIFEST.tsv.
inline std::vector<std::string> scenarios() {
  std::ifstream stream = open_capture("MANIFEST.tsv");
  std::vector<std::string> names;
  std::string line;
  std::getline(stream, line);  // heading
  while (std::getline(stream, line)) names.push_back(line.substr(0, line.find('\t')));
  return names;
}

inline std::vector<Event> read_msgs(const std::string& scenario) {
  std::ifstream stream = open_capture(scenario + ".msgs");
  std::vector<Event> events;
  std::string line;
  while (std::getline(stream, line)) {
    std::istringstream fields(line);
    Event event;
    double seconds = 0;
    std::string ends, digits;
    if (!(fields >> seconds >> event.connection >> ends >> event.type))
      throw std::runtime_error("malformed line in " + scenario + ".msgs: " + line);
    fields >> digits;
    const auto arrow = ends.find('>');
    event.at = std::chrono::microseconds(std::llround(seconds * 1e6));
    event.source = ends.substr(0, arrow);
    event.destination = ends.substr(arrow + 1);
    event.octets = octets(digits);
    events.push_back(std::move(event));
  }
  return events;
}

// The first OPEN that `source` sent on the connection.
inline std::optional<bgp::Open> open_of(const std::vector<Event>& events, unsigned connection,
                                        const std::string& source) {
  for (const Event& event : events) {
    if (event.connection != connection || event.source != source || event.type != "OPEN") continue;
    const auto frame = bgp::next_frame(event.octets, bgp::kMaxMessageOctets);
    if (!frame || !*frame) return std::nullopt;
    const auto decoded = bgp::decode(**frame, {});
    if (!decoded) return std::nullopt;
    return std::get<bgp::Open>(*decoded);
  }
  return std::nullopt;
}

// What the two ends of the connection of `event` agreed on; the default where one of them sent no OPEN.
inline bgp::Agreed agreed_at(const std::vector<Event>& events, const Event& event) {
  const auto sent = open_of(events, event.connection, event.destination);
  const auto received = open_of(events, event.connection, event.source);
  return sent && received ? bgp::agree(*sent, *received) : bgp::Agreed{};
}

}  // namespace captures
