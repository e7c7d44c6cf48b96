#pragma once

#include <viltree/core/result.hpp>
#include <viltree/labels/labels.hpp>
#include <viltree/search/posterior.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

/// The label modes: one row each, which all that depends on a mode reads. Pure and thread-safe.
namespace viltree::labels {

/// A tree as the modes see it.
struct TreeView {
  const search::Tree& tree;
  const Options& options;
  std::span<const search::NodeValue> posterior;  ///< of the leading policy, by node

  [[nodiscard]] double mean(search::NodeId id) const { return posterior[id.value].mean; }
  /// Of the mean from the parent to this node, which is not the root; none where the parent's value says
  /// nothing of it, because its policy did not draw it.
  [[nodiscard]] std::optional<double> change(search::NodeId id) const;
};

/// By node; none where the evidence says nothing (unknown is not zero).
using Values = std::vector<std::optional<double>>;

/// The values that are good.
enum class GoodSide : std::uint8_t {
  kThreshold,     ///< from Options::threshold on
  kAboveZero,     ///< where the mode says 1 or 0
  kNotBelowZero,  ///< of changes
};

/// One of the two functions is set.
struct ModeInfo {
  std::string_view name;
  std::string_view meaning;    ///< "the label of a step is …"
  std::string_view certainty;  ///< "a label is an estimate: …"
  double least = 0;            ///< of its values
  double most = 1;
  GoodSide good_side = GoodSide::kThreshold;
  /// "true where …", with % for the threshold; empty: by the side alone.
  std::string_view good_where = {};
  bool needs_judgements = false;  ///< it has no values without Options::judged
  /// Of a node's own rollouts alone.
  std::optional<double> (*of_evidence)(const domain::Evidence& evidence, const Options& options) = nullptr;
  /// Of the whole tree, which has rollouts. What it says of nodes that are not labelled is not looked at.
  Values (*of_tree)(const TreeView& view) = nullptr;
  /// By node, why the mode itself has no row for it; null: it has all.
  std::vector<std::optional<Filter>> (*left_out)(const TreeView& view) = nullptr;
};

/// All modes, in the order in which they are told. To add one: a file in src/labels/modes/ with the function
/// that returns its row, and a line in modes.cpp.
[[nodiscard]] std::span<const ModeInfo* const> modes();

/// kInvalidInput where there is no such mode (the message lists them).
[[nodiscard]] core::Result<const ModeInfo*> find_mode(std::string_view name);

/// A value for each labelled node below the root.
template <class Value>
[[nodiscard]] Values by_node(const TreeView& view, Value value) {
  Values values(view.tree.size());
  for (std::uint32_t i = 1; i < values.size(); ++i) {
    if (view.tree.node({i}).labelled) values[i] = value(search::NodeId{i});
  }
  return values;
}

}  // namespace viltree::labels
