#include "truth.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/steps/splitter.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::bench;

namespace {

constexpr std::uint64_t kSeed = 20240611;

TruthTables tables_of(const Family& family, std::uint64_t problem) {
  return family.make(core::mix64(kSeed, problem % 4), core::mix64(kSeed, 100 + problem));
}

double root_value(const TruthTables& tables) {
  return true_values(tables).front()[tables.start];
}

bool is_share(double number) {
  return number >= 0 && number <= 1;
}

void check_tables(const TruthTables& tables) {
  const std::size_t qualities = tables.right.size();
  REQUIRE(tables.start < qualities);
  for (const double right : tables.right) CHECK(is_share(right));
  for (std::size_t t = 0; t < tables.steps.size(); ++t) {
    const StepTable& step = tables.steps[t];
    REQUIRE(step.end.size() == qualities);
    REQUIRE(step.next.size() == qualities);
    CHECK(step.wordings > 0);
    CHECK_FALSE(step.words.empty());
    for (std::size_t k = 0; k < qualities; ++k) {
      CHECK(is_share(step.end[k]));
      CHECK((t + 1 < tables.steps.size() || step.end[k] == 1));
      CHECK(std::all_of(step.next[k].begin(), step.next[k].end(), is_share));
      CHECK(std::accumulate(step.next[k].begin(), step.next[k].end(), 0.0) == doctest::Approx(1));
    }
  }
}

/// Two steps at most; quality 1 may fall to 0 at the first.
TruthTables small_tables() {
  TruthTables tables;
  tables.start = 1;
  tables.right = {0.1, 0.9};
  StepTable step;
  step.next = {{1, 0}, {0.25, 0.75}};
  step.words = {3};
  step.wordings = 100;
  for (const std::vector<double>& end : {std::vector<double>{0, 0}, {0.5, 0.2}, {1, 1}}) {
    step.end = end;
    tables.steps.push_back(step);
  }
  return tables;
}

std::size_t count_words(const std::string& text) {
  std::size_t words = 0;
  bool in_word = false;
  for (const char c : text) {
    const bool letter = c != ' ' && c != '\n';
    words += letter && !in_word ? 1 : 0;
    in_word = letter;
  }
  return words;
}

}  // namespace

TEST_CASE("truth: values by backward recursion are those worked by hand") {
  const auto values = true_values(small_tables());
  REQUIRE(values.size() == 3);
  CHECK(values[2][0] == doctest::Approx(0.1));
  CHECK(values[2][1] == doctest::Approx(0.9));
  CHECK(values[1][0] == doctest::Approx(0.1));
  CHECK(values[1][1] == doctest::Approx(0.2 * 0.9 + 0.8 * (0.25 * 0.1 + 0.75 * 0.9)));
  CHECK(values[0][1] == doctest::Approx(0.25 * 0.1 + 0.75 * values[1][1]));
  // One step and the answer, or two: 1 + 1 + P(goes on).
  CHECK(mean_steps(small_tables()) == doctest::Approx(2 + 0.25 * 0.5 + 0.75 * 0.8));
}

TEST_CASE("truth: every family's tables are distributions, and its values fill the middle") {
  for (const Family& family : families()) {
    CAPTURE(family.name);
    std::vector<double> roots;
    double steps = 0;
    for (std::uint64_t problem = 0; problem < 200; ++problem) {
      const TruthTables tables = tables_of(family, problem);
      check_tables(tables);
      roots.push_back(root_value(tables));
      steps += mean_steps(tables) / 200;
    }
    const auto middle =
        std::count_if(roots.begin(), roots.end(), [](double v) { return v > 0.2 && v < 0.8; });
    CHECK(middle >= 100);
    CHECK(*std::min_element(roots.begin(), roots.end()) < 0.3);
    CHECK(*std::max_element(roots.begin(), roots.end()) > 0.7);
    CHECK(steps > 6);
    CHECK(steps < 10);
  }
}

TEST_CASE("truth: the share of right completions is the value, at the start and further on") {
  constexpr int kCompletions = 4000;
  for (const Family& family : families()) {
    for (std::uint64_t problem = 0; problem < 3; ++problem) {
      CAPTURE(family.name);
      CAPTURE(problem);
      KnownPolicy policy(tables_of(family, problem), problem);
      CHECK(policy.value("") == doctest::Approx(root_value(policy.tables())));
      const std::string solution = policy.sample("", 0).completion.text;
      const std::size_t second = solution.find("\n\n", solution.find("\n\n") + 2) + 2;
      for (const std::string& prefix : {std::string(), solution.substr(0, second)}) {
        double right = 0;
        for (int i = 0; i < kCompletions; ++i)
          right +=
              policy.sample(prefix, 1000 + static_cast<std::uint64_t>(i)).verdict == domain::Verdict::kRight;
        const double value = policy.value(prefix);
        const double error = std::sqrt(value * (1 - value) / kCompletions);
        CHECK(std::abs(right / kCompletions - value) <= 4 * error + 1e-9);
      }
    }
  }
}

