// A file that a command fills. What does not go in whole leaves no half behind: the file ends before it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace app {

class OutputFile {
 public:
  // Makes the file, or empties it; "-": standard output. Throws std::runtime_error with one sentence.
  explicit OutputFile(std::string name);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // All of it, or throws std::runtime_error ("cannot write FILE: No space left on device").
  void write(std::span<const std::uint8_t> octets);
  void write(std::string_view text);
  // A file that is of no use unless it is whole goes away; what is no file (a pipe, a device) stays.
  void discard();

  const std::string& name() const { return name_; }  // for people
  std::uint64_t octets() const { return octets_; }

 private:
  std::string name_;
  int fd_ = -1;
  bool is_file_ = false;
  std::uint64_t octets_ = 0;
};

}  // namespace app
