#include <viltree/labels/modes.hpp>
#include <viltree/labels/tree_labels.hpp>

#include <algorithm>
#include <map>

#include <doctest/doctest.h>

using namespace viltree;
using domain::FinishReason;
using domain::kRoot;
using domain::Verdict;
using search::NodeId;
using search::Tree;

namespace {

/// A rollout from `origin`; a truncated one is cut off by the length limit, any other ends by itself.
void add(Tree& tree, NodeId origin, std::vector<std::string_view> steps, Verdict verdict,
         std::optional<std::uint32_t> tokens = 10, std::string_view policy = "m",
         std::optional<std::string> answer = std::nullopt) {
  domain::Rollout rollout;
  rollout.completion.finish = verdict == Verdict::kTruncated ? FinishReason::kLength : FinishReason::kStop;
  rollout.completion.tokens = tokens;
  rollout.verdict = verdict;
  rollout.answer = std::move(answer);
  const auto ticket = static_cast<std::uint32_t>(tree.rollout_count() + 1);
  tree.add_rollout(origin, steps, rollout, {ticket}, policy);
}

/// The tree of these tests. Evidence in brackets: right / wrong / truncated.
///
///     root [2/2/0] ─┬─ 1 "a" [1/3/2] ─┬─ 2 "b" [1/0/0] ends right "7"
///                   │                 ├─ 3 "c" [0/3/0] ends wrong "8"
///                   │                 └─ 4 "d" [0/0/0] cut off
///                   └─ 5 "e" [1/0/0] ends right
///
/// Steps a, b, c and d are labelled.
Tree make_tree() {
  Tree tree;
  add(tree, kRoot, {"a", "b"}, Verdict::kRight, 20, "m", "7");
  add(tree, kRoot, {"a", "c"}, Verdict::kWrong, 30, "n", "8");
  add(tree, {1}, {"d"}, Verdict::kTruncated, 5);
  add(tree, {1}, {"d"}, Verdict::kTruncated, 5);
  add(tree, {1}, {"b"}, Verdict::kUnparsed, 10);
  add(tree, kRoot, {"e"}, Verdict::kRight);
  add(tree, kRoot, {"a", "c"}, Verdict::kWrong, std::nullopt);
  add(tree, {1}, {"c"}, Verdict::kWrong, 10, "n", "9");
  add(tree, {1}, {"c"}, Verdict::kWrong, 10);
  add(tree, {1}, {"c"}, Verdict::kWrong, 10);
  add(tree, {1}, {"b"}, Verdict::kRight, 10);
  tree.add_refusal({1}, 2);
  for (std::uint32_t id = 1; id <= 4; ++id) tree.label({id});
  tree.check_invariants();
  return tree;
}

domain::Problem make_problem() {
  domain::Problem problem;
  problem.id = "q";
  problem.question = "Q?";
  problem.images.resize(2);
  problem.images[0].path = "images/ab/ab.png";
  problem.images[1].path = "images/cd/cd.png";
  problem.answer = "7";
  problem.source = "demo";
  problem.split = "train";
  return problem;
}

const labels::RunFacts kFacts = {7, "exact", "auto", "c0ffee"};

labels::Options with(const labels::ModeInfo* mode, double threshold = 0.5) {
  labels::Options options;
  options.mode = mode;
  options.threshold = threshold;
  return options;
}

std::vector<std::optional<double>> values_of(const std::vector<domain::LabelRow>& rows) {
  std::vector<std::optional<double>> values;
  for (const domain::LabelRow& row : rows) values.push_back(row.value);
  return values;
}

std::vector<std::uint32_t> nodes_of(const std::vector<domain::LabelRow>& rows) {
  std::vector<std::uint32_t> nodes;
  for (const domain::LabelRow& row : rows) nodes.push_back(row.node_id);
  return nodes;
}

domain::Evidence evidence(std::uint32_t right, std::uint32_t wrong, std::uint32_t truncated) {
  domain::Evidence evidence;
  evidence.add(Verdict::kRight, right);
  evidence.add(Verdict::kWrong, wrong);
  evidence.add(Verdict::kTruncated, truncated);
  return evidence;
}

}  // namespace

