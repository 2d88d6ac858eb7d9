#include "show/json_layout.h"

#include <nlohmann/json.hpp>

namespace show {

namespace {

using Json = nlohmann::ordered_json;

void write(std::string& out, const Json& value, std::size_t level) {
  if (!value.is_structured()) {
    out += json_line(value);
    return;
  }
  const std::string indent(2 * level, ' ');
  out += value.is_object() ? "{\n" : "[\n";
  std::string_view separator;
  for (const auto& [key, member] : value.items()) {
    out.append(separator).append(indent).append("  ");
    if (value.is_object()) out.append(json_line(key)).append(":");
    write(out, member, level + 1);
    separator = ",\n";
  }
  if (!value.empty()) out += '\n';
  out.append(indent).append(value.is_object() ? "}" : "]");
}

}  // namespace

std::string json_text(const Json& value, std::size_t level) {
  std::string out;
  write(out, value, level);
  return out;
}

std::string json_line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace show
