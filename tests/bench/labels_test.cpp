#include "benches.hpp"
#include "label_run.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/core/hash.hpp>

#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::bench;
using domain::NodeId;

namespace {

void add(search::Tree& tree, NodeId origin, const std::vector<std::string>& steps, domain::Verdict verdict) {
  domain::Rollout rollout;
  rollout.verdict = verdict;
  rollout.completion.tokens = static_cast<std::uint32_t>(steps.size());
  const std::vector<std::string_view> views(steps.begin(), steps.end());
  tree.add_rollout(origin, views, rollout, {1}, "p");
}

constexpr auto kRight = domain::Verdict::kRight;
constexpr auto kWrong = domain::Verdict::kWrong;

/// root 0 ─ a 1 ─ b 2 ─ W 3, and from a: R 4; from b: W again, and X 5 (wrong)
search::Tree small_tree() {
  search::Tree tree;
  add(tree, {0}, {"a", "b", "W"}, kWrong);
  add(tree, {1}, {"R"}, kRight);
  add(tree, {2}, {"W"}, kWrong);
  add(tree, {2}, {"X"}, kWrong);
  add(tree, {0}, {"a", "R"}, kRight);
  tree.label({1});
  tree.label({2});
  tree.label({3});
  return tree;
}

Contestant contestant(const char* name, search::Constants set, std::uint64_t tokens) {
  Contestant made;
  made.name = name;
  made.strategy = *search::find_strategy(name);
  made.constants = *search::complete_constants(*made.strategy, set);
  made.budget = {.rollouts = 0, .tokens = tokens};
  return made;
}

TruthTables tables(std::size_t family) {
  return families()[family].make(core::mix64(1, family), core::mix64(2, family));
}

std::string run(Options options) {
  std::ostringstream out;
  run_labels(options, out);
  return out.str();
}

}  // namespace

TEST_CASE("labels: the first step that leaves less than half is the error, and none below it") {
  const search::Tree tree = small_tree();
  const std::vector<double> truth = {0.6, 0.5, 0.2, 0, 1, 0};
  CHECK(true_first_errors(tree, truth) == std::vector<bool>{false, false, true, false, false, false});
  const std::vector<double> mild = {0.6, 0.5, 0.3, 0, 1, 0};
  CHECK(true_first_errors(tree, mild) == std::vector<bool>{false, false, false, true, false, true});
}

TEST_CASE("labels: a strategy's own are the labelled steps that finish nothing") {
  const search::Tree tree = small_tree();
  const EstimatorScore score = score_mc(tree, {0.6, 0.5, 0.2, 0, 1, 0}, 7);
  REQUIRE(score.labels.size() == 2);
  CHECK(score.labels[0].value == 1);  // a: one rollout, right
  CHECK(score.labels[0].truth == doctest::Approx(0.5));
  CHECK(score.labels[0].depth == 1);
  CHECK(score.labels[0].problem == 7);
  CHECK(score.labels[1].value == 0);  // b: two, wrong
  CHECK(score.labels[1].hi == doctest::Approx(wilson(0, 2).hi));
  // Both wrong solutions, W and X, go through b, which is 0 after 1 and the true error.
  CHECK(score.first_errors.paths == 2);
  CHECK(score.first_errors.found == 2);
  CHECK(area_under_roc(score.first_errors.scores) == 1.0);
}

TEST_CASE("labels: the posterior values every drawn step, and looks for an error in every wrong solution") {
  const search::Tree tree = small_tree();
  const EstimatorScore score = score_posterior(tree, {0.6, 0.5, 0.2, 0, 1, 0}, 0, search::built_in_kernel());
  REQUIRE(score.labels.size() == 2);
  CHECK(score.labels[0].value > score.labels[1].value);
  for (const ScoredLabel& label : score.labels) {
    CHECK(label.lo <= label.value);
    CHECK(label.value <= label.hi);
  }
  CHECK(score.first_errors.paths == 2);
  CHECK(score.first_errors.scores.size() == 4);  // a, b, W, X
}

TEST_CASE("labels: a tree is the same for the same seed, and keeps to its budget") {
  const Contestant few = contestant("visualprm", {{"solutions", 2}, {"rollouts", 4}}, 500);
  for (std::size_t family = 0; family < families().size(); ++family) {
    KnownPolicy first(tables(family), 4);
    KnownPolicy second(tables(family), 4);
    const auto a = grow_tree(few, first, 11);
    const auto b = grow_tree(few, second, 11);
    a->tree().check_invariants();
    CHECK(a->tree().size() == b->tree().size());
    CHECK(a->tree().spent().usage.completion_tokens == b->tree().spent().usage.completion_tokens);
    std::uint64_t tokens = 0;
    for (const auto& rollout : a->tree().rollouts()) tokens += rollout.tokens;
    CHECK(tokens == a->tree().spent().usage.completion_tokens);
    const auto truth = true_values(a->tree(), first);
    for (std::uint32_t i = 0; i < a->tree().size(); ++i) {
      if (a->tree().node({i}).terminal) CHECK((truth[i] == 0 || truth[i] == 1));
    }
  }
}

TEST_CASE("labels: rollouts that no outcome chose estimate without bias") {
  // A fixed number of rollouts at each step of one solution.
  std::vector<ScoredLabel> labels;
  const Contestant fixed = contestant("math-shepherd", {{"solutions", 1}, {"rollouts", 8}}, 0);
  for (std::uint32_t problem = 0; problem < 150; ++problem) {
    const Family& family = families()[problem % families().size()];
    const TreeScore score =
        score_tree(fixed, family.make(3, core::mix64(9, problem)), core::mix64(5, problem), problem,
                   {search::built_in_kernel(), search::built_in_kernel()});
    const auto& own = score.estimators[0].labels;
    labels.insert(labels.end(), own.begin(), own.end());
    CHECK(score.tokens > 0);
    CHECK(score.estimators[1].labels.size() >= own.size());
  }
  const LabelMeasures measures = measure(labels);
  CHECK(std::abs(measures.signed_error.mean) < 4 * measures.signed_error.standard_error);
  CHECK(measures.covered > 0.9);
  CHECK(measures.rmse < 0.2);
}

TEST_CASE("labels: the tables are the same with one thread and with two, and name every strategy") {
  Options options;
  options.problems = 2;
  options.tokens = 300;
  options.families = {"fatal", "random"};
  options.workers = 1;
  const std::string one = run(options);
  options.workers = 2;
  CHECK(run(options) == one);
  for (const search::StrategyInfo* strategy : search::strategies()) {
    CAPTURE(strategy->name);
    CHECK(one.find("\n" + std::string(strategy->name) + " ") != std::string::npos);
  }
  CHECK(one.find("seed 7") != std::string::npos);
  CHECK(one.find("summary") != std::string::npos);
  CHECK(one.find("nan") == std::string::npos);
}

TEST_CASE("labels: an unknown family or strategy is refused with the names that there are") {
  Options options;
  options.problems = 1;
  options.families = {"fatale"};
  CHECK_THROWS_WITH_AS(run(options), doctest::Contains("drift, fatal"), core::FatalError);
  options.families = {"fatal"};
  options.strategies = {"nosuch"};
  CHECK_THROWS_WITH_AS(run(options), doctest::Contains("fixed-8"), core::FatalError);
  options.strategies = {};
  options.problems = 0;
  CHECK_THROWS_AS(run(options), core::FatalError);
}