TEST_CASE("labels: soft is the share of right ones, hard is any right one, threshold includes its bound") {
  CHECK(labels::value(evidence(1, 3, 9), with(&labels::soft())) == 0.25);
  CHECK(labels::value(evidence(1, 3, 9), with(&labels::hard())) == 1.0);
  CHECK(labels::value(evidence(0, 3, 9), with(&labels::hard())) == 0.0);
  CHECK(labels::value(evidence(1, 3, 0), with(&labels::threshold(), 0.25)) == 1.0);
  CHECK(labels::value(evidence(1, 3, 0), with(&labels::threshold(), 0.26)) == 0.0);
  CHECK(labels::soft_value(evidence(1, 3, 0), with(&labels::hard())) == 0.25);
}

TEST_CASE("labels: what was not measured has no value, in any mode") {
  for (const auto mode : {&labels::soft(), &labels::hard(), &labels::threshold()}) {
    CHECK_FALSE(labels::value(evidence(0, 0, 5), with(mode, 0)).has_value());
  }
  domain::Evidence none;
  none.add(Verdict::kUnparsed, 2);
  none.add(Verdict::kFiltered, 2);
  none.add(Verdict::kFailed, 2);
  labels::Options wrong;
  wrong.truncated_is_wrong = true;
  CHECK_FALSE(labels::value(none, wrong).has_value());
}

TEST_CASE("labels: truncated counts as wrong only where the options say so") {
  labels::Options options;
  options.truncated_is_wrong = true;
  CHECK(labels::value(evidence(1, 2, 1), options) == 0.25);
  CHECK(labels::value(evidence(0, 0, 3), options) == 0.0);
  CHECK(labels::decided(evidence(1, 2, 1), options) == 4);
}

TEST_CASE("labels: modes are found by name, and an unknown one lists them") {
  CHECK(labels::find_mode("soft") == &labels::soft());
  CHECK(labels::find_mode("threshold") == &labels::threshold());
  CHECK(labels::hard().name == "hard");
  const auto unknown = labels::find_mode("softer");
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().kind == core::ErrorKind::kInvalidInput);
  CHECK(unknown.error().message.starts_with(
      "there is no label mode \"softer\"; there are soft, hard, threshold, posterior, "
      "advantage, advantage-sign, rpe, first-error, rest-value, consensus"));
}

TEST_CASE("rows: labelled nodes with a value, in the order of node ids") {
  const auto rows = labels::rows(make_problem(), make_tree(), with(&labels::soft()), kFacts);
  CHECK(nodes_of(rows) == std::vector<std::uint32_t>{1, 2, 3});  // 4 was not measured, 5 is not labelled
  CHECK(values_of(rows) == std::vector<std::optional<double>>{0.25, 1.0, 0.0});
  const auto hard = labels::rows(make_problem(), make_tree(), with(&labels::hard()), kFacts);
  CHECK(values_of(hard) == std::vector<std::optional<double>>{1.0, 1.0, 0.0});
}

TEST_CASE("rows: a row says where it stands, what was seen there and where it comes from") {
  const auto rows = labels::rows(make_problem(), make_tree(), with(&labels::soft()), kFacts);
  const domain::LabelRow& a = rows[0];
  CHECK(a.image_path == "images/ab/ab.png");
  CHECK(a.images == std::vector<std::string>{"images/ab/ab.png", "images/cd/cd.png"});
  CHECK(a.id == "q/1");
  CHECK(a.parent_id == 0);
  CHECK(a.depth == 1);
  CHECK(a.evidence.of(Verdict::kTruncated) == 2);
  CHECK(a.evidence.of(Verdict::kUnparsed) == 1);
  CHECK(a.evidence.total() == 9);  // with 2 refused
  CHECK_FALSE(a.is_terminal);
  CHECK_FALSE(a.final_answer.has_value());
  CHECK(a.policy == "m+n");
  CHECK(a.tokens == 60);
  CHECK(a.seed == 7);
  CHECK(a.config_hash == "c0ffee");
  REQUIRE(a.posterior_mean.has_value());
  CHECK(*a.posterior_lo < *a.posterior_mean);
  CHECK(*a.posterior_mean < *a.posterior_hi);
  CHECK(*a.advantage < 0);
  CHECK(*a.first_error_prob > 0);
  CHECK(*a.key_weight > 0);
  const domain::LabelRow& c = rows[2];
  CHECK(c.process == "ac");
  CHECK(c.step == "c");
  CHECK(c.parent_id == 1);
  CHECK(c.depth == 2);
}

