// chainrouter decode: a file, or standard input, as BGP messages. Owns reading and writing; what the octets
// mean is capture/'s, how it is shown is show/'s. Every entry is written as soon as it is known.
#include "show/decode.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/standard_error.h"
#include "capture/decompress.h"
#include "capture/read.h"
#include "show/json_layout.h"

namespace app {

namespace {

using Octets = std::vector<std::uint8_t>;

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

Octets read_file(const std::string& name, std::size_t max_mib) {
  const std::unique_ptr<std::FILE, CloseFile> file(name == "-" ? stdin : std::fopen(name.c_str(), "rb"));
  const auto failed = [&](const char* what) {
    return std::system_error(errno, std::generic_category(), fmt::format("cannot {} {}", what, name));
  };
  if (file == nullptr) throw failed("open");
  Octets octets;
  std::vector<std::uint8_t> step(1u << 16);
  while (const std::size_t count = std::fread(step.data(), 1, step.size(), file.get())) {
    if (count > (max_mib << 20) - octets.size())
      throw std::runtime_error(
          fmt::format("{} is larger than the {} MiB that are read; --max-size allows more", name, max_mib));
    octets.insert(octets.end(), step.begin(), step.begin() + static_cast<std::ptrdiff_t>(count));
  }
  if (std::ferror(file.get()) != 0) throw failed("read");
  return octets;
}

// Precondition of all that follows: not compressed any more, whatever the user wrote on the outside.
Octets read_plain(const DecodeCommand& command) {
  Octets octets = read_file(command.file, command.max_mib);
  if (!capture::is_compressed(octets)) return octets;
  auto plain = capture::decompress(octets, command.max_mib << 20);
  if (!plain) throw std::runtime_error(fmt::format("{}: {}", command.file, plain.error()));
  return *std::move(plain);
}

void put(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size())
    throw std::system_error(errno, std::generic_category(), "cannot write");
}

class Output {
 public:
  Output(const DecodeCommand& command, capture::Container container) : format_(command.format) {
    if (format_ == DecodeFormat::Csv) put(show::entries_csv_heading());
    if (format_ != DecodeFormat::Json) return;
    put(fmt::format("{{\"schema\":\"chainrouter.decode/1\",\"file\":{},\"container\":\"{}\",\"entries\":[",
                    show::json_line(command.file), capture::name_of(container)));
  }

  void entry(const capture::Entry& entry) {
    ++counts_[show::kind_of(entry)];
    switch (format_) {
      case DecodeFormat::Text: return put(show::entry_text(entry));
      case DecodeFormat::Csv: return put(show::entry_csv(entry));
      case DecodeFormat::Bgpdump: return put(show::entry_bgpdump(entry));
      case DecodeFormat::Json:
        put(fmt::format("{}\n{}", first_ ? "" : ",", show::json_line(show::entry_json(entry))));
        first_ = false;
    }
  }

  // `fault`: what was not in order with the file, if anything.
  void end(const std::optional<std::string>& fault) {
    if (format_ == DecodeFormat::Json) {
      nlohmann::ordered_json counts = nlohmann::ordered_json::object();
      for (const auto& [kind, count] : counts_) counts[std::string(kind)] = count;
      put(fmt::format("\n],\"counts\":{}", show::json_line(counts)));
      if (fault) put(fmt::format(",\"fault\":{}", show::json_line(*fault)));
      put("}\n");
    }
    if (std::fflush(stdout) != 0) throw std::system_error(errno, std::generic_category(), "cannot write");
    if (format_ == DecodeFormat::Text) tell("{}\n", show::counts_text(counts_));
  }

 private:
  DecodeFormat format_;
  bool first_ = true;
  show::EntryCounts counts_;
};

}  // namespace

int run(const DecodeCommand& command) {
  const Octets octets = read_plain(command);
  if (octets.empty()) throw std::runtime_error(fmt::format("{} is empty", command.file));
  const auto container = capture::recognise(octets);
  if (!container)
    throw std::runtime_error(fmt::format(
        "{} is no packet capture, MRT archive, BGP message or hexadecimal text that I know", command.file));
  if (command.format == DecodeFormat::Bgpdump && *container != capture::Container::Mrt) {
    complain(fmt::format("--format bgpdump is for MRT archives; {} is of kind {}", command.file,
                         capture::name_of(*container)));
    return kUsage;
  }
  Output output(command, *container);
  const auto fault = capture::read(*container, octets, command.options,
                                   [&output](const capture::Entry& entry) { output.entry(entry); });
  output.end(fault);
  if (!fault) return kOk;
  complain(fmt::format("{}: {}", command.file, *fault));
  return kRuntimeFailure;
}

}  // namespace app
