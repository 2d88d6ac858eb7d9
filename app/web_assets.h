// The page's files, as they were when the program was built (web/, CMakeLists.txt).
#pragma once

#include <span>
#include <string_view>

namespace app {

struct WebAsset {
  std::string_view path, type, content;
};

inline constexpr const char* kNoPage =
    "--web: this chainrouter was built without its page, which takes Node.js; ./dev run --web installs that "
    "and "
    "builds it in";

// Nothing: the program was built where there is no Node.js.
std::span<const WebAsset> web_assets();

}  // namespace app
