#include "vty/pattern.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vty {

namespace {

constexpr std::size_t kMaxDepth = 16;  // of groups within groups: the parser's stack

// IEEE 1003.1, 9.3.5; in the C locale.
struct CharacterClass {
  std::string_view name;
  bool (*has)(int);
};
bool is_digit(int c) { return c >= '0' && c <= '9'; }
bool is_lower(int c) { return c >= 'a' && c <= 'z'; }
bool is_upper(int c) { return c >= 'A' && c <= 'Z'; }
bool is_alpha(int c) { return is_lower(c) || is_upper(c); }
bool is_alnum(int c) { return is_alpha(c) || is_digit(c); }
bool is_space(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_punct(int c) { return c > ' ' && c < 0x7f && !is_alnum(c); }
bool is_xdigit(int c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
constexpr CharacterClass kClasses[] = {{"alnum", is_alnum}, {"alpha", is_alpha},  {"digit", is_digit},
                                       {"lower", is_lower}, {"punct", is_punct},  {"space", is_space},
                                       {"upper", is_upper}, {"xdigit", is_xdigit}};

}  // namespace

class PatternParser {
 public:
  explicit PatternParser(std::string_view text) : rest_(text) {}

  net::Result<Pattern, std::string> run() {
    const Part whole = alternatives(0);
    if (error_.empty() && !rest_.empty()) error_ = "Unmatched ) or \\)";
    if (!error_.empty()) return std::unexpected(std::move(error_));
    made_.first_ = whole.first;
    made_.last_ = whole.last;
    made_.empty_fits_ = whole.may_be_empty;
    return std::move(made_);
  }

 private:
  using Set = Pattern::Set;

  // Of a stretch of the expression: the states that it may begin and end with.
  struct Part {
    Set first, last;
    bool may_be_empty = true;
  };

  bool at(char c) const { return !rest_.empty() && rest_.front() == c; }
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  Part fail(std::string_view why) {
    if (error_.empty()) error_ = why;
    rest_ = {};
    return {};
  }

  void link(const Set& from, const Set& to) {
    for (std::size_t state = 0; state < made_.follow_.size(); ++state)
      if (from[state]) made_.follow_[state] |= to;
  }

  Part alternatives(std::size_t depth) {
    Part whole = sequence(depth);
    while (at('|')) {
      take();
      const Part other = sequence(depth);
      whole = {whole.first | other.first, whole.last | other.last, whole.may_be_empty || other.may_be_empty};
    }
    return whole;
  }

  Part sequence(std::size_t depth) {
    Part whole;
    while (!rest_.empty() && !at('|') && !at(')')) {
      const Part next = repeated(depth);
      link(whole.last, next.first);
      whole = {whole.may_be_empty ? whole.first | next.first : whole.first,
               next.may_be_empty ? whole.last | next.last : next.last,
               whole.may_be_empty && next.may_be_empty};
    }
    return whole;
  }

  Part repeated(std::size_t depth) {
    Part part = one(depth);
    while (at('*') || at('+') || at('?')) {
      const char how = take();
      if (how != '?') link(part.last, part.first);
      if (how != '+') part.may_be_empty = true;
    }
    return part;
  }

  Part one(std::size_t depth) {
    switch (const char c = take()) {
      case '*':
      case '+':
      case '?': return fail("Invalid preceding regular expression");
      case '{': return fail("Repetition counts are not known here; write \\{ for the character");
      case '(': {
        if (depth == kMaxDepth) return fail("Regular expression too deep");
        const Part inner = alternatives(depth + 1);
        if (!at(')')) return fail("Unmatched ( or \\(");
        take();
        return inner;
      }
      case '[': return set_of_characters();
      case '^': return state([](std::size_t symbol) { return symbol == Pattern::kBegin; });
      case '$': return state([](std::size_t symbol) { return symbol == Pattern::kEnd; });
      case '.': return state([](std::size_t symbol) { return symbol < Pattern::kBegin; });
      case '\\':
        if (rest_.empty()) return fail("Trailing backslash");
        return character(take());
      default: return character(c);
    }
  }

  Part character(char c) {
    return state([=](std::size_t symbol) { return symbol == static_cast<unsigned char>(c); });
  }

  Part set_of_characters() {
    constexpr std::string_view kUnmatched = "Unmatched [, [^, [:, [., or [=";
    std::bitset<Pattern::kBegin> chosen;
    const bool but = at('^');
    if (but) take();
    for (bool first = true; !at(']') || first; first = false) {
      if (rest_.empty()) return fail(kUnmatched);
      if (rest_.starts_with("[:")) {
        const auto end = rest_.find(":]");
        if (end == std::string_view::npos) return fail(kUnmatched);
        const auto known = std::ranges::find(kClasses, rest_.substr(2, end - 2), &CharacterClass::name);
        if (known == std::end(kClasses)) return fail("Invalid character class name");
        for (std::size_t c = 0; c < chosen.size(); ++c)
          if (known->has(static_cast<int>(c))) chosen.set(c);
        rest_.remove_prefix(end + 2);
        continue;
      }
      const auto from = static_cast<unsigned char>(take());
      auto to = from;
      if (at('-') && rest_.size() > 1 && rest_[1] != ']') {
        take();
        to = static_cast<unsigned char>(take());
        if (to < from) return fail("Invalid range end");
      }
      for (std::size_t c = from; c <= to; ++c) chosen.set(c);
    }
    take();
    if (but) chosen.flip();
    return state([&](std::size_t symbol) { return symbol < chosen.size() && chosen[symbol]; });
  }

  template <class Fits>
  Part state(const Fits& fits) {
    const std::size_t number = made_.follow_.size();
    made_.follow_.emplace_back();
    for (std::size_t symbol = 0; symbol < Pattern::kSymbols; ++symbol)
      if (fits(symbol)) made_.fits_[symbol].set(number);
    Part part{{}, {}, false};
    part.first.set(number);
    part.last.set(number);
    return part;
  }

  std::string_view rest_;
  Pattern made_;
  std::string error_;
};

net::Result<Pattern, std::string> Pattern::parse(std::string_view text) {
  if (text.size() > kMaxLength) return std::unexpected("Regular expression too big");
  return PatternParser(text).run();
}

Pattern::Set Pattern::step(const Set& states, std::size_t symbol) const {
  Set next = first_;  // it may begin anywhere
  for (std::size_t state = 0; state < follow_.size(); ++state)
    if (states[state]) next |= follow_[state];
  return next & fits_[symbol];
}

// `symbol` is no character of the line: as many of the expression's may stand for it as there are.
Pattern::Set Pattern::step_in_place(Set states, std::size_t symbol) const {
  states = step(states, symbol);
  for (Set before; states != before;) {
    before = states;
    states |= step(states, symbol);
  }
  return states;
}

bool Pattern::matches(std::string_view line) const {
  if (empty_fits_) return true;
  Set states = step_in_place({}, kBegin);
  for (const char c : line) {
    if ((states & last_).any()) return true;
    states = step(states, static_cast<unsigned char>(c));
  }
  return (states & last_).any() || (step_in_place(states, kEnd) & last_).any();
}

}  // namespace vty
