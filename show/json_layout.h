// How JSON stands on a terminal: two blanks a level, no blank after the colon, an empty object or list over
// two lines, as FRR's library prints it; people grep for `"state":"Established"`.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace show {

// `level` is that of the opening bracket; no newline at the end.
std::string json_text(const nlohmann::ordered_json& value, std::size_t level = 0);

// On one line. Octets that are no UTF-8 (none is expected) become U+FFFD instead of an exception.
std::string json_line(const nlohmann::ordered_json& value);

}  // namespace show
