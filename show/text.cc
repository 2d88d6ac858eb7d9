#include "show/text.h"

#include <fmt/format.h>

namespace show {

std::string version_text(std::string_view router, std::string_view version) {
  return fmt::format(
      "chainrouter {} ({}).\nA BGP-4 speaker; its namespace, links and neighbors live in one process.\n",
      version, router);
}

}  // namespace show
