#include "show/csv.h"

namespace show {

std::string csv_line(std::span<const std::string> values) {
  std::string line;
  std::string_view separator;
  for (const std::string& value : values) {
    line += separator;
    separator = ",";
    if (value.find_first_of(",\"\r\n") == std::string::npos) {
      line += value;
      continue;
    }
    line += '"';
    for (const char c : value) line.append(c == '"' ? 2 : 1, c);
    line += '"';
  }
  return line + "\n";
}

}  // namespace show
