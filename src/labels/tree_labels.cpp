#include "filters.hpp"

#include <viltree/labels/modes.hpp>

#include <algorithm>
#include <cmath>

namespace viltree::labels {

namespace {

using search::NodeId;
using search::Tree;

constexpr double kBreakRatio = 0.5;

std::vector<search::NodeValue> posterior_values(const Tree& tree, const Options& options) {
  search::Posterior posterior(options.kernel);
  posterior.look_at(tree, {search::leading_policy(tree), kBreakRatio, options.truncated_is_wrong});
  std::vector<search::NodeValue> values;
  values.reserve(tree.size());
  for (std::uint32_t i = 0; i < tree.size(); ++i) values.push_back(posterior.value({i}));
  return values;
}

/// The share of all changes along the longest way down through a node that its own step makes: how much it
/// decides. A tree has many ways through a node; the one on which most changes counts.
void set_key_weights(const TreeView& view, std::vector<NodeLabel>& labels) {
  const Tree& tree = view.tree;
  std::vector<double> above(tree.size(), 0);
  std::vector<double> below(tree.size(), 0);
  for (std::uint32_t i = 1; i < tree.size(); ++i) {
    const NodeId parent = tree.node({i}).parent;
    above[i] = above[parent.value] + std::abs(view.change({i}).value_or(0));
  }
  for (auto i = static_cast<std::uint32_t>(tree.size()); --i > 0;) {
    const NodeId parent = tree.node({i}).parent;
    below[parent.value] = std::max(below[parent.value], below[i] + std::abs(view.change({i}).value_or(0)));
  }
  for (std::uint32_t i = 1; i < tree.size(); ++i) {
    const auto own = view.change({i});
    const double all = above[i] + below[i];
    if (own && all > 0) labels[i].key_weight = std::abs(*own) / all;
  }
}

Values values_of(const TreeView& view) {
  const ModeInfo& mode = *view.options.mode;
  if (mode.of_tree != nullptr) return mode.of_tree(view);
  return by_node(view, [&](NodeId id) { return value(view.tree.node(id).evidence, view.options); });
}

/// The mode's values, and the first filter that takes each.
void set_values(const TreeView& view, std::vector<NodeLabel>& labels) {
  const Options& options = view.options;
  const Values values = values_of(view);
  std::vector<std::optional<Filter>> own_filters(labels.size());
  if (options.mode->left_out != nullptr) own_filters = options.mode->left_out(view);
  const bool settled = options.drop_settled && is_settled(view.posterior.front());
  for (std::uint32_t i = 1; i < labels.size(); ++i) {
    NodeLabel& label = labels[i];
    if (!view.tree.node({i}).labelled || !values[i]) continue;
    label.left_out = own_filters[i];
    if (!label.left_out && settled) label.left_out = Filter::kSettled;
    if (!label.left_out) label.left_out = filter_of(view.tree.step({i}), view.posterior[i], options);
    if (!label.left_out) label.value = values[i];
  }
}

}  // namespace

std::vector<NodeLabel> tree_labels(const Tree& tree, const Options& options) {
  std::vector<NodeLabel> labels(tree.size());
  if (tree.rollout_count() == 0) return labels;
  const std::vector<search::NodeValue> posterior = posterior_values(tree, options);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i].posterior = posterior[i];
  const TreeView view{tree, options, posterior};
  set_key_weights(view, labels);
  set_values(view, labels);
  if (options.drop_duplicates) leave_out_duplicates(tree, labels);
  return labels;
}

}  // namespace viltree::labels
