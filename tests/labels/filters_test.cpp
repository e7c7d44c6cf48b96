#include <viltree/labels/modes.hpp>
#include <viltree/labels/tree_labels.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using domain::kRoot;
using domain::Verdict;
using labels::Filter;
using search::NodeId;
using search::Tree;

namespace {

void add(Tree& tree, NodeId origin, const std::vector<std::string>& steps, Verdict verdict, int times = 1) {
  const std::vector<std::string_view> views(steps.begin(), steps.end());
  for (int i = 0; i < times; ++i) {
    domain::Rollout rollout;
    rollout.completion.finish = domain::FinishReason::kStop;
    rollout.verdict = verdict;
    tree.add_rollout(origin, views, rollout, {static_cast<std::uint32_t>(tree.rollout_count() + 1)}, "m");
  }
}

Tree labelled(Tree tree) {
  for (std::uint32_t id = 1; id < tree.size(); ++id) tree.label({id});
  return tree;
}

labels::Options posterior() {
  labels::Options options;
  options.mode = &labels::posterior();
  return options;
}

std::vector<std::string> steps_of(const Tree& tree, const labels::Selection& selection) {
  std::vector<std::string> steps;
  for (const NodeId id : selection.nodes) steps.emplace_back(tree.step(id));
  return steps;
}

/// Every label with a value is a row or is counted as left out.
void check_complete(const Tree& tree, const labels::Options& options) {
  labels::Options none;
  none.mode = options.mode;
  const labels::Selection filtered = labels::select_rows(tree, options);
  CHECK(labels::select_rows(tree, none).nodes.size() == filtered.nodes.size() + filtered.left_out.total());
}

labels::Options balanced(std::uint32_t balance, std::uint32_t cap = 0) {
  labels::Options options;
  options.balance = balance;
  options.rows_per_problem = cap;
  return options;
}

std::vector<bool> sides(std::size_t good, std::size_t bad) {
  std::vector<bool> all(good, true);
  all.insert(all.end(), bad, false);
  return all;
}

}  // namespace

TEST_CASE("filters: a question whose value is surely near an end gives no rows where it is dropped") {
  Tree tree;
  for (int i = 0; i < 200; ++i)
    add(tree, kRoot, {"a" + std::to_string(i % 4), "b" + std::to_string(i)}, Verdict::kWrong);
  tree = labelled(std::move(tree));
  labels::Options options = posterior();
  CHECK(labels::select_rows(tree, options).nodes.size() == 204);
  options.drop_settled = true;
  const labels::Selection none = labels::select_rows(tree, options);
  CHECK(none.nodes.empty());
  CHECK(none.left_out.of(Filter::kSettled) == 204);
  check_complete(tree, options);
  add(tree, kRoot, {"a0", "right"}, Verdict::kRight, 60);
  CHECK(labels::select_rows(tree, options).left_out.total() == 0);
}

TEST_CASE("filters: few rollouts settle no question, and the interval decides at its bounds") {
  Tree tree;
  add(tree, kRoot, {"a", "b"}, Verdict::kWrong, 2);
  tree = labelled(std::move(tree));
  labels::Options options = posterior();
  options.drop_settled = true;
  CHECK(labels::select_rows(tree, options).nodes.size() == 2);
  search::NodeValue root;
  root.lo = 0;
  root.hi = 0.1;
  CHECK(labels::is_settled(root));
  root.hi = 0.11;
  CHECK_FALSE(labels::is_settled(root));
  root.lo = 0.9;
  root.hi = 1;
  CHECK(labels::is_settled(root));
}

TEST_CASE("filters: length is counted in bytes that are no blanks, and both bounds belong to what stays") {
  Tree tree;
  add(tree, kRoot, {" a\n", "bb b\n\n", "cccc"}, Verdict::kRight);
  tree = labelled(std::move(tree));
  labels::Options options = posterior();
  options.min_chars = 3;
  options.max_chars = 3;
  const labels::Selection selection = labels::select_rows(tree, options);
  CHECK(steps_of(tree, selection) == std::vector<std::string>{"bb b\n\n"});
  CHECK(selection.left_out.of(Filter::kLength) == 2);
  check_complete(tree, options);
}

TEST_CASE("filters: of near-duplicates the one stays that most rollouts went through") {
  Tree tree;
  add(tree, kRoot, {"So we add 2 and 3.", "x"}, Verdict::kRight, 2);
  add(tree, kRoot, {"so we  add 2 and 3.\n", "y"}, Verdict::kRight, 3);
  add(tree, kRoot, {"So we add 2 and 4.", "z"}, Verdict::kRight, 1);  // another number
  add(tree, kRoot, {"Something else altogether.", "z"}, Verdict::kRight, 1);
  tree = labelled(std::move(tree));
  labels::Options options = posterior();
  options.drop_duplicates = true;
  const labels::Selection selection = labels::select_rows(tree, options);
  CHECK(selection.left_out.of(Filter::kDuplicate) == 1);
  CHECK(selection.labels[1].left_out == Filter::kDuplicate);
  CHECK(steps_of(tree, selection) == std::vector<std::string>{"x", "so we  add 2 and 3.\n", "y",
                                                              "So we add 2 and 4.", "z",
                                                              "Something else altogether.", "z"});
  check_complete(tree, options);
}

