#include "tests/model/explorer.h"

#include <algorithm>
#include <deque>
#include <unordered_map>

namespace model {

namespace {

constexpr std::uint32_t kNone = 0xffffffff;

struct Node {
  std::uint32_t parent = kNone;
  Step step;
  std::uint16_t depth = 0;
  bool settled = false;
  std::vector<std::uint32_t> fair;  // where fair steps lead
};

class Explorer {
 public:
  Explorer(const PairConfig& config, const Bounds& bounds) : config_(config), bounds_(bounds) {}

  Findings explore() {
    const PairModel start(config_);
    std::deque<std::uint32_t> waiting{add(start, start.key(), kNone, {})};
    // With no fault first, then with one, and so on: a state belongs to the fewest faults that lead to it.
    for (unsigned faults = 0; faults <= bounds_.faults && findings_.violation.empty(); ++faults) {
      std::vector<std::uint32_t> level;
      while (!waiting.empty() && findings_.violation.empty()) {
        const std::uint32_t number = waiting.front();
        waiting.pop_front();
        level.push_back(number);
        follow(number, true, waiting);
      }
      if (faults == bounds_.faults) break;
      for (const std::uint32_t number : level) follow(number, false, waiting);
    }
    findings_.states = nodes_.size();
    judge();
    return std::move(findings_);
  }

 private:
  std::vector<Step> story(std::uint32_t number) const {
    std::vector<Step> steps;
    for (; nodes_[number].parent != kNone; number = nodes_[number].parent)
      steps.push_back(nodes_[number].step);
    std::ranges::reverse(steps);
    return steps;
  }

  std::string in_words(std::uint32_t number) const {
    PairModel pair(config_);
    std::string text = pair.describe();
    for (const Step& step : story(number)) {
      pair.take(step);
      text += '\n';
      text += to_string(step);
      text += pair.describe();
    }
    text += '\n';
    return text + pair.violation();
  }

  std::uint32_t add(const PairModel& pair, std::string key, std::uint32_t parent, Step step) {
    const auto number = static_cast<std::uint32_t>(nodes_.size());
    numbers_.emplace(std::move(key), number);
    const auto depth = static_cast<std::uint16_t>(parent == kNone ? 0 : nodes_[parent].depth + 1);
    nodes_.push_back({parent, step, depth, pair.settled(), {}});
    findings_.settled += pair.settled();
    findings_.deepest = std::max<std::size_t>(findings_.deepest, depth);
    if (!pair.violation().empty() && findings_.violation.empty()) findings_.violation = in_words(number);
    return number;
  }

  void follow(std::uint32_t number, bool fair, std::deque<std::uint32_t>& waiting) {
    const auto steps = story(number);
    const auto replayed = [&] {
      auto pair = std::make_unique<PairModel>(config_);
      for (const Step& step : steps) pair->take(step);
      return pair;
    };
    auto pair = replayed();
    const bool wanted = pair->wanted();
    for (const Step& step : pair->steps()) {
      if (step.is_fair() != fair || (!fair && !bounds_.allows(step.kind))) continue;
      ++findings_.steps;
      if (pair == nullptr) pair = replayed();
      pair->take(step);
      auto key = pair->key();
      const auto known = numbers_.find(key);
      std::uint32_t next = known == numbers_.end() ? kNone : known->second;
      if (next == kNone) {
        next = add(*pair, std::move(key), number, step);
        waiting.push_back(next);
      }
      // Nothing is promised while the link is down or the operator wants no session.
      if (fair && (wanted || step.kind == Step::Kind::LinkUp || step.kind == Step::Kind::Start))
        nodes_[number].fair.push_back(next);
      pair.reset();
    }
  }

  void judge() {
    if (!findings_.violation.empty()) return;
    std::vector<std::vector<std::uint32_t>> from(nodes_.size());
    std::vector<std::uint32_t> waiting, left(nodes_.size());
    std::vector<bool> good(nodes_.size());
    for (std::uint32_t number = 0; number < nodes_.size(); ++number) {
      const Node& node = nodes_[number];
      if (node.fair.empty() && !node.settled && findings_.deadlock.empty())
        findings_.deadlock = in_words(number);
      for (const std::uint32_t next : node.fair) from[next].push_back(number);
      if (node.settled) {
        good[number] = true;
        waiting.push_back(number);
      }
    }
    // Backwards from where the session is up: whoever is not met never gets there.
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      for (const std::uint32_t before : from[waiting[i]]) {
        if (good[before]) continue;
        good[before] = true;
        waiting.push_back(before);
      }
    }
    const auto lost = std::ranges::find(good, false);
    if (lost != good.end()) findings_.livelock = in_words(static_cast<std::uint32_t>(lost - good.begin()));
    find_circle(from);
  }

  // Takes away, again and again, what leads nowhere but to states taken away before, beginning with the
  // settled ones: what is left goes round.
  void find_circle(const std::vector<std::vector<std::uint32_t>>& from) {
    std::vector<std::size_t> ways(nodes_.size());
    std::vector<std::uint32_t> gone;
    for (std::uint32_t number = 0; number < nodes_.size(); ++number) {
      ways[number] = nodes_[number].settled ? 0 : nodes_[number].fair.size();
      if (ways[number] == 0) gone.push_back(number);
    }
    for (std::size_t i = 0; i < gone.size(); ++i)
      for (const std::uint32_t before : from[gone[i]])
        if (ways[before] > 0 && --ways[before] == 0) gone.push_back(before);
    if (gone.size() == nodes_.size()) return;
    auto number =
        static_cast<std::uint32_t>(std::ranges::find_if(ways, [](auto n) { return n > 0; }) - ways.begin());
    findings_.circle = in_words(number);
    findings_.circle += "\nand from there, round and round:";
    std::vector<bool> met(nodes_.size());
    while (!met[number]) {
      met[number] = true;
      number = *std::ranges::find_if(nodes_[number].fair, [&](std::uint32_t next) { return ways[next] > 0; });
      const auto steps = story(number);
      PairModel pair(config_);
      for (const Step& step : steps) pair.take(step);
      findings_.circle += '\n';
      findings_.circle += pair.describe();
    }
  }

  const PairConfig& config_;
  const Bounds& bounds_;
  std::vector<Node> nodes_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  Findings findings_;
};

}  // namespace

Findings explore(const PairConfig& config, const Bounds& bounds) {
  return Explorer(config, bounds).explore();
}

}  // namespace model
