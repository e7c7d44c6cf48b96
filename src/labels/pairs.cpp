#include "filters.hpp"

#include <viltree/core/similar_text.hpp>
#include <viltree/labels/pairs.hpp>

#include <algorithm>

namespace viltree::labels {

namespace {

using domain::kNoNode;
using domain::kRoot;
using search::GridVector;
using search::NodeId;
using search::Tree;

/// P(a - b >= margin) for two independent values on the grid.
double probability_above(const GridVector& a, const GridVector& b, double margin) {
  constexpr double kRounding = 1e-9;
  const GridVector& grid = search::value_grid();
  double above = 0;
  double b_is_below = 0;
  std::size_t below = 0;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    for (; below < grid.size() && grid[below] <= grid[i] - margin + kRounding; ++below)
      b_is_below += b[below];
    above += a[i] * b_is_below;
  }
  return std::min(above, 1.0);
}

class PairFinder {
 public:
  PairFinder(const Tree& tree, const Options& options)
      : tree_(tree), options_(options), posterior_(options.kernel), labels_(tree.size()) {
    posterior_.look_at(tree, {search::leading_policy(tree), 0.5, options.truncated_is_wrong});
  }

  SiblingPairs find() {
    look_at_steps();
    found_.left_out = left_out(labels_);
    for (std::uint32_t i = 0; i < tree_.size(); ++i) add_pairs_of({i});
    keep_within_cap();
    return std::move(found_);
  }

 private:
  /// Gives a value to every step that may stand in a pair.
  void look_at_steps() {
    const bool settled = options_.drop_settled && is_settled(posterior_.value(kRoot));
    for (std::uint32_t i = 0; i < tree_.size(); ++i) {
      const std::vector<NodeId> steps = steps_after({i});
      if (steps.size() < 2) continue;
      for (const NodeId id : steps) {
        NodeLabel& label = labels_[id.value];
        label.posterior = posterior_.value(id);
        label.left_out = settled ? Filter::kSettled : filter_of(tree_.step(id), *label.posterior, options_);
        if (!label.left_out) label.value = label.posterior->mean;
      }
    }
    if (options_.drop_duplicates) leave_out_duplicates(tree_, labels_);
  }

  [[nodiscard]] std::vector<NodeId> steps_after(NodeId prefix) const {
    std::vector<NodeId> steps;
    for (NodeId id = tree_.node(prefix).first_child; id != kNoNode; id = tree_.node(id).next_sibling) {
      if (tree_.node(id).whole && !posterior_.value(id).from_prior) steps.push_back(id);
    }
    return steps;
  }

  void add_pairs_of(NodeId prefix) {
    std::vector<NodeId> steps;
    for (NodeId id = tree_.node(prefix).first_child; id != kNoNode; id = tree_.node(id).next_sibling) {
      if (labels_[id.value].value) steps.push_back(id);
    }
    std::vector<SiblingPair> pairs;
    for (const NodeId chosen : steps) {
      for (const NodeId rejected : steps) {
        if (const auto pair = pair_of(chosen, rejected)) pairs.push_back(*pair);
      }
    }
    const auto difference = [](const SiblingPair& pair) { return pair.chosen_value - pair.rejected_value; };
    std::stable_sort(pairs.begin(), pairs.end(), [&](const SiblingPair& a, const SiblingPair& b) {
      return difference(a) > difference(b);
    });
    const std::size_t kept = std::min<std::size_t>(pairs.size(), options_.pairs.per_prefix);
    found_.left_out.add(Filter::kCap, pairs.size() - kept);
    found_.pairs.insert(found_.pairs.end(), pairs.begin(), pairs.begin() + static_cast<std::ptrdiff_t>(kept));
  }

  [[nodiscard]] std::optional<SiblingPair> pair_of(NodeId chosen, NodeId rejected) const {
    const SiblingPair pair{chosen, rejected, *labels_[chosen.value].value, *labels_[rejected.value].value,
                           probability_above(posterior_.distribution(chosen),
                                             posterior_.distribution(rejected), options_.pairs.margin)};
    if (pair.certainty < options_.pairs.certainty || say_the_same(chosen, rejected)) return std::nullopt;
    return pair;
  }

  [[nodiscard]] bool say_the_same(NodeId a, NodeId b) const {
    return core::normalised(tree_.step(a)) == core::normalised(tree_.step(b)) &&
           core::numbers_of(tree_.step(a)) == core::numbers_of(tree_.step(b));
  }

  void keep_within_cap() {
    std::vector<SiblingPair> kept;
    for (const std::size_t place : evenly_spread(found_.pairs.size(), options_.rows_per_problem))
      kept.push_back(found_.pairs[place]);
    found_.left_out.add(Filter::kCap, found_.pairs.size() - kept.size());
    found_.pairs = std::move(kept);
  }

  const Tree& tree_;
  const Options& options_;
  search::Posterior posterior_;
  std::vector<NodeLabel> labels_;
  SiblingPairs found_;
};

}  // namespace

SiblingPairs sibling_pairs(const Tree& tree, const Options& options) {
  if (tree.rollout_count() == 0) return {};
  return PairFinder(tree, options).find();
}

}  // namespace viltree::labels
