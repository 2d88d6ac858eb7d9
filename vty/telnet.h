// The telnet protocol of one connection: takes options and commands out of the byte stream, answers them, and
// leaves what the user typed. RFC 854, 857 (echo), 858 (suppress go-ahead), 1073 (window size). Knows no
// lines.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace vty {

// Control characters that the decoder makes and the line editor understands.
inline constexpr std::uint8_t kInterrupt = 0x03, kNewline = '\n', kRedisplay = 0x12, kKillLine = 0x15,
                              kErase = 0x7f;

class Telnet {
 public:
  // What we say first: WILL ECHO, WILL SUPPRESS-GO-AHEAD, DONT LINEMODE, DO NAWS.
  static std::string offers();

  // The next octet from the client. Gives a typed character, or nothing; CR LF, CR NUL, CR and LF are all
  // kNewline. Appends answers to `out`, at most a few octets for each taken.
  std::optional<std::uint8_t> on_byte(std::uint8_t byte, std::string& out);

  // Has the client agreed that we echo? One that never negotiates (nc, a script) shows its input itself, or
  // wants to read answers only.
  bool echo() const { return echo_; }

  struct Window {
    std::uint16_t columns = 0, rows = 0;
    friend bool operator==(const Window&, const Window&) = default;
  };
  std::optional<Window> window() const { return window_; }

 private:
  enum class State : std::uint8_t { Data, AfterIac, Option, Subnegotiation, SubnegotiationIac };

  std::optional<std::uint8_t> on_data(std::uint8_t byte);
  std::optional<std::uint8_t> on_command(std::uint8_t byte, std::string& out);
  void on_option(std::uint8_t option, std::string& out);
  void keep(std::uint8_t byte);
  void end_subnegotiation();

  State state_ = State::Data;
  std::uint8_t verb_ = 0;
  bool after_cr_ = false;
  bool echo_ = false;
  std::array<std::uint8_t, 5> kept_{};  // the beginning of a subnegotiation: option and window size
  std::size_t kept_octets_ = 0;         // all of them, also those beyond kept_
  std::optional<Window> window_;
};

}  // namespace vty
