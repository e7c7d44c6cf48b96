#include "consensus.hpp"
#include "filters.hpp"
#include "rest_value.hpp"

#include <algorithm>
#include <cmath>

namespace viltree::labels {

namespace {

using search::NodeId;
using search::Tree;

/// What the modes look at, by node; parents come before their children.
class TreeLabels {
 public:
  TreeLabels(const Tree& tree, const Options& options)
      : tree_(tree), options_(options), posterior_(options.kernel), labels_(tree.size()) {
    if (tree.rollout_count() == 0) return;
    posterior_.look_at(tree, {search::leading_policy(tree), kBreakRatio, options.truncated_is_wrong});
    for (std::uint32_t i = 0; i < tree.size(); ++i) labels_[i].posterior = posterior_.value({i});
    set_key_weights();
    set_values();
  }

  std::vector<NodeLabel> take() { return std::move(labels_); }

 private:
  static constexpr double kBreakRatio = 0.5;
  static constexpr double kGoodProgress = 0.8;  // of the value before, for relative progress

  void set_values() {
    if (options_.mode == Mode::kRestValue) rest_values_ = rest_values(tree_, means());
    const std::vector<std::optional<Filter>> unshared = without_consensus();
    const bool settled = options_.drop_settled && is_settled(*labels_.front().posterior);
    for (std::uint32_t i = 1; i < tree_.size(); ++i) {
      NodeLabel& label = labels_[i];
      if (tree_.node({i}).labelled) label.value = value_of({i});
      if (!label.value) continue;
      label.left_out = unshared.empty() ? std::nullopt : unshared[i];
      if (!label.left_out && settled) label.left_out = Filter::kSettled;
      if (!label.left_out) label.left_out = filter_of(tree_.step({i}), *label.posterior, options_);
      if (label.left_out) label.value.reset();
    }
    if (options_.drop_duplicates) leave_out_duplicates(tree_, labels_);
  }

  /// By node; empty under other modes.
  [[nodiscard]] std::vector<std::optional<Filter>> without_consensus() const {
    if (options_.mode != Mode::kConsensus) return {};
    return consensus_filters(tree_, options_.judged, [this](NodeId id) { return before_first_error(id); });
  }

  [[nodiscard]] std::vector<double> means() const {
    std::vector<double> means;
    for (const NodeLabel& label : labels_) means.push_back(label.posterior->mean);
    return means;
  }
  [[nodiscard]] double mean(NodeId id) const { return labels_[id.value].posterior->mean; }
  /// The parent's value says nothing of a node that its policy did not draw.
  [[nodiscard]] std::optional<double> change(NodeId id) const {
    if (labels_[id.value].posterior->from_prior) return std::nullopt;
    return mean(id) - mean(tree_.node(id).parent);
  }

  [[nodiscard]] std::optional<double> value_of(NodeId id) {
    switch (options_.mode) {
      case Mode::kSoft:
      case Mode::kHard:
      case Mode::kThreshold:
        return value(tree_.node(id).evidence, options_);
      case Mode::kPosterior:
        return mean(id);
      case Mode::kAdvantage:
        return change(id);
      case Mode::kAdvantageSign: {
        const auto by = change(id);
        if (!by) return std::nullopt;
        return *by > 0 ? 1.0 : (*by < 0 ? -1.0 : 0.0);
      }
      case Mode::kRelativeProgress:
        return made_progress(id) ? 1.0 : 0.0;
      case Mode::kFirstError:
      case Mode::kConsensus:
        return before_first_error(id);
      case Mode::kRestValue:
        return rest_values_[id.value];
    }
    return std::nullopt;
  }

  /// Every step down to here kept its share of the value before it.
  [[nodiscard]] bool made_progress(NodeId id) const {
    for (; id != domain::kRoot; id = tree_.node(id).parent) {
      const bool drawn = !labels_[id.value].posterior->from_prior;
      if (drawn && mean(id) < kGoodProgress * mean(tree_.node(id).parent)) return false;
    }
    return true;
  }

  /// 1 up to the step at which the solution is more probably broken than not, 0 there, none behind it.
  [[nodiscard]] std::optional<double> before_first_error(NodeId id) const {
    double broken = 0;
    for (NodeId at = id; at != domain::kRoot; at = tree_.node(at).parent)
      broken += labels_[at.value].posterior->first_error;
    if (broken < 0.5) return 1.0;
    if (broken - labels_[id.value].posterior->first_error < 0.5) return 0.0;
    return std::nullopt;
  }

  /// The share of all changes along the longest way down through a node that its own step makes: how much it
  /// decides. A tree has many ways through a node; the one on which most changes counts.
  void set_key_weights() {
    std::vector<double> above(tree_.size(), 0);
    std::vector<double> below(tree_.size(), 0);
    for (std::uint32_t i = 1; i < tree_.size(); ++i) {
      const NodeId parent = tree_.node({i}).parent;
      above[i] = above[parent.value] + std::abs(change({i}).value_or(0));
    }
    for (auto i = static_cast<std::uint32_t>(tree_.size()); --i > 0;) {
      const NodeId parent = tree_.node({i}).parent;
      below[parent.value] = std::max(below[parent.value], below[i] + std::abs(change({i}).value_or(0)));
    }
    for (std::uint32_t i = 1; i < tree_.size(); ++i) {
      const auto own = change({i});
      const double all = above[i] + below[i];
      if (own && all > 0) labels_[i].key_weight = std::abs(*own) / all;
    }
  }

  const Tree& tree_;
  const Options& options_;
  search::Posterior posterior_;
  std::vector<NodeLabel> labels_;
  std::vector<std::optional<double>> rest_values_;  ///< under that mode alone
};

}  // namespace

std::vector<NodeLabel> tree_labels(const Tree& tree, const Options& options) {
  return TreeLabels(tree, options).take();
}

}  // namespace viltree::labels
