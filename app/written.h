// One thing in the format that was asked for, by the function of three that writes that.
#pragma once

#include <string>
#include <type_traits>

#include "app/options.h"

namespace app {

template <class... Arguments>
std::string written(Format format, std::string (*text)(Arguments...), std::string (*json)(Arguments...),
                    std::string (*csv)(Arguments...), const std::type_identity_t<Arguments>&... arguments) {
  switch (format) {
    case Format::Json: return json(arguments...);
    case Format::Csv: return csv(arguments...);
    case Format::Text: break;
  }
  return text(arguments...);
}

}  // namespace app
