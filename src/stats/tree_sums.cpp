#include "tree_sums.hpp"

#include "step_text.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/core/similar_text.hpp>
#include <viltree/labels/modes.hpp>
#include <viltree/labels/tree_labels.hpp>
#include <viltree/search/posterior.hpp>
#include <viltree/search/stored_tree.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

namespace viltree::stats {

namespace {

using domain::kRoot;
using domain::NodeId;
using domain::Verdict;
using search::RolloutRecord;
using search::Tree;

bool has_ended(const RolloutRecord& rollout) {
  return rollout.finish == domain::FinishReason::kStop;
}

bool is_decided(const RolloutRecord& rollout) {
  return rollout.verdict == Verdict::kRight || rollout.verdict == Verdict::kWrong;
}

std::uint64_t& of(Verdicts& verdicts, Verdict verdict) {
  return verdicts[static_cast<std::size_t>(verdict)];
}

/// Completions that were refused: evidence without a rollout. A rollout counts at its origin, and at the end
/// of a finished solution, too.
std::uint64_t refused(const Tree& tree) {
  std::uint64_t failed = 0;
  for (std::uint32_t i = 0; i < tree.size(); ++i) failed += tree.node({i}).evidence.of(Verdict::kFailed);
  for (const RolloutRecord& rollout : tree.rollouts()) {
    if (rollout.verdict != Verdict::kFailed) continue;
    failed -= has_ended(rollout) && rollout.end != rollout.origin ? 2 : 1;
  }
  return failed;
}

Verdicts verdicts_of(const Tree& tree) {
  Verdicts verdicts{};
  for (const RolloutRecord& rollout : tree.rollouts()) ++of(verdicts, rollout.verdict);
  of(verdicts, Verdict::kFailed) += refused(tree);
  return verdicts;
}

void add_outcome(TreeOutcomes& outcomes, Verdicts& verdicts) {
  const bool right = of(verdicts, Verdict::kRight) > 0;
  const bool wrong = of(verdicts, Verdict::kWrong) > 0;
  outcomes.mixed += right && wrong ? 1 : 0;
  outcomes.all_right += right && !wrong ? 1 : 0;
  outcomes.all_wrong += wrong && !right ? 1 : 0;
  outcomes.undecided += !right && !wrong ? 1 : 0;
}

/// What the leading policy's rollouts from each node came to.
struct Own {
  std::uint64_t right = 0;
  std::uint64_t decided = 0;
};

std::vector<Own> own_evidence(const Tree& tree, const labels::Options& options) {
  const std::uint8_t leading = search::leading_policy(tree);
  std::vector<Own> nodes(tree.size());
  for (const RolloutRecord& rollout : tree.rollouts()) {
    const bool cut = options.truncated_is_wrong && rollout.verdict == Verdict::kTruncated;
    if (rollout.policy != leading || (!is_decided(rollout) && !cut)) continue;
    Own& own = nodes[rollout.origin.value];
    ++own.decided;
    own.right += rollout.verdict == Verdict::kRight ? 1 : 0;
  }
  return nodes;
}

bool holds(const Interval& interval, double value) {
  constexpr double kRounding = 1e-9;
  return value >= interval.lo - kRounding && value <= interval.hi + kRounding;
}

void compare_values(const Tree& tree, const std::vector<labels::NodeLabel>& labels,
                    const labels::Options& options, Contradictions& into) {
  const std::vector<Own> evidence = own_evidence(tree, options);
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    const Own& own = evidence[i];
    if (own.decided == 0 || tree.node({i}).terminal || !labels[i].posterior) continue;
    ++into.measured_nodes;
    const bool agrees = holds(wilson(own.right, own.decided), labels[i].posterior->mean);
    into.excluded_nodes += agrees ? 0 : 1;
  }
}

/// The verdicts that each final answer of finished solutions got.
void compare_answers(const Tree& tree, Contradictions& into) {
  struct Seen {
    Verdict first = Verdict::kRight;
    bool differs = false;
  };
  std::map<std::string_view, Seen> answers;
  for (const RolloutRecord& rollout : tree.rollouts()) {
    const auto answer = tree.answer(rollout);
    if (!answer || !has_ended(rollout)) continue;
    Seen& seen = answers.try_emplace(*answer, Seen{rollout.verdict, false}).first->second;
    seen.differs = seen.differs || seen.first != rollout.verdict;
  }
  const auto differ = static_cast<std::uint64_t>(
      std::count_if(answers.begin(), answers.end(), [](const auto& entry) { return entry.second.differs; }));
  into.answers += answers.size();
  into.contradictory_answers += differ;
  into.problems_of_those += differ > 0 ? 1 : 0;
}

void add_solutions(const Tree& tree, Correlation& into) {
  std::vector<std::uint64_t> bytes(tree.size());
  for (std::uint32_t i = 1; i < tree.size(); ++i) {
    const search::Node& node = tree.node({i});
    bytes[i] = bytes[node.parent.value] + node.text_size;
  }
  for (const RolloutRecord& rollout : tree.rollouts()) {
    if (rollout.origin != kRoot || !has_ended(rollout) || !is_decided(rollout)) continue;
    into.add(static_cast<double>(bytes[rollout.end.value]), rollout.verdict == Verdict::kRight ? 1.0 : 0.0);
  }
}

void add_row(const Tree& tree, NodeId id, const labels::NodeLabel& label, Statistics& into) {
  const search::Node& node = tree.node(id);
  const double value = *label.value;
  into.labels.all.add(value);
  into.labels.values.add(value);
  into.labels.by_depth[node.depth].add(value);
  into.correlations.label_and_step_bytes.add(value, node.text_size);
  into.correlations.label_and_depth.add(value, node.depth);
  if (label.posterior) into.widths.add(label.posterior->hi - label.posterior->lo);
}

void add_steps(const Tree& tree, const std::vector<NodeId>& rows, Duplicates& into, StepCounter& steps) {
  std::vector<std::uint64_t> hashes;
  std::vector<std::uint64_t> simhashes;
  std::unordered_map<std::uint64_t, std::uint64_t> in_problem;
  for (const NodeId id : rows) {
    const std::string step = core::normalised(tree.step(id));
    hashes.push_back(core::hash64(step));
    simhashes.push_back(core::simhash(step));
    ++in_problem[hashes.back()];
    steps.add(step, hashes.back());
  }
  const std::vector<bool> near = have_neighbours(simhashes);
  into.rows += rows.size();
  into.near_within_problem += static_cast<std::uint64_t>(std::count(near.begin(), near.end(), true));
  for (const std::uint64_t hash : hashes) into.within_problem += in_problem[hash] > 1 ? 1 : 0;
}

void add_cost(const Tree& tree, Cost& into) {
  into.requests += tree.spent().answers;
  into.rollouts += tree.rollout_count();
  into.usage.add(tree.spent().usage);
  for (const RolloutRecord& rollout : tree.rollouts())
    into.uncounted += rollout.tokens == RolloutRecord::kUnknownTokens ? 1 : 0;
}

void add(Coverage& to, const Coverage& frame) {
  to.trees += frame.trees;
  to.stopped_by_budget += frame.stopped_by_budget;
  to.trees_with_rows += frame.trees_with_rows;
}

void add(RootValues& to, const RootValues& frame) {
  to.means.add(frame.means);
  to.outcomes.mixed += frame.outcomes.mixed;
  to.outcomes.all_right += frame.outcomes.all_right;
  to.outcomes.all_wrong += frame.outcomes.all_wrong;
  to.outcomes.undecided += frame.outcomes.undecided;
}

void add(Labels& to, const Labels& frame) {
  to.all.add(frame.all);
  to.values.add(frame.values);
  for (const auto& [depth, sums] : frame.by_depth) to.by_depth[depth].add(sums);
}

void add(Contradictions& to, const Contradictions& frame) {
  to.measured_nodes += frame.measured_nodes;
  to.excluded_nodes += frame.excluded_nodes;
  to.answers += frame.answers;
  to.contradictory_answers += frame.contradictory_answers;
  to.problems_of_those += frame.problems_of_those;
}

void add(Correlations& to, const Correlations& frame) {
  to.label_and_step_bytes.add(frame.label_and_step_bytes);
  to.label_and_depth.add(frame.label_and_depth);
  to.solution_bytes_and_right.add(frame.solution_bytes_and_right);
}

void add(Duplicates& to, const Duplicates& frame) {
  to.rows += frame.rows;
  to.within_problem += frame.within_problem;
  to.near_within_problem += frame.near_within_problem;
}

void add(Cost& to, const Cost& frame) {
  to.requests += frame.requests;
  to.rollouts += frame.rollouts;
  to.uncounted += frame.uncounted;
  to.usage.add(frame.usage);
}

}  // namespace

