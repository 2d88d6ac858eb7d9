#include "capture/read.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "bgp/message.h"
#include "capture/conversation.h"
#include "capture/hex_text.h"
#include "capture/message_cutter.h"
#include "capture/mrt.h"
#include "capture/packets.h"
#include "capture/tcp_streams.h"

namespace capture {

namespace {

constexpr std::size_t kMarkerOctets = 16;

bool starts_with_marker(net::Bytes octets) {
  return octets.size() >= kMarkerOctets &&
         std::ranges::all_of(octets.first(kMarkerOctets), [](std::uint8_t octet) { return octet == 0xff; });
}

// On BGP's port, or with a marker where a message would start.
bool is_bgp(const TcpConnection& connection) {
  return std::ranges::any_of(connection.ends, [](const Endpoint& end) { return end.port == bgp::kPort; }) ||
         std::ranges::any_of(connection.streams,
                             [](const TcpStream& stream) { return starts_with_marker(stream.octets); });
}

void decode_piece(const Piece& piece, net::Bytes octets, std::size_t side, Conversation& conversation,
                  const Place& place, const Sink& sink) {
  std::visit(net::overloaded{
                 [&](const bgp::Frame& frame) {
                   std::visit(
                       [&](auto&& what) {
                         sink({place, std::forward<decltype(what)>(what)});
                       },
                       conversation.decode(side, frame, octets));
                 },
                 [&](const bgp::Notification& reply) {
                   sink({place, Refused{reply, octets}});
                 },
                 [&](const Skipped& skipped) {
                   sink({place, skipped});
                 },
             },
             piece.what);
}

// The pieces of all streams, in the order in which their last octet was captured.
void decode_connections(const std::vector<TcpConnection>& connections,
                        const std::vector<std::optional<Time>>& times, const Options& options,
                        const Sink& sink) {
  struct Due {
    std::size_t packet, connection, side;
    Piece piece;
  };
  std::vector<Due> due;
  std::vector<Conversation> conversations(connections.size(), Conversation(options));
  for (std::size_t i = 0; i < connections.size(); ++i) {
    for (std::size_t side = 0; side < 2; ++side) {
      const TcpStream& stream = connections[i].streams[side];
      std::size_t packet = 0;  // never back in time: a stream's messages stay in their order
      for (Piece& piece : cut_messages(stream)) {
        packet = std::max(packet, stream.packet_at(piece.end()));
        due.push_back({packet, i, side, std::move(piece)});
      }
    }
  }
  std::ranges::stable_sort(due, {}, &Due::packet);
  for (const Due& one : due) {
    const TcpConnection& connection = connections[one.connection];
    const net::Bytes octets(connection.streams[one.side].octets);
    Place place;
    if (one.packet < times.size()) place.at = times[one.packet];
    place.connection = static_cast<unsigned>(one.connection + 1);
    place.source = connection.ends[one.side];
    place.destination = connection.ends[1 - one.side];
    decode_piece(one.piece, octets.subspan(one.piece.at, one.piece.octets), one.side,
                 conversations[one.connection], place, sink);
  }
}

template <class ReadPackets>
std::optional<std::string> read_packets(const ReadPackets& read_packets, net::Bytes octets,
                                        const Options& options, const Sink& sink) {
  TcpStreams streams;
  std::vector<std::optional<Time>> times;
  std::optional<std::uint32_t> unknown_link_type;
  bool known = false;
  auto fault = read_packets(octets, [&](const Packet& packet) {
    if (is_known_link_type(packet.link_type)) {
      known = true;
    } else {
      unknown_link_type = packet.link_type;
    }
    if (const auto segment = tcp_segment(packet.link_type, packet.octets))
      streams.add(*segment, times.size());
    times.push_back(packet.at);
  });
  auto connections = streams.take();
  std::erase_if(connections, [](const TcpConnection& connection) { return !is_bgp(connection); });
  decode_connections(connections, times, options, sink);
  if (!fault && unknown_link_type && !known)
    return fmt::format("packets of link type {} are not read here", *unknown_link_type);
  return fault;
}

void read_messages(net::Bytes octets, Conversation& conversation, const Sink& sink) {
  for (const Piece& piece : cut_messages(octets))
    decode_piece(piece, octets.subspan(piece.at, piece.octets), 0, conversation, {}, sink);
}

std::optional<std::string> read_hex(net::Bytes octets, const Options& options, const Sink& sink) {
  const std::string_view text(reinterpret_cast<const char*>(octets.data()), octets.size());
  const auto paragraphs = read_hex_text(text);
  if (const auto* fault = std::get_if<std::string>(&paragraphs)) return *fault;
  Conversation conversation(options);
  for (const HexParagraph& paragraph : std::get<std::vector<HexParagraph>>(paragraphs))
    for (const auto& messages : messages_of(paragraph)) read_messages(messages, conversation, sink);
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Container container) {
  switch (container) {
    case Container::Pcap: return "pcap";
    case Container::Pcapng: return "pcapng";
    case Container::Mrt: return "MRT";
    case Container::Hex: return "hex";
    case Container::Messages: return "messages";
  }
  return "";
}

std::optional<Container> recognise(net::Bytes octets) {
  if (is_pcap(octets)) return Container::Pcap;
  if (is_pcapng(octets)) return Container::Pcapng;
  if (starts_with_marker(octets)) return Container::Messages;
  if (is_hex_text(octets)) return Container::Hex;
  if (is_mrt(octets)) return Container::Mrt;
  return std::nullopt;
}

std::optional<std::string> read(Container container, net::Bytes octets, const Options& options,
                                const Sink& sink) {
  switch (container) {
    case Container::Pcap: return read_packets(read_pcap, octets, options, sink);
    case Container::Pcapng: return read_packets(read_pcapng, octets, options, sink);
    case Container::Mrt: return read_mrt(octets, options, sink);
    case Container::Hex: return read_hex(octets, options, sink);
    case Container::Messages: {
      Conversation conversation(options);
      read_messages(octets, conversation, sink);
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace capture
