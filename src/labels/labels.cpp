#include <viltree/labels/modes.hpp>
#include <viltree/labels/tree_labels.hpp>

#include <algorithm>
#include <map>

namespace viltree::labels {

namespace {

using domain::kRoot;
using domain::Verdict;
using search::NodeId;
using search::RolloutRecord;
using search::Tree;

/// What the rollouts counted in a node's evidence say beside their verdicts.
struct Behind {
  std::uint64_t tokens = 0;
  bool tokens_known = true;
  std::vector<bool> policies;            ///< by number; which of them took part
  const RolloutRecord* ended = nullptr;  ///< the first that ended here by itself
};

void count(Behind& behind, const RolloutRecord& rollout) {
  if (rollout.tokens == RolloutRecord::kUnknownTokens) {
    behind.tokens_known = false;
  } else {
    behind.tokens += rollout.tokens;
  }
  if (behind.policies.size() <= rollout.policy) behind.policies.resize(rollout.policy + std::size_t{1});
  behind.policies[rollout.policy] = true;
}

/// By node; evidence is counted as the tree counts it: at the origin, and at the end of a finished solution.
std::vector<Behind> behind_nodes(const Tree& tree) {
  std::vector<Behind> nodes(tree.size());
  for (const RolloutRecord& rollout : tree.rollouts()) {
    const bool finished = rollout.finish == domain::FinishReason::kStop;
    count(nodes[rollout.origin.value], rollout);
    if (!finished) continue;
    Behind& end = nodes[rollout.end.value];
    if (rollout.end != rollout.origin) count(end, rollout);
    if (end.ended == nullptr) end.ended = &rollout;
  }
  return nodes;
}

std::string joined_policies(const Tree& tree, const Behind& behind) {
  std::string joined;
  for (std::size_t i = 0; i < behind.policies.size(); ++i) {
    if (!behind.policies[i]) continue;
    if (!joined.empty()) joined += '+';
    joined += tree.policies()[i];
  }
  return joined;
}

/// What all rows of a problem share.
domain::LabelRow common_row(const domain::Problem& problem, const RunFacts& facts) {
  domain::LabelRow row;
  for (const domain::Image& image : problem.images) row.images.push_back(image.path);
  if (!row.images.empty()) row.image_path = row.images.front();
  row.question = problem.question;
  row.problem_id = problem.id;
  row.answer = problem.answer;
  row.source = problem.source;
  row.split = problem.split;
  row.continuation = facts.continuation;
  row.checker = facts.checker;
  row.seed = facts.seed;
  row.config_hash = facts.config_hash;
  return row;
}

void set_place(domain::LabelRow& row, const Tree& tree, NodeId id) {
  const search::Node& node = tree.node(id);
  row.id = row.problem_id + "/" + std::to_string(id.value);
  row.node_id = id.value;
  row.parent_id = node.parent.value;
  row.depth = node.depth;
  row.step = tree.step(id);
  row.process = tree.prefix(id);
  row.is_terminal = node.terminal;
}

void set_labels(domain::LabelRow& row, const Tree& tree, NodeId id, const Options& options,
                const std::vector<NodeLabel>& labels) {
  const search::Node& node = tree.node(id);
  const NodeLabel& label = labels[id.value];
  row.evidence = node.evidence;
  row.value = label.value;
  row.mc = soft_value(node.evidence, options);
  row.key_weight = label.key_weight;
  row.posterior_mean = label.posterior->mean;
  row.posterior_lo = label.posterior->lo;
  row.posterior_hi = label.posterior->hi;
  if (label.posterior->from_prior) return;
  row.first_error_prob = label.posterior->first_error;
  row.advantage = label.posterior->mean - labels[node.parent.value].posterior->mean;
}

void set_origin(domain::LabelRow& row, const Tree& tree, const Behind& behind) {
  row.policy = joined_policies(tree, behind);
  if (behind.tokens_known) row.tokens = behind.tokens;
  if (behind.ended == nullptr) return;
  row.final_verdict = behind.ended->verdict;
  if (const auto answer = tree.answer(*behind.ended)) row.final_answer = *answer;
}

/// Nodes with a value.
std::vector<NodeId> with_value(const std::vector<NodeLabel>& labels) {
  std::vector<NodeId> nodes;
  for (std::uint32_t i = 0; i < labels.size(); ++i) {
    if (labels[i].value) nodes.push_back(NodeId{i});
  }
  return nodes;
}

/// Of the nodes at these places, the most certain of each first step in turn.
std::vector<std::size_t> most_certain(const Tree& tree, const std::vector<NodeLabel>& labels,
                                      const std::vector<NodeId>& nodes,
                                      const std::vector<std::size_t>& places, std::size_t most) {
  std::vector<NodeId> first_step(tree.size(), domain::kRoot);
  for (std::uint32_t i = 1; i < tree.size(); ++i) {
    const NodeId parent = tree.node({i}).parent;
    first_step[i] = parent == kRoot ? NodeId{i} : first_step[parent.value];
  }
  std::map<NodeId, std::vector<std::size_t>> by_first_step;
  for (const std::size_t place : places) by_first_step[first_step[nodes[place].value]].push_back(place);
  const auto width = [&](std::size_t place) {
    const search::NodeValue& value = *labels[nodes[place].value].posterior;
    return value.hi - value.lo;
  };
  for (auto& [first, group] : by_first_step) {
    std::stable_sort(group.begin(), group.end(),
                     [&](std::size_t a, std::size_t b) { return width(a) < width(b); });
  }
  std::vector<std::size_t> kept;
  for (std::size_t turn = 0; kept.size() < most; ++turn) {
    for (const auto& [first, group] : by_first_step) {
      if (turn < group.size() && kept.size() < most) kept.push_back(group[turn]);
    }
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

}  // namespace

std::uint32_t decided(const domain::Evidence& evidence, const Options& options) {
  return evidence.decided() + (options.truncated_is_wrong ? evidence.of(Verdict::kTruncated) : 0);
}

std::optional<double> soft_value(const domain::Evidence& evidence, const Options& options) {
  const std::uint32_t all = decided(evidence, options);
  if (all == 0) return std::nullopt;
  return static_cast<double>(evidence.of(Verdict::kRight)) / all;
}

std::vector<std::size_t> evenly_spread(std::size_t count, std::size_t most) {
  const std::size_t kept = most == 0 ? count : std::min(count, most);
  std::vector<std::size_t> places(kept);
  for (std::size_t i = 0; i < kept; ++i) places[i] = kept == 1 ? 0 : i * (count - 1) / (kept - 1);
  return places;
}

Selection select_rows(const Tree& tree, const Options& options) {
  Selection selection;
  selection.labels = tree_labels(tree, options);
  selection.left_out = left_out(selection.labels);
  const std::vector<NodeId> nodes = with_value(selection.labels);
  std::vector<bool> good;
  for (const NodeId id : nodes) good.push_back(is_good(*selection.labels[id.value].value, options));
  const auto by_certainty = [&](const std::vector<std::size_t>& places, std::size_t most) {
    return most_certain(tree, selection.labels, nodes, places, most);
  };
  const Kept kept = options.mode->of_evidence != nullptr ? balance_and_cap(good, options)
                                                         : balance_and_cap(good, options, by_certainty);
  for (const std::size_t place : kept.places) selection.nodes.push_back(nodes[place]);
  selection.left_out.add(kept.left_out);
  return selection;
}

std::vector<domain::LabelRow> rows(const domain::Problem& problem, const Tree& tree, const Options& options,
                                   const RunFacts& facts) {
  return rows(problem, tree, select_rows(tree, options), options, facts);
}

std::vector<domain::LabelRow> rows(const domain::Problem& problem, const Tree& tree,
                                   const Selection& selection, const Options& options,
                                   const RunFacts& facts) {
  const std::vector<Behind> behind = behind_nodes(tree);
  const domain::LabelRow common = common_row(problem, facts);
  std::vector<domain::LabelRow> rows;
  for (const NodeId id : selection.nodes) {
    domain::LabelRow& row = rows.emplace_back(common);
    set_place(row, tree, id);
    set_labels(row, tree, id, options, selection.labels);
    set_origin(row, tree, behind[id.value]);
  }
  return rows;
}

}  // namespace viltree::labels
