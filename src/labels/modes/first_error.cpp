#include "first_error.hpp"

namespace viltree::labels {

using search::NodeId;

std::optional<double> before_first_error(const TreeView& view, NodeId id) {
  double broken = 0;
  for (NodeId at = id; at != domain::kRoot; at = view.tree.node(at).parent)
    broken += view.posterior[at.value].first_error;
  if (broken < 0.5) return 1.0;
  if (broken - view.posterior[id.value].first_error < 0.5) return 0.0;
  return std::nullopt;
}

Values before_first_errors(const TreeView& view) {
  return by_node(view, [&](NodeId id) { return before_first_error(view, id); });
}

const ModeInfo& first_error() {
  static constexpr ModeInfo kInfo{
      .name = "first-error",
      .meaning =
          "1 before the step that probably breaks the solution, by all rollouts of the tree, 0 at that "
          "step, and there is none behind it",
      .certainty =
          "that step is the first at which the solution is more probably broken than not; a step near it "
          "may be the one",
      .good_side = GoodSide::kAboveZero,
      .of_tree = before_first_errors,
  };
  return kInfo;
}

}  // namespace viltree::labels
