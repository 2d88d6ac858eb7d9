#include "capture/decompress.h"

#include <algorithm>
#include <array>
#include <bzlib.h>
#include <limits>
#include <zlib.h>

#include <fmt/format.h>

namespace capture {

namespace {

using Octets = std::vector<std::uint8_t>;
constexpr std::size_t kStepOctets = 1u << 16;

bool is_gzip(net::Bytes octets) { return octets.size() >= 2 && octets[0] == 0x1f && octets[1] == 0x8b; }
bool is_bzip2(net::Bytes octets) {
  return octets.size() >= 4 && octets[0] == 'B' && octets[1] == 'Z' && octets[2] == 'h' && octets[3] >= '1' &&
         octets[3] <= '9';
}

enum class Step { More, MemberEnds, Damaged };

// One library's stream behind one face: `run` takes from the front of `in` and fills `out`, shortening both.
class Gzip {
 public:
  static constexpr const char* kName = "gzip";
  Gzip() { start(); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  ~Gzip() { inflateEnd(&stream_); }

  void restart() { inflateReset(&stream_); }
  Step run(net::Bytes& in, std::span<std::uint8_t>& out) {
    const auto given = static_cast<uInt>(std::min<std::size_t>(in.size(), kStepOctets));
    stream_.next_in = const_cast<Bytef*>(in.data());
    stream_.avail_in = given;
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<uInt>(out.size());
    const int status = inflate(&stream_, Z_NO_FLUSH);
    in = in.subspan(given - stream_.avail_in);
    out = out.last(stream_.avail_out);
    if (status == Z_STREAM_END) return Step::MemberEnds;
    return status == Z_OK || status == Z_BUF_ERROR ? Step::More : Step::Damaged;
  }

 private:
  void start() {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    inflateInit2(&stream_, kGzipOnly);
  }
  z_stream stream_{};
};

class Bzip2 {
 public:
  static constexpr const char* kName = "bzip2";
  Bzip2() { BZ2_bzDecompressInit(&stream_, 0, 0); }
  Bzip2(const Bzip2&) = delete;
  Bzip2& operator=(const Bzip2&) = delete;
  ~Bzip2() { BZ2_bzDecompressEnd(&stream_); }

  void restart() {
    BZ2_bzDecompressEnd(&stream_);
    stream_ = {};
    BZ2_bzDecompressInit(&stream_, 0, 0);
  }
  Step run(net::Bytes& in, std::span<std::uint8_t>& out) {
    const auto given = static_cast<unsigned>(std::min<std::size_t>(in.size(), kStepOctets));
    // libbz2's interface is older than const.
    stream_.next_in = reinterpret_cast<char*>(const_cast<std::uint8_t*>(in.data()));
    stream_.avail_in = given;
    stream_.next_out = reinterpret_cast<char*>(out.data());
    stream_.avail_out = static_cast<unsigned>(out.size());
    const int status = BZ2_bzDecompress(&stream_);
    in = in.subspan(given - stream_.avail_in);
    out = out.last(stream_.avail_out);
    if (status == BZ_STREAM_END) return Step::MemberEnds;
    return status == BZ_OK ? Step::More : Step::Damaged;
  }

 private:
  bz_stream stream_{};
};

template <class Library>
net::Result<Octets, std::string> decompress_with(net::Bytes in, std::size_t max_octets,
                                                 bool (*starts_member)(net::Bytes)) {
  Library library;
  Octets octets;
  std::array<std::uint8_t, kStepOctets> buffer;
  bool in_member = true;
  while (in_member || starts_member(in)) {
    if (!in_member) library.restart();
    in_member = true;
    const std::size_t before = in.size();
    std::span<std::uint8_t> out(buffer);
    const Step step = library.run(in, out);
    const std::size_t made = buffer.size() - out.size();
    if (made > max_octets - octets.size())
      return std::unexpected(fmt::format("decompressed it is larger than the {} MiB that are allowed",
                                         std::max<std::size_t>(max_octets >> 20, 1)));
    octets.insert(octets.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(made));
    if (step == Step::Damaged)
      return std::unexpected(
          fmt::format("the {} data is damaged after {} octets", Library::kName, octets.size()));
    if (step == Step::MemberEnds) {
      in_member = false;
    } else if (made == 0 && before == in.size()) {
      return std::unexpected(
          fmt::format("the {} data ends too early, after {} octets", Library::kName, octets.size()));
    }
  }
  // Padding behind the last member is common on tapes; anything else is not ours to guess.
  if (std::ranges::any_of(in, [](std::uint8_t octet) { return octet != 0; }))
    return std::unexpected(
        fmt::format("{} octets behind the {} data are no more of it", in.size(), Library::kName));
  return octets;
}

}  // namespace

bool is_compressed(net::Bytes octets) { return is_gzip(octets) || is_bzip2(octets); }

net::Result<std::vector<std::uint8_t>, std::string> decompress(net::Bytes octets, std::size_t max_octets) {
  return is_gzip(octets) ? decompress_with<Gzip>(octets, max_octets, is_gzip)
                         : decompress_with<Bzip2>(octets, max_octets, is_bzip2);
}

}  // namespace capture
