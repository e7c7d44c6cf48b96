#include "modes/rest_value.hpp"

#include <viltree/labels/modes.hpp>
#include <viltree/labels/pairs.hpp>
#include <viltree/labels/tree_labels.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using doctest::Approx;
using domain::kRoot;
using domain::Verdict;
using labels::Filter;
using search::NodeId;
using search::Tree;

namespace {

void add(Tree& tree, const std::vector<std::string>& steps, Verdict verdict, bool ends = true) {
  const std::vector<std::string_view> views(steps.begin(), steps.end());
  domain::Rollout rollout;
  rollout.completion.finish = ends ? domain::FinishReason::kStop : domain::FinishReason::kLength;
  rollout.verdict = verdict;
  tree.add_rollout(kRoot, views, rollout, {static_cast<std::uint32_t>(tree.rollout_count() + 1)}, "m");
}

Tree labelled(Tree tree) {
  for (std::uint32_t id = 1; id < tree.size(); ++id) tree.label({id});
  return tree;
}

labels::Options with(const labels::ModeInfo* mode) {
  labels::Options options;
  options.mode = mode;
  return options;
}

///     root ─┬─ 1 "a" ─┬─ 2 "b" right
///           │         └─ 5 "e" wrong
///           └─ 3 "c" ─── 4 "d" wrong
Tree small_tree() {
  Tree tree;
  add(tree, {"a", "b"}, Verdict::kRight);
  add(tree, {"c", "d"}, Verdict::kWrong);
  add(tree, {"a", "e"}, Verdict::kWrong);
  return labelled(std::move(tree));
}

/// Eight right solutions "g", "h", N through nodes 1 and 2, and eight wrong ones "b", "c", N through 4 and 5;
/// the first ones end at 3 and 6, the second ones at 7 and 8.
Tree clear_tree() {
  Tree tree;
  for (int i = 0; i < 8; ++i) {
    add(tree, {"g", "h", std::to_string(i)}, Verdict::kRight);
    add(tree, {"b", "c", std::to_string(i)}, Verdict::kWrong);
  }
  return labelled(std::move(tree));
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> ids(const labels::SiblingPairs& found) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ids;
  for (const labels::SiblingPair& pair : found.pairs)
    ids.emplace_back(pair.chosen.value, pair.rejected.value);
  return ids;
}

labels::Selection consensus(const Tree& tree, const std::vector<labels::JudgedSolution>& judged) {
  labels::Options options = with(*labels::find_mode("consensus"));
  options.judged = judged;
  return labels::select_rows(tree, options);
}

std::vector<std::uint32_t> nodes_of(const labels::Selection& selection) {
  std::vector<std::uint32_t> nodes;
  for (const NodeId id : selection.nodes) nodes.push_back(id.value);
  return nodes;
}

}  // namespace

TEST_CASE("rest-value: by hand, along each path") {
  const auto quality = labels::rest_values(small_tree(), {0.5, 0.75, 1, 0.25, 0, 0.25});
  CHECK(quality[0] == 0.0);
  CHECK(*quality[1] == Approx(0.25));  // (1 - 0) / (1 + 1) · (1 - 2 · 0.25), one more step to "b"
  CHECK(*quality[2] == Approx(1));     // 0.25 + 0.75 / (0 + 1) · 1
  CHECK(quality[3] == 0.0);            // 0 + 1 / (2 + 1) · (-0.5), not below 0; the distance is the root's
  CHECK(quality[4] == 0.0);
  CHECK(*quality[5] == Approx(0.0625));  // 0.25 + 0.75 / (1 + 1) · (-0.5); the distance is that of "a"
}

TEST_CASE("rest-value: a nearer right end is the distance, and a cut one is no end") {
  Tree tree;
  add(tree, {"a", "b", "c", "d"}, Verdict::kRight);
  add(tree, {"a"}, Verdict::kRight, false);
  CHECK(*labels::rest_values(tree, {1, 1, 1, 1, 1})[1] == Approx(0.25));
  add(tree, {"a", "e"}, Verdict::kRight);
  CHECK(*labels::rest_values(tree, {1, 1, 1, 1, 1, 1})[1] == Approx(0.5));
}

TEST_CASE("rest-value: unknown, not invented, where no solution is right") {
  Tree tree;
  add(tree, {"a", "b"}, Verdict::kWrong);
  tree = labelled(std::move(tree));
  CHECK_FALSE(labels::rest_values(tree, {0.5, 0.5, 0}).front().has_value());
  CHECK(labels::select_rows(tree, with(*labels::find_mode("rest-value"))).nodes.empty());
  CHECK(labels::select_rows(Tree(), with(*labels::find_mode("rest-value"))).nodes.empty());
}

TEST_CASE("rest-value: rows take the posterior's means, and rise along a right solution") {
  const labels::Selection selection =
      labels::select_rows(clear_tree(), with(*labels::find_mode("rest-value")));
  const auto value = [&](std::uint32_t id) { return *selection.labels[id].value; };
  const double mean = selection.labels[1].posterior->mean;
  CHECK(value(1) == Approx((2 * mean - 1) / 3));
  CHECK(value(2) > value(1));
  CHECK(value(3) == Approx(1));
  CHECK(value(4) == 0);
}

