#include "vty/pattern.h"

#include <random>
#include <regex.h>

#include <catch2/catch.hpp>

#include "vty/filter.h"

using namespace vty;

namespace {

std::string outcome(std::string_view expression, std::string_view line) {
  const auto pattern = Pattern::parse(expression);
  if (!pattern) return pattern.error();
  return pattern->matches(line) ? "yes" : "no";
}

// What the C library says of it, where both know the expression.
bool library_matches(const std::string& expression, const std::string& line) {
  regex_t compiled;
  REQUIRE(regcomp(&compiled, expression.c_str(), REG_EXTENDED | REG_NOSUB) == 0);
  const bool matches = regexec(&compiled, line.c_str(), 0, nullptr, 0) == 0;
  regfree(&compiled);
  return matches;
}

}  // namespace

TEST_CASE("what fits") {
  struct Row {
    const char *expression, *line, *outcome;
  };
  const Row rows[] = {
      {"172", "*> 172.31.0.0/24", "yes"},
      {"173", "*> 172.31.0.0/24", "no"},
      {"", "x", "yes"},
      {"", "", "yes"},
      {"a", "", "no"},
      {"^172", "172.31", "yes"},
      {"^172", " 172.31", "no"},
      {"24$", "0.0.0.0/24", "yes"},
      {"24$", "0.0.0.0/24 ", "no"},
      {"^$", "", "yes"},
      {"^$", "x", "no"},
      {"(^|x)a", "ba", "no"},
      {"(^|x)a", "bxa", "yes"},
      {"1.2", "1x2", "yes"},
      {"1\\.2", "1x2", "no"},
      {"ab*c", "ac", "yes"},
      {"ab+c", "ac", "no"},
      {"ab+c", "abbbc", "yes"},
      {"ab?c", "abbc", "no"},
      {"(ab)+c", "xababc", "yes"},
      {"B>|C>", "C>* 10", "yes"},
      {"[0-9]+ i$", "100 i", "yes"},
      {"[^0-9]", "123", "no"},
      {"[]x]", "]", "yes"},
      {"[a-]", "-", "yes"},
      {"[[:digit:]]x", "7x", "yes"},
      {"[[:upper:]]", "abc", "no"},
      {"\\*>", " *> ", "yes"},
      {"(a|b)(c|d)", "bd", "yes"},
      {"((((a))))", "a", "yes"},
      {"*a", "a", "Invalid preceding regular expression"},
      {"(*a)", "a", "Invalid preceding regular expression"},
      {"a|*", "a", "Invalid preceding regular expression"},
      {"(a", "a", "Unmatched ( or \\("},
      {"a)", "a", "Unmatched ) or \\)"},
      {"[a", "a", "Unmatched [, [^, [:, [., or [="},
      {"[[:x:]]", "a", "Invalid character class name"},
      {"[z-a]", "a", "Invalid range end"},
      {"a\\", "a", "Trailing backslash"},
      {"a{2}", "aa", "Repetition counts are not known here; write \\{ for the character"},
      {"((((((((((((((((((a))))))))))))))))))", "a", "Regular expression too deep"},
  };
  for (const Row& row : rows) {
    INFO(row.expression << " in " << row.line);
    CHECK(outcome(row.expression, row.line) == row.outcome);
  }
  CHECK(outcome(std::string(Pattern::kMaxLength, 'a'), std::string(Pattern::kMaxLength, 'a')) == "yes");
  CHECK(outcome(std::string(Pattern::kMaxLength + 1, 'a'), "a") == "Regular expression too big");
}

TEST_CASE("random expressions mean what they mean to the C library") {
  std::mt19937 random(7);
  const std::string letters = "ab";
  const auto expression = [&](auto& self, int depth) -> std::string {
    switch (depth > 3 ? random() % 3 : random() % 6) {
      case 0: return {letters[random() % 2]};
      case 1: return ".";
      case 2: return "[^a]";
      case 3: return "(" + self(self, depth + 1) + ")" + "*+?"[random() % 3];
      case 4: return "(" + self(self, depth + 1) + "|" + self(self, depth + 1) + ")";
      default: return self(self, depth + 1) + self(self, depth + 1);
    }
  };
  unsigned yes = 0;
  for (int i = 0; i < 3000; ++i) {
    // An anchor within what is repeated is more than the library's matcher can do: not here.
    std::string text = (random() % 4 == 0 ? "(^|b)" : "") + expression(expression, 0);
    if (random() % 4 == 0) text += "$";
    if (text.size() > Pattern::kMaxLength) continue;
    std::string line;
    for (auto count = random() % 8; count > 0; --count) line += "abc"[random() % 3];
    INFO(text << " in " << line);
    const bool library = library_matches(text, line);
    REQUIRE(outcome(text, line) == (library ? "yes" : "no"));
    yes += library;
  }
  CHECK(yes > 500);
  CHECK(yes < 2500);
}

TEST_CASE("an expression made to take forever does not") {
  const auto pattern = Pattern::parse("((a*)*b?)*((a*)*b?)*((a*)*b?)*c$");
  REQUIRE(pattern);
  CHECK_FALSE(pattern->matches(std::string(100'000, 'a')));
}

TEST_CASE("any octets make a pattern or a sentence") {
  std::mt19937 random(3);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto count = random() % 40; count > 0; --count)
      text += random() % 3 == 0 ? static_cast<char>(random()) : "()[]|*+?^$\\.-:a"[random() % 15];
    const auto pattern = Pattern::parse(text);
    if (pattern)
      static_cast<void>(pattern->matches(text));
    else
      REQUIRE_FALSE(pattern.error().empty());
  }
}
