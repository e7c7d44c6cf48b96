#pragma once

#include <viltree/labels/labels.hpp>
#include <viltree/search/posterior.hpp>

#include <functional>
#include <optional>
#include <vector>

/// What rows and exports are made of, without their text. Pure and thread-safe.
namespace viltree::labels {

/// What is said of one node.
struct NodeLabel {
  std::optional<double> value;                 ///< under the mode; none: no row
  std::optional<Filter> left_out;              ///< why there is no value, where a filter took it
  std::optional<search::NodeValue> posterior;  ///< none: nothing of the leading policy is known of it
  std::optional<double> key_weight;            ///< see LabelRow
};

/// The labels of all nodes of a tree, by node. Only labelled nodes below the root whose step was written to
/// its end have a value.
[[nodiscard]] std::vector<NodeLabel> tree_labels(const search::Tree& tree, const Options& options);

/// The 95% interval of the root's value lies within 0.1 of 0 or of 1.
[[nodiscard]] bool is_settled(const search::NodeValue& root);

/// What the filters of steps took.
[[nodiscard]] LeftOut left_out(const std::vector<NodeLabel>& labels);

/// The rows of a tree: which nodes, with which labels, and what was left out.
struct Selection {
  std::vector<NodeLabel> labels;  ///< of all nodes
  std::vector<search::NodeId>
      nodes;  ///< one per row, ascending: those with a value, balanced, within the cap
  LeftOut left_out;
};
[[nodiscard]] Selection select_rows(const search::Tree& tree, const Options& options);

/// The rows of a selection; see the other rows().
[[nodiscard]] std::vector<domain::LabelRow> rows(const domain::Problem& problem, const search::Tree& tree,
                                                 const Selection& selection, const Options& options,
                                                 const RunFacts& facts);

/// A solution with labelled steps: a path from the root that no other labelled path goes on.
struct LabelledPath {
  std::vector<search::NodeId> nodes;          ///< from the first step on
  std::vector<std::optional<double>> values;  ///< none: not measured, or not labelled, or left out
};

/// What exports that want whole solutions are made of: for every labelled node without a labelled node below
/// it, the path to it. In the order of those nodes' ids; neither balanced nor capped. `labels` are the
/// tree's.
[[nodiscard]] std::vector<LabelledPath> labelled_paths(const search::Tree& tree,
                                                       const std::vector<NodeLabel>& labels);

/// Rows of one problem that stay.
struct Kept {
  std::vector<std::size_t> places;  ///< ascending
  LeftOut left_out;                 ///< by the balance, and by the cap
};

/// Chooses `most` > 0 of these places.
using Chooser =
    std::function<std::vector<std::size_t>(const std::vector<std::size_t>& places, std::size_t most)>;

/// Chooses evenly_spread places.
[[nodiscard]] std::vector<std::size_t> choose_evenly(const std::vector<std::size_t>& places,
                                                     std::size_t most);

/// The rows of one problem within options.balance and options.rows_per_problem, by the side that each is on.
/// Where both bind, the sides keep their proportion as well as the cap allows.
[[nodiscard]] Kept balance_and_cap(const std::vector<bool>& good, const Options& options,
                                   const Chooser& choose = choose_evenly);

}  // namespace viltree::labels