TEST_CASE("truth: the value of a step is the mean of what the policy goes on with") {
  KnownPolicy policy(small_tables(), 5);
  double sum = 0;
  constexpr int kDraws = 4000;
  for (int i = 0; i < kDraws; ++i) {
    const std::string text = policy.sample("", static_cast<std::uint64_t>(i)).completion.text;
    sum += policy.value(text.substr(0, text.find("\n\n") + 2));
  }
  // Two values, 0.25 and 0.75 likely.
  const auto values = true_values(small_tables());
  const double error = std::sqrt(0.25 * 0.75 / kDraws) * (values[1][1] - values[1][0]);
  CHECK(std::abs(sum / kDraws - policy.value("")) < 4 * error);
}

TEST_CASE("truth: a completion depends on prefix and seed alone") {
  const Family& family = families().back();
  KnownPolicy first(tables_of(family, 1), 9);
  KnownPolicy second(tables_of(family, 1), 9);
  KnownPolicy other(tables_of(family, 1), 10);
  CHECK_FALSE(second.sample("", 3).completion.text.empty());
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const domain::Rollout a = first.sample("", seed);
    const domain::Rollout b = second.sample("", seed);
    CHECK(a.completion.text == b.completion.text);
    CHECK(a.verdict == b.verdict);
    CHECK(a.answer == b.answer);
    CHECK(other.sample("", seed).completion.text != a.completion.text);
    const std::string prefix = a.completion.text.substr(0, a.completion.text.find("\n\n") + 2);
    CHECK(first.sample(prefix, seed).completion.text == second.sample(prefix, seed).completion.text);
  }
}

TEST_CASE("truth: the splitter finds the steps, tokens are words, and the end is the answer") {
  const auto splitter = *steps::make_splitter({});
  for (const Family& family : families()) {
    CAPTURE(family.name);
    double words = 0;
    double count = 0;
    for (std::uint64_t problem = 0; problem < 40; ++problem) {
      KnownPolicy policy(tables_of(family, problem), problem);
      const domain::Rollout rollout = policy.sample("", 1);
      const std::string& text = rollout.completion.text;
      CHECK(*rollout.completion.tokens == count_words(text));
      CHECK(text.ends_with("\\boxed{" + *rollout.answer + "}"));
      CHECK(policy.value(text) == (rollout.verdict == domain::Verdict::kRight ? 1 : 0));
      std::string prefix;
      for (const std::string_view step : splitter->split(rollout.completion, 0)) {
        prefix += step;
        CHECK(is_share(policy.value(prefix)));  // aborts where a step ends elsewhere
        count += 1;
      }
      words += *rollout.completion.tokens;
      CHECK(policy.sample(text, 2).completion.text.empty());
    }
    CHECK(words / count > 12);
    CHECK(words / count < 45);
  }
}

TEST_CASE("truth: steps recur where wordings are few, and the same step leads to the same value") {
  TruthTables tables = small_tables();
  tables.steps[0].wordings = 2;
  KnownPolicy policy(tables, 77);
  std::map<std::string, int> first_steps;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const std::string text = policy.sample("", seed).completion.text;
    ++first_steps[text.substr(0, text.find("\n\n") + 2)];
  }
  CHECK(first_steps.size() == 4);
  std::set<double> values;
  for (const auto& [step, times] : first_steps) values.insert(policy.value(step));
  CHECK(values.size() == 2);
}

TEST_CASE("truth: the words say nothing of the quality") {
  // Letters of the first word and numbers of words of steps that lead to either quality.
  TruthTables tables = small_tables();
  tables.steps[0].wordings = 1'000'000;
  tables.steps[0].words = {3, 9};
  KnownPolicy policy(tables, 123);
  const auto good = true_values(tables)[1][1];
  std::array<double, 2> count{};
  std::array<double, 2> vowels{};
  std::array<double, 2> longs{};
  for (std::uint64_t seed = 0; seed < 8000; ++seed) {
    const std::string text = policy.sample("", seed).completion.text;
    const std::string step = text.substr(0, text.find("\n\n") + 2);
    const std::size_t k = policy.value(step) == good ? 1 : 0;
    count[k] += 1;
    vowels[k] += step[1] == 'a' || step[1] == 'e' ? 1 : 0;
    longs[k] += count_words(step) == 9 ? 1 : 0;
  }
  const double error = std::sqrt(0.25 / count[0] + 0.25 / count[1]);
  CHECK(std::abs(vowels[0] / count[0] - vowels[1] / count[1]) < 4 * error);
  CHECK(std::abs(longs[0] / count[0] - longs[1] / count[1]) < 4 * error);
}