FrameSums::FrameSums(const labels::Options& options) : options_(options), sums_(nothing_yet(options.mode)) {}

void FrameSums::add(const search::StoredTree& stored) {
  const Tree& tree = stored.tree;
  const labels::Selection selection = labels::select_rows(tree, options_);
  const std::vector<labels::NodeLabel>& labels = selection.labels;
  const std::vector<NodeId>& rows = selection.nodes;
  sums_.left_out.add(selection.left_out);
  ++sums_.coverage.trees;
  sums_.coverage.stopped_by_budget += stored.stopped_by_budget ? 1 : 0;
  sums_.coverage.trees_with_rows += rows.empty() ? 0 : 1;
  Verdicts verdicts = verdicts_of(tree);
  for (std::size_t i = 0; i < verdicts.size(); ++i) sums_.verdicts[i] += verdicts[i];
  add_outcome(sums_.roots.outcomes, verdicts);
  if (const auto& root = labels[kRoot.value].posterior) sums_.roots.means.add(root->mean);
  for (const NodeId id : rows) add_row(tree, id, labels[id.value], sums_);
  compare_values(tree, labels, options_, sums_.contradictions);
  compare_answers(tree, sums_.contradictions);
  add_solutions(tree, sums_.correlations.solution_bytes_and_right);
  add_steps(tree, rows, sums_.duplicates, steps_);
  add_cost(tree, sums_.cost);
}

void add(Statistics& to, const Statistics& frame) {
  add(to.coverage, frame.coverage);
  for (std::size_t i = 0; i < to.verdicts.size(); ++i) to.verdicts[i] += frame.verdicts[i];
  add(to.roots, frame.roots);
  add(to.labels, frame.labels);
  to.left_out.add(frame.left_out);
  to.widths.add(frame.widths);
  add(to.contradictions, frame.contradictions);
  add(to.correlations, frame.correlations);
  add(to.duplicates, frame.duplicates);
  add(to.cost, frame.cost);
}

Statistics nothing_yet(const labels::ModeInfo* mode) {
  Statistics statistics;
  statistics.mode = mode;
  statistics.labels.values = Histogram(mode->least, mode->most);
  return statistics;
}

}  // namespace viltree::stats
