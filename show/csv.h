// Comma-separated values as RFC 4180 has them, but for the end of a line, which is "\n" alone: what awk, cut
// and spreadsheets read.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace show {

// A value that holds a comma, a quotation mark or the end of a line stands in quotation marks.
std::string csv_line(std::span<const std::string> values);

}  // namespace show
