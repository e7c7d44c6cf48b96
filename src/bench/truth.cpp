#include "truth.hpp"

#include <viltree/core/check.hpp>
#include <viltree/core/hash.hpp>

#include <array>
#include <cmath>
#include <numeric>
#include <utility>

namespace viltree::bench {

namespace {

constexpr std::uint64_t kMostAnswer = 899;
constexpr std::uint32_t kAnswerWordings = 3;
constexpr double kMostWrongBy = 40;
const std::vector<std::uint32_t> kAnswerWords = {4, 7, 11};

/// The first place at which the running sum of weights passes u in [0, 1).
std::size_t pick(const std::vector<double>& weights, double u) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < weights.size(); ++i) {
    sum += weights[i];
    if (u < sum) return i;
  }
  return weights.size() - 1;
}

std::string word_of(core::Random& random) {
  constexpr std::string_view kConsonants = "bdfgklmnprstvz";
  constexpr std::string_view kVowels = "aeiou";
  std::string word;
  for (std::int64_t syllables = random.between(2, 3); syllables > 0; --syllables) {
    word += kConsonants[random.next() % kConsonants.size()];
    word += kVowels[random.next() % kVowels.size()];
  }
  return word;
}

/// The wording of a hash: a line of words, and how many.
std::pair<std::string, std::uint32_t> line_of(std::uint64_t hash, const std::vector<std::uint32_t>& lengths) {
  core::Random random(hash);
  const std::uint32_t count = lengths[random.next() % lengths.size()];
  std::string line = word_of(random);
  for (std::uint32_t i = 1; i < count; ++i) line += ' ' + word_of(random);
  return {line, count};
}

}  // namespace

std::vector<std::vector<double>> true_values(const TruthTables& tables) {
  std::vector<std::vector<double>> values(tables.steps.size());
  for (std::size_t t = tables.steps.size(); t-- > 0;) {
    const StepTable& step = tables.steps[t];
    for (std::size_t k = 0; k < tables.right.size(); ++k) {
      const bool last = t + 1 == tables.steps.size();
      VILTREE_CHECK(!last || step.end[k] == 1);
      const double after =
          last ? 0.0
               : std::inner_product(step.next[k].begin(), step.next[k].end(), values[t + 1].begin(), 0.0);
      values[t].push_back(step.end[k] * tables.right[k] + (1 - step.end[k]) * after);
    }
  }
  return values;
}

double mean_steps(const TruthTables& tables) {
  std::vector<double> here(tables.right.size(), 0.0);
  here[tables.start] = 1;
  double steps = 0;
  for (const StepTable& step : tables.steps) {
    std::vector<double> after(here.size(), 0.0);
    for (std::size_t k = 0; k < here.size(); ++k) {
      steps += here[k];
      for (std::size_t j = 0; j < step.next.size(); ++j)
        after[j] += here[k] * (1 - step.end[k]) * step.next[k][j];
    }
    here = std::move(after);
  }
  return steps;
}

/// A completion under way.
struct KnownPolicy::Draft {
  std::string solution = {};  ///< the prefix and what was written
  Place place = {};
  std::uint32_t tokens = 0;
  std::string answer = {};
};

KnownPolicy::KnownPolicy(TruthTables tables, std::uint64_t key)
    : tables_(std::move(tables)),
      values_(true_values(tables_)),
      key_(key),
      answer_(1 + core::mix64(key, 0) % kMostAnswer) {
  remember({.solution = {}, .place = {.quality = tables_.start}});
}

const KnownPolicy::Place& KnownPolicy::place_of(std::string_view prefix) const {
  const auto found = places_.find(core::hash64(prefix));
  VILTREE_CHECK(found != places_.end());
  return found->second;
}

void KnownPolicy::remember(const Draft& draft) {
  const auto [known, is_new] = places_.try_emplace(core::hash64(draft.solution), draft.place);
  VILTREE_CHECK(is_new || known->second == draft.place);
}

double KnownPolicy::value(std::string_view prefix) const {
  const Place& place = place_of(prefix);
  if (place.finished) return place.right ? 1 : 0;
  return values_[place.depth][place.quality];
}

domain::Rollout KnownPolicy::sample(std::string_view prefix, std::uint64_t seed) {
  core::Random random(core::mix64(core::mix64(key_, seed), core::hash64(prefix)));
  Draft draft{.solution = std::string(prefix), .place = place_of(prefix)};
  while (!draft.place.finished) {
    const bool ends = random.uniform() < tables_.steps[draft.place.depth].end[draft.place.quality];
    ends ? write_answer(draft, random) : write_step(draft, random);
    remember(draft);
  }
  domain::Rollout rollout;
  rollout.completion.text = draft.solution.substr(prefix.size());
  rollout.completion.tokens = draft.tokens;
  rollout.verdict = draft.place.right ? domain::Verdict::kRight : domain::Verdict::kWrong;
  if (!draft.answer.empty()) rollout.answer = draft.answer;
  return rollout;
}

void KnownPolicy::write_step(Draft& draft, core::Random& random) {
  const StepTable& table = tables_.steps[draft.place.depth];
  const std::size_t quality = pick(table.next[draft.place.quality], random.uniform());
  const auto wording = static_cast<std::uint64_t>(table.wordings * std::pow(random.uniform(), table.skew));
  const std::uint64_t hash =
      core::mix64(core::hash64(draft.solution, key_), wording * tables_.right.size() + quality);
  const auto [line, words] = line_of(hash, table.words);
  draft.solution += line + "\n\n";
  draft.tokens += words;
  ++draft.place.depth;
  draft.place.quality = quality;
}

void KnownPolicy::write_answer(Draft& draft, core::Random& random) {
  draft.place.finished = true;
  draft.place.right = random.uniform() < tables_.right[draft.place.quality];
  const auto off = 1 + static_cast<std::uint64_t>(kMostWrongBy * std::pow(random.uniform(), 2));
  const std::uint64_t answer = draft.place.right ? answer_ : answer_ + off;
  const std::uint64_t wording = random.next() % kAnswerWordings;
  const auto [line, words] = line_of(core::mix64(core::hash64(draft.solution, key_), wording), kAnswerWords);
  draft.answer = std::to_string(answer);
  draft.solution += line + " \\boxed{" + draft.answer + "}";
  draft.tokens += words + 1;
}

}  // namespace viltree::bench