TEST_CASE("rows: a finished solution's answer is that of the first rollout that ended there") {
  const auto rows = labels::rows(make_problem(), make_tree(), with(&labels::soft()), kFacts);
  CHECK(rows[1].is_terminal);
  CHECK(rows[1].final_answer == "7");
  CHECK(rows[1].final_verdict == Verdict::kRight);
  CHECK(rows[2].final_answer == "8");
  CHECK(rows[2].final_verdict == Verdict::kWrong);
}

TEST_CASE(
    "rows: tokens are unknown where one rollout's are, and the parent's values where it was not drawn") {
  const auto rows = labels::rows(make_problem(), make_tree(), with(&labels::soft()), kFacts);
  CHECK_FALSE(rows[2].tokens.has_value());  // the second a-c came without its tokens
  Tree tree;
  add(tree, kRoot, {"a"}, Verdict::kTruncated);
  add(tree, {1}, {"b"}, Verdict::kRight);
  tree.label({1});
  labels::Options options;
  const double excluded = *labels::rows(make_problem(), tree, options, kFacts)[0].posterior_mean;
  options.truncated_is_wrong = true;
  CHECK(*labels::rows(make_problem(), tree, options, kFacts)[0].posterior_mean < excluded);
  // Another policy's step: what leads to it is none of this one's business.
  add(tree, kRoot, {"x"}, Verdict::kUnparsed, 10, "other");
  add(tree, {3}, {"y"}, Verdict::kRight, 10);
  tree.label({3});
  const domain::LabelRow x = labels::rows(make_problem(), tree, with(&labels::posterior()), kFacts).back();
  CHECK(x.process == "x");
  CHECK(x.posterior_mean.has_value());
  CHECK_FALSE(x.advantage.has_value());
  CHECK_FALSE(x.first_error_prob.has_value());
}

TEST_CASE("rows: a cap keeps rows spread from the first to the last, always the same") {
  CHECK(labels::evenly_spread(5, 0) == std::vector<std::size_t>{0, 1, 2, 3, 4});
  CHECK(labels::evenly_spread(5, 9) == std::vector<std::size_t>{0, 1, 2, 3, 4});
  CHECK(labels::evenly_spread(9, 3) == std::vector<std::size_t>{0, 4, 8});
  CHECK(labels::evenly_spread(100, 1) == std::vector<std::size_t>{0});
  CHECK(labels::evenly_spread(0, 3).empty());
  for (std::size_t most = 2; most < 40; ++most) {
    const auto places = labels::evenly_spread(40, most);
    CHECK(places.size() == most);
    CHECK(places.back() == 39);
    CHECK(std::adjacent_find(places.begin(), places.end(), std::greater_equal<>()) == places.end());
  }
  labels::Options options = with(&labels::soft());
  options.rows_per_problem = 2;
  CHECK(nodes_of(labels::rows(make_problem(), make_tree(), options, kFacts)) ==
        std::vector<std::uint32_t>{1, 3});
}

