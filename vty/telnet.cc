#include "vty/telnet.h"

namespace vty {

namespace {

// RFC 854.
constexpr std::uint8_t kSe = 240, kBreak = 243, kInterruptProcess = 244, kAreYouThere = 246,
                       kEraseCharacter = 247, kEraseLine = 248, kSb = 250, kWill = 251, kWont = 252,
                       kDo = 253, kDont = 254, kIac = 255;
constexpr std::uint8_t kEcho = 1, kSuppressGoAhead = 3, kNaws = 31, kLinemode = 34;

void say(std::string& out, std::uint8_t verb, std::uint8_t option) {
  for (const std::uint8_t octet : {kIac, verb, option}) out += static_cast<char>(octet);
}

}  // namespace

std::string Telnet::offers() {
  std::string out;
  say(out, kWill, kEcho);
  say(out, kWill, kSuppressGoAhead);
  say(out, kDont, kLinemode);
  say(out, kDo, kNaws);
  return out;
}

std::optional<std::uint8_t> Telnet::on_byte(std::uint8_t byte, std::string& out) {
  switch (state_) {
    case State::Data:
      if (byte != kIac) return on_data(byte);
      state_ = State::AfterIac;
      return std::nullopt;
    case State::AfterIac: return on_command(byte, out);
    case State::Option:
      state_ = State::Data;
      on_option(byte, out);
      return std::nullopt;
    case State::Subnegotiation:
      if (byte == kIac)
        state_ = State::SubnegotiationIac;
      else
        keep(byte);
      return std::nullopt;
    case State::SubnegotiationIac:
      if (byte == kIac) {  // a doubled one stands for itself
        keep(byte);
        state_ = State::Subnegotiation;
      } else {
        if (byte == kSe) end_subnegotiation();
        state_ = State::Data;
      }
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::uint8_t> Telnet::on_data(std::uint8_t byte) {
  const bool second = after_cr_ && (byte == '\n' || byte == 0);
  after_cr_ = byte == '\r';
  if (second) return std::nullopt;
  return byte == '\r' ? kNewline : byte;
}

std::optional<std::uint8_t> Telnet::on_command(std::uint8_t byte, std::string& out) {
  state_ = State::Data;
  switch (byte) {
    case kWill:
    case kWont:
    case kDo:
    case kDont:
      verb_ = byte;
      state_ = State::Option;
      return std::nullopt;
    case kSb:
      kept_octets_ = 0;
      state_ = State::Subnegotiation;
      return std::nullopt;
    case kIac: return on_data(byte);
    case kBreak:
    case kInterruptProcess: return kInterrupt;
    case kEraseCharacter: return kErase;
    case kEraseLine: return kKillLine;
    case kAreYouThere: out += "\r\n[yes]"; return kRedisplay;
    default: return std::nullopt;  // NOP, data mark, go-ahead, abort output…
  }
}

// Options that we have not offered are refused; answers to our offers are not answered again (RFC 1143).
void Telnet::on_option(std::uint8_t option, std::string& out) {
  switch (verb_) {
    case kDo:
      if (option == kEcho)
        echo_ = true;
      else if (option != kSuppressGoAhead)
        say(out, kWont, option);
      return;
    case kDont:
      if (option == kEcho) echo_ = false;
      return;
    case kWill:
      if (option != kNaws) say(out, kDont, option);
      return;
    default:  // WONT
      if (option == kNaws) window_.reset();
      return;
  }
}

void Telnet::keep(std::uint8_t byte) {
  if (kept_octets_ < kept_.size()) kept_[kept_octets_] = byte;
  if (kept_octets_ <= kept_.size()) ++kept_octets_;
}

void Telnet::end_subnegotiation() {
  if (kept_octets_ != kept_.size() || kept_[0] != kNaws) return;
  window_ = Window{static_cast<std::uint16_t>(kept_[1] << 8 | kept_[2]),
                   static_cast<std::uint16_t>(kept_[3] << 8 | kept_[4])};
}

}  // namespace vty
