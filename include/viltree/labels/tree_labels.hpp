#pragma once

#include <viltree/labels/labels.hpp>
#include <viltree/search/posterior.hpp>

#include <optional>
#include <vector>

/// What rows and exports are made of, without their text. Pure and thread-safe.
namespace viltree::labels {

/// What is said of one node.
struct NodeLabel {
  std::optional<double> value;                 ///< under the mode; none: no row
  std::optional<search::NodeValue> posterior;  ///< none: nothing of the leading policy is known of it
  std::optional<double> key_weight;            ///< see LabelRow
};

/// The labels of all nodes of a tree, by node. Only labelled nodes below the root whose step was written to
/// its end have a value.
[[nodiscard]] std::vector<NodeLabel> tree_labels(const search::Tree& tree, const Options& options);

/// The nodes that rows() makes rows of: those with a value, within the cap. `labels` are the tree's, under
/// the same options.
[[nodiscard]] std::vector<search::NodeId> row_nodes(const search::Tree& tree,
                                                    const std::vector<NodeLabel>& labels,
                                                    const Options& options);

}  // namespace viltree::labels
