#include "app/standard_streams.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace app {

namespace {

int first_failure = 0;

}  // namespace

void fill_closed_standard_streams() {
  // In ascending order: open(2) gives the lowest number that is free.
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(stream, F_GETFD) < 0) open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void flush_output() {
  if (std::fflush(stdout) != 0 && first_failure == 0) first_failure = errno;
}

int output_failure() {
  flush_output();
  // A full buffer was written in between, and errno has been used for other things since.
  return first_failure == 0 && std::ferror(stdout) != 0 ? EIO : first_failure;
}

}  // namespace app
