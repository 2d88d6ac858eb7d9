// What people read beside the data. A log that cannot be written, because its disk is full or its reader
// gone, is no reason to end what it tells of: fmt::print would throw.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace app {

template <class... Arguments>
void tell(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  std::fputs(fmt::format(format, std::forward<Arguments>(arguments)...).c_str(), stderr);
}

// Whole lines of a process that has more to do than to be read: it never waits. What a full pipe or a stopped
// terminal does not take is left out, and how many lines that were is said by the same thread as soon as it
// takes some again.
void tell_if_read(std::string_view lines);

template <class... Arguments>
void tell_if_read(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  tell_if_read(std::string_view(fmt::format(format, std::forward<Arguments>(arguments)...)));
}

}  // namespace app