TEST_CASE("pairs: the surely better of two siblings is chosen") {
  const labels::SiblingPairs found = labels::sibling_pairs(clear_tree(), {});
  REQUIRE(ids(found) == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1, 4}});
  CHECK(found.pairs[0].certainty >= 0.95);
  CHECK(found.pairs[0].chosen_value > 0.75);
  CHECK(found.pairs[0].rejected_value < 0.2);
  CHECK(found.left_out.total() == 0);
  CHECK(labels::sibling_pairs(Tree(), {}).pairs.empty());
}

TEST_CASE("pairs: what is not sure enough is no pair, nor what is not labelled anything else") {
  Tree tree;
  add(tree, {"a", "b", "c", "d"}, Verdict::kRight);
  add(tree, {"e", "f", "g", "h"}, Verdict::kWrong);
  labels::Options options;
  CHECK(labels::sibling_pairs(tree, options).pairs.empty());
  options.pairs.certainty = 0.5;
  CHECK(ids(labels::sibling_pairs(tree, options)) ==
        std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1, 5}});
}

TEST_CASE("pairs: a difference below the margin is none, however sure") {
  Tree tree;
  for (int i = 0; i < 40; ++i) add(tree, {"often", std::to_string(i)}, Verdict::kRight);
  add(tree, {"always"}, Verdict::kRight);
  labels::Options options;
  CHECK(labels::sibling_pairs(tree, options).pairs.empty());
  options.pairs.margin = 0.001;
  options.pairs.certainty = 0.5;
  const labels::SiblingPairs found = labels::sibling_pairs(tree, options);
  REQUIRE(found.pairs.size() == 1);
  CHECK(tree.step(found.pairs[0].chosen) == "always");
}

TEST_CASE("pairs: steps that were cut off, or say the same, are none") {
  Tree tree;
  add(tree, {"So it is B."}, Verdict::kRight);
  add(tree, {"so  it is b.\n"}, Verdict::kWrong);
  add(tree, {"So it"}, Verdict::kTruncated, false);
  CHECK(labels::sibling_pairs(tree, {}).pairs.empty());
  add(tree, {"So it is 2."}, Verdict::kWrong);
  add(tree, {"So it is 3."}, Verdict::kRight);
  CHECK(ids(labels::sibling_pairs(tree, {})) ==
        std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1, 4}, {5, 2}, {5, 4}});
}

TEST_CASE("pairs: of a prefix the greatest differences come first, and the rest is counted") {
  Tree tree;
  for (const char* step : {"p", "q"}) add(tree, {step}, Verdict::kRight);
  for (const char* step : {"x", "y", "z"}) add(tree, {step}, Verdict::kWrong);
  for (int i = 0; i < 30; ++i)
    add(tree, {"m", std::to_string(i)}, i % 2 == 0 ? Verdict::kRight : Verdict::kWrong);
  labels::Options options;
  options.pairs.per_prefix = 7;
  const labels::SiblingPairs found = labels::sibling_pairs(tree, options);
  // 30 finished solutions below "m" make 225 pairs of their own.
  REQUIRE(found.pairs.size() == 14);
  const auto all = ids(found);
  CHECK(std::vector(all.begin(), all.begin() + 6) ==
        std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1, 3}, {1, 4}, {1, 5}, {2, 3}, {2, 4}, {2, 5}});
  CHECK(found.pairs[6].chosen_value - found.pairs[6].rejected_value < 1);
  CHECK(found.left_out.of(Filter::kCap) == 4 + 218);
  options.rows_per_problem = 3;
  const labels::SiblingPairs capped = labels::sibling_pairs(tree, options);
  CHECK(capped.pairs.size() == 3);
  CHECK(capped.left_out.of(Filter::kCap) == 4 + 218 + 11);
}

TEST_CASE("pairs: filters of steps hold, also for steps that no strategy labelled") {
  Tree tree;
  add(tree, {"right"}, Verdict::kRight);
  add(tree, {"w"}, Verdict::kWrong);
  add(tree, {"wrong"}, Verdict::kWrong);
  labels::Options options;
  options.min_chars = 2;
  const labels::SiblingPairs found = labels::sibling_pairs(tree, options);
  CHECK(ids(found) == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1, 3}});
  CHECK(found.left_out.of(Filter::kLength) == 1);
}

TEST_CASE("consensus: solutions stay of which the judge names the same first wrong step, or none") {
  const Tree tree = clear_tree();
  const labels::Selection selection = consensus(tree, {{{3}, std::nullopt}, {{6}, 0}, {{8}, 1}});
  CHECK(nodes_of(selection) == std::vector<std::uint32_t>{1, 2, 3, 4});
  CHECK(selection.labels[3].value == 1.0);
  CHECK(selection.labels[4].value == 0.0);
  CHECK(selection.left_out.of(Filter::kUnjudged) == 7);  // the ends of the other right solutions
  CHECK(selection.left_out.total() == 7);
}

TEST_CASE("consensus: what the judge sees otherwise is left out and counted apart") {
  const Tree tree = clear_tree();
  CHECK(consensus(tree, {{{8}, 1}}).left_out.of(Filter::kDisagreed) == 1);
  CHECK(consensus(tree, {{{3}, 2}}).left_out.of(Filter::kDisagreed) == 3);
  CHECK(nodes_of(consensus(tree, {{{3}, 2}, {{7}, std::nullopt}})) == std::vector<std::uint32_t>{1, 2, 7});
  CHECK(nodes_of(consensus(tree, {{{3}, 2}, {{3}, std::nullopt}})).empty());  // two judges, two views
  const labels::Selection nobody = consensus(tree, {});
  CHECK(nobody.nodes.empty());
  CHECK(nobody.left_out.of(Filter::kUnjudged) == 11);
}
