#include "consensus.hpp"

#include <map>

namespace viltree::labels {

namespace {

using domain::kRoot;
using search::NodeId;

/// The place of the path's first step with the label 0.
std::optional<std::uint32_t> first_wrong(const std::vector<NodeId>& path, const FirstErrorLabel& label) {
  for (std::uint32_t i = 0; i < path.size(); ++i) {
    if (label(path[i]) == 0.0) return i;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::optional<Filter>> consensus_filters(const search::Tree& tree,
                                                     std::span<const JudgedSolution> judged,
                                                     const FirstErrorLabel& label) {
  std::map<NodeId, bool> agreed;
  for (const JudgedSolution& solution : judged) {
    const bool agrees = first_wrong(tree.path(kRoot, solution.end), label) == solution.first_wrong;
    const auto [known, is_new] = agreed.try_emplace(solution.end, agrees);
    if (!is_new) known->second = known->second && agrees;
  }
  std::vector<std::optional<Filter>> filters(tree.size(), Filter::kUnjudged);
  for (const auto& [end, agrees] : agreed) {
    for (const NodeId id : tree.path(kRoot, end)) {
      auto& filter = filters[id.value];
      if (agrees) filter.reset();
      if (filter == Filter::kUnjudged) filter = Filter::kDisagreed;
    }
  }
  return filters;
}

}  // namespace viltree::labels
