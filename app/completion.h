// What may stand where a command line ends, for the shells' Tab key: found in what CLI11 has been told of the
// options, so that there is no second list of them. A shell's script asks `chainrouter complete -- WORD…` at
// each press of the key. Pure; which routers there are is for whoever prints the answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/options.h"

namespace CLI {
class App;
}

namespace app {

// The types of values that mean more than text, as CLI11 and --help name them. "text|json" names choices.
inline constexpr const char* kRouterType = "ROUTER";
inline constexpr const char* kFileType = "FILE";
inline constexpr const char* kVtyType = "LINE";  // words of a line of the vty

// `words` are those after the program's name; the last one, perhaps empty, is being typed.
Completion complete(const CLI::App& cli, const std::vector<std::string>& words);

// The script that a shell is to read; nothing: we have none for it.
std::optional<std::string_view> completion_script(std::string_view shell);

}  // namespace app