TEST_CASE("filters: near-duplicates whose values surely differ stay, both of them") {
  Tree tree;
  add(tree, kRoot, {"so it is b"}, Verdict::kRight);
  add(tree, kRoot, {"So it is B"}, Verdict::kWrong);
  tree = labelled(std::move(tree));
  labels::Options options = posterior();
  options.drop_duplicates = true;
  CHECK(labels::select_rows(tree, options).nodes.size() == 2);
}

TEST_CASE("filters: the same step in other places is no duplicate") {
  Tree tree;
  add(tree, kRoot, {"a", "same"}, Verdict::kRight);
  add(tree, kRoot, {"b", "same"}, Verdict::kRight);
  tree = labelled(std::move(tree));
  labels::Options options = posterior();
  options.drop_duplicates = true;
  CHECK(labels::select_rows(tree, options).nodes.size() == 4);
}

TEST_CASE("balance: so many of the commoner side for each of the other, spread evenly, and all are counted") {
  const labels::Kept kept = labels::balance_and_cap(sides(2, 10), balanced(2));
  CHECK(kept.places == std::vector<std::size_t>{0, 1, 2, 5, 8, 11});
  CHECK(kept.left_out.of(Filter::kBalance) == 6);
  CHECK(labels::balance_and_cap(sides(10, 2), balanced(1)).places.size() == 4);
  CHECK(labels::balance_and_cap(sides(3, 4), balanced(2)).places.size() == 7);
  CHECK(labels::balance_and_cap(sides(3, 40), balanced(0)).places.size() == 43);
  const labels::Kept one_sided = labels::balance_and_cap(sides(0, 5), balanced(3));
  CHECK(one_sided.places.empty());
  CHECK(one_sided.left_out.of(Filter::kBalance) == 5);
}

TEST_CASE("balance: under a cap both bounds hold, and nothing is kept twice") {
  for (std::size_t good = 0; good < 12; ++good) {
    for (std::size_t bad = 0; bad < 12; ++bad) {
      for (std::uint32_t ratio = 1; ratio < 4; ++ratio) {
        for (std::uint32_t cap = 1; cap < 14; ++cap) {
          const labels::Kept kept = labels::balance_and_cap(sides(good, bad), balanced(ratio, cap));
          CAPTURE(good);
          CAPTURE(bad);
          CAPTURE(ratio);
          CAPTURE(cap);
          std::size_t kept_good = 0;
          for (const std::size_t place : kept.places) kept_good += place < good ? 1 : 0;
          const std::size_t kept_bad = kept.places.size() - kept_good;
          REQUIRE(kept.places.size() <= cap);
          REQUIRE(kept.places.size() + kept.left_out.total() == good + bad);
          REQUIRE(std::adjacent_find(kept.places.begin(), kept.places.end(), std::greater_equal<>()) ==
                  kept.places.end());
          if (cap == 1) continue;  // one row has no other side
          REQUIRE(kept_good <= kept_bad * ratio);
          REQUIRE(kept_bad <= kept_good * ratio);
          REQUIRE(kept.places.empty() == (good == 0 || bad == 0));
        }
      }
    }
  }
}

TEST_CASE("balance: sides are those of the mode") {
  labels::Options options;
  CHECK(labels::is_good(0.5, options));
  CHECK_FALSE(labels::is_good(0.49, options));
  options.threshold = 0.2;
  CHECK(labels::is_good(0.3, options));
  options.mode = &labels::hard();
  CHECK_FALSE(labels::is_good(0, options));
  options.mode = *labels::find_mode("advantage");
  CHECK(labels::is_good(0, options));
  CHECK_FALSE(labels::is_good(-0.1, options));
}

TEST_CASE("balance: rows of a tree under a mode of the posterior") {
  Tree tree;
  for (int i = 0; i < 6; ++i)
    add(tree, kRoot, {"bad " + std::string(1, static_cast<char>('a' + i))}, Verdict::kWrong);
  add(tree, kRoot, {"good"}, Verdict::kRight);
  tree = labelled(std::move(tree));
  labels::Options options = posterior();
  options.balance = 2;
  const labels::Selection selection = labels::select_rows(tree, options);
  CHECK(steps_of(tree, selection) == std::vector<std::string>{"bad a", "bad b", "good"});
  CHECK(selection.left_out.of(Filter::kBalance) == 4);
  check_complete(tree, options);
}
