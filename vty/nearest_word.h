// What was meant by a word that nobody knows. Words only: knows neither commands nor options.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vty {

// The word among `known` that is nearest to `word`, when it is near enough to be what was meant; else empty.
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

}  // namespace vty
