#pragma once

#include <viltree/core/random.hpp>
#include <viltree/search/machine.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace viltree::search::test {

/// Every letter is a step, so that a solution can be written down as a word.
class LetterSplitter final : public steps::Splitter {
 public:
  [[nodiscard]] std::vector<std::string_view> split(const domain::Completion& completion,
                                                    std::size_t) const override {
    return letters(completion.text);
  }
  [[nodiscard]] static std::vector<std::string_view> letters(std::string_view text) {
    std::vector<std::string_view> letters;
    for (std::size_t i = 0; i < text.size(); ++i) letters.push_back(text.substr(i, 1));
    return letters;
  }
};

inline const LetterSplitter kLetters;

/// Right where the last letter is R, wrong where it is W; cut off by the length limit where it is anything
/// else.
inline domain::Rollout rollout_of(std::string word) {
  domain::Rollout rollout;
  const char last = word.empty() ? ' ' : word.back();
  rollout.verdict = last == 'R'   ? domain::Verdict::kRight
                    : last == 'W' ? domain::Verdict::kWrong
                                  : domain::Verdict::kTruncated;
  rollout.completion.finish =
      last == 'R' || last == 'W' ? domain::FinishReason::kStop : domain::FinishReason::kLength;
  if (rollout.completion.finish == domain::FinishReason::kStop) rollout.answer = std::string(1, last);
  rollout.completion.tokens = static_cast<std::uint32_t>(word.size());
  rollout.completion.text = std::move(word);
  return rollout;
}

/// The i-th completion of a prefix.
using WordPolicy = std::function<std::string(const std::string& prefix, std::uint32_t i)>;

/// A policy written down as a table; a prefix that it has not is a failure of the test.
class Table {
 public:
  explicit Table(std::map<std::string, std::vector<std::string>> words) : words_(std::move(words)) {}
  std::string operator()(const std::string& prefix, std::uint32_t i) const { return words_.at(prefix).at(i); }

 private:
  std::map<std::string, std::vector<std::string>> words_;
};

/// Random words over a few letters: once an x is written the solution is lost, unless a later b mends it;
/// some never end. The same for the same prefix and i.
class RandomPolicy {
 public:
  explicit RandomPolicy(std::uint64_t seed) : seed_(seed) {}
  std::string operator()(const std::string& prefix, std::uint32_t i) const {
    core::Random random(core::mix64(seed_, core::hash64(prefix, i)));
    const double error = 0.05 + 0.25 * core::Random(seed_).uniform();
    bool lost =
        prefix.rfind('x') != std::string::npos && prefix.find('b', prefix.rfind('x')) == std::string::npos;
    std::string word;
    for (std::size_t length = prefix.size(); length < 12; ++length) {
      const double u = random.uniform();
      if (length > 3 && u < 0.25) return word + (lost ? 'W' : 'R');
      const char letter = u > 1.0 - error ? 'x' : u > 0.9 - error ? 'b' : u > 0.5 ? 'c' : 'a';
      lost = letter == 'x' || (lost && letter != 'b');
      word += letter;
    }
    return word;
  }

 private:
  std::uint64_t seed_;
};

inline domain::TreeEvent answer_to(const SampleAction& action, const std::string& prefix,
                                   const WordPolicy& policy) {
  domain::TreeEvent event;
  event.ticket = action.ticket;
  event.bill.model = "words";
  for (std::uint32_t i = 0; i < action.n; ++i) event.rollouts.push_back(rollout_of(policy(prefix, i)));
  return event;
}

inline std::unique_ptr<Strategy> make_strategy(std::string_view name, const Constants& set) {
  const StrategyInfo* info = *find_strategy(name);
  return info->make(*complete_constants(*info, set), built_in_kernel());
}

struct Asked {
  std::string prefix;
  std::uint32_t n = 0;
  friend bool operator==(const Asked&, const Asked&) = default;
};

/// Answers one action.
using Answerer = std::function<domain::TreeEvent(const SampleAction& action, const std::string& prefix)>;

/// Answers a machine's actions until it is finished, each time one of the open ones, drawn from `order`.
/// Returns what was asked, by ticket.
inline std::vector<Asked> answer_to_end(Machine& machine, const Answerer& answer, std::uint64_t order = 0) {
  core::Random random(order);
  std::vector<Asked> asked;
  std::vector<SampleAction> open = machine.start();
  const auto note = [&](const std::vector<SampleAction>& actions) {
    for (const SampleAction& action : actions)
      asked.push_back({machine.tree().prefix(action.node), action.n});
  };
  note(open);
  while (!open.empty()) {
    const std::size_t pick =
        order == 0 ? 0
                   : static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(open.size()) - 1));
    const SampleAction action = open[pick];
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(pick));
    const auto more = *machine.apply(answer(action, machine.tree().prefix(action.node)));
    note(more);
    open.insert(open.end(), more.begin(), more.end());
  }
  return asked;
}

inline std::vector<Asked> run_to_end(Machine& machine, const WordPolicy& policy, std::uint64_t order = 0) {
  const auto answer = [&](const SampleAction& action, const std::string& prefix) {
    return answer_to(action, prefix, policy);
  };
  return answer_to_end(machine, answer, order);
}

/// The rows that a tree gives: prefix to value, where there is one.
inline std::map<std::string, double> labels_of(const Tree& tree) {
  std::map<std::string, double> labels;
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    const auto value = tree.value({i});
    if (tree.node({i}).labelled && value) labels[tree.prefix({i})] = *value;
  }
  return labels;
}

}  // namespace viltree::search::test