namespace {

/// Solutions through a good first step and a bad one: eight rollouts each.
///
///     root ─┬─ 1 "g" ─┬─ 2 "h" ── … right        └─ 5 "b" ── … wrong
///           │         └─ …
Tree make_clear_tree() {
  Tree tree;
  for (int i = 0; i < 8; ++i) {
    const std::string last = std::to_string(i);
    add(tree, kRoot, {"g", "h", last}, Verdict::kRight);
    add(tree, kRoot, {"b", "c", last}, Verdict::kWrong);
  }
  for (std::uint32_t id = 1; id < tree.size(); ++id) tree.label({id});
  return tree;
}

std::optional<double> value_at(const Tree& tree, std::string_view mode, const std::string& process) {
  for (const domain::LabelRow& row :
       labels::rows(make_problem(), tree, with(*labels::find_mode(mode)), kFacts)) {
    if (row.process == process) return row.value;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("rows: modes on the posterior") {
  const Tree tree = make_clear_tree();
  CHECK(*value_at(tree, "posterior", "g") > 0.75);
  CHECK(*value_at(tree, "posterior", "b") < 0.2);
  CHECK(*value_at(tree, "posterior", "gh0") == 1);
  CHECK(*value_at(tree, "advantage", "g") > 0.3);
  CHECK(*value_at(tree, "advantage", "b") < -0.3);
  CHECK(value_at(tree, "advantage-sign", "g") == 1);
  CHECK(value_at(tree, "advantage-sign", "b") == -1);
  CHECK(value_at(tree, "rpe", "gh") == 1);
  CHECK(value_at(tree, "rpe", "b") == 0);
  CHECK(value_at(tree, "rpe", "bc") == 0);
  CHECK(value_at(tree, "first-error", "gh0") == 1);
  CHECK(value_at(tree, "first-error", "b") == 0);
  CHECK_FALSE(value_at(tree, "first-error", "bc").has_value());
}

TEST_CASE("rows: wide intervals are left out, and a cap keeps the most certain of each first step") {
  const Tree tree = make_clear_tree();
  labels::Options options = with(&labels::posterior());
  const std::size_t all = labels::rows(make_problem(), tree, options, kFacts).size();
  options.max_width = 0.05;
  const auto certain = labels::rows(make_problem(), tree, options, kFacts);
  CHECK(certain.size() < all);
  for (const domain::LabelRow& row : certain) CHECK(*row.posterior_hi - *row.posterior_lo <= 0.05);
  options.max_width = 1;
  options.rows_per_problem = 6;
  std::map<char, int> by_first_step;
  for (const domain::LabelRow& row : labels::rows(make_problem(), tree, options, kFacts))
    ++by_first_step[row.process.front()];
  CHECK(by_first_step == std::map<char, int>{{'b', 3}, {'g', 3}});
}

namespace {

std::vector<labels::LabelledPath> paths_of(const Tree& tree) {
  return labels::labelled_paths(tree, labels::tree_labels(tree, with(&labels::soft())));
}

}  // namespace

TEST_CASE("paths: one for each labelled node without a labelled one below, with none for what has no label") {
  const auto paths = paths_of(make_tree());
  REQUIRE(paths.size() == 3);
  CHECK(paths[0].nodes == std::vector<NodeId>{{1}, {2}});
  CHECK(paths[0].values == std::vector<std::optional<double>>{0.25, 1.0});
  CHECK(paths[1].nodes == std::vector<NodeId>{{1}, {3}});
  CHECK(paths[1].values == std::vector<std::optional<double>>{0.25, 0.0});
  CHECK(paths[2].values == std::vector<std::optional<double>>{0.25, std::nullopt});
}

TEST_CASE("paths: a labelled node below an unlabelled one makes one path, and the middle has no value") {
  Tree tree;
  add(tree, kRoot, {"a", "b", "c"}, Verdict::kRight);
  add(tree, {1}, {"d"}, Verdict::kRight);
  tree.label({1});
  tree.label({3});
  const auto paths = paths_of(tree);
  REQUIRE(paths.size() == 1);
  CHECK(paths[0].nodes == std::vector<NodeId>{{1}, {2}, {3}});
  CHECK(paths[0].values == std::vector<std::optional<double>>{1.0, std::nullopt, 1.0});
  CHECK(paths_of(Tree()).empty());
}
