#include "first_error.hpp"

#include <map>

namespace viltree::labels {

namespace {

using domain::kRoot;
using search::NodeId;

/// The place of the path's first step with the label 0.
std::optional<std::uint32_t> first_wrong(const TreeView& view, const std::vector<NodeId>& path) {
  for (std::uint32_t i = 0; i < path.size(); ++i) {
    if (before_first_error(view, path[i]) == 0.0) return i;
  }
  return std::nullopt;
}

/// None where the node is on a solution of which the judge and the labels name the same first wrong step, or
/// both none; else kDisagreed where it is on one that was judged, else kUnjudged. Of a solution that was
/// judged more than once all judgements must agree.
std::vector<std::optional<Filter>> without_consensus(const TreeView& view) {
  std::map<NodeId, bool> agreed;
  for (const JudgedSolution& solution : view.options.judged) {
    const bool agrees = first_wrong(view, view.tree.path(kRoot, solution.end)) == solution.first_wrong;
    const auto [known, is_new] = agreed.try_emplace(solution.end, agrees);
    if (!is_new) known->second = known->second && agrees;
  }
  std::vector<std::optional<Filter>> filters(view.tree.size(), Filter::kUnjudged);
  for (const auto& [end, agrees] : agreed) {
    for (const NodeId id : view.tree.path(kRoot, end)) {
      auto& filter = filters[id.value];
      if (agrees) filter.reset();
      if (filter == Filter::kUnjudged) filter = Filter::kDisagreed;
    }
  }
  return filters;
}

}  // namespace

const ModeInfo& consensus() {
  static constexpr ModeInfo kInfo{
      .name = "consensus",
      .meaning =
          "1 before the step that probably breaks the solution, 0 at that step, and there is none behind "
          "it, on solutions of which a judge says the same",
      .certainty = "the rollouts and the judge may be wrong in the same way",
      .good_side = GoodSide::kAboveZero,
      .needs_judgements = true,
      .of_tree = before_first_errors,
      .left_out = without_consensus,
  };
  return kInfo;
}

}  // namespace viltree::labels
