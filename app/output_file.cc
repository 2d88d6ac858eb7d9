#include "app/output_file.h"

#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace app {

OutputFile::OutputFile(std::string name) : name_(std::move(name)) {
  if (name_ == "-") {
    fd_ = STDOUT_FILENO;
    name_ = "standard output";
    return;
  }
  fd_ = open(name_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd_ < 0)
    throw std::runtime_error(
        fmt::format("cannot open {}: {}", name_, std::generic_category().message(errno)));
  struct stat about {};
  is_file_ = fstat(fd_, &about) == 0 && S_ISREG(about.st_mode);
}

OutputFile::~OutputFile() {
  if (fd_ != STDOUT_FILENO) close(fd_);
}

void OutputFile::write(std::span<const std::uint8_t> octets) {
  std::size_t done = 0;
  while (done < octets.size()) {
    const ssize_t written = ::write(fd_, octets.data() + done, octets.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      if (is_file_ && done > 0) (void)!ftruncate(fd_, static_cast<off_t>(octets_));
      throw std::runtime_error(
          fmt::format("cannot write {}: {}", name_, std::generic_category().message(error)));
    }
    done += static_cast<std::size_t>(written);
  }
  octets_ += octets.size();
}

void OutputFile::write(std::string_view text) {
  write({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

void OutputFile::discard() {
  if (is_file_) unlink(name_.c_str());
}

}  // namespace app
