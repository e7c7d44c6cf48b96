#include "rest_value.hpp"

#include <viltree/labels/modes.hpp>

#include <algorithm>

namespace viltree::labels {

namespace {

using search::NodeId;
using search::Tree;

/// m_k, by node; parents come before their children.
std::vector<std::optional<std::uint32_t>> reasoning_distances(const Tree& tree) {
  std::vector<std::optional<std::uint32_t>> steps(tree.size());
  for (const search::RolloutRecord& rollout : tree.rollouts()) {
    const bool is_right = rollout.verdict == domain::Verdict::kRight;
    if (is_right && rollout.finish == domain::FinishReason::kStop) steps[rollout.end.value] = 0;
  }
  for (auto i = static_cast<std::uint32_t>(tree.size()); --i > 0;) {
    if (!steps[i]) continue;
    auto& of_parent = steps[tree.node({i}).parent.value];
    of_parent = std::min(of_parent.value_or(*steps[i] + 1), *steps[i] + 1);
  }
  for (std::uint32_t i = 1; i < tree.size(); ++i) {
    if (!steps[i]) steps[i] = steps[tree.node({i}).parent.value];
  }
  return steps;
}

std::vector<std::optional<double>> of_means(const TreeView& view) {
  std::vector<double> means;
  for (const search::NodeValue& value : view.posterior) means.push_back(value.mean);
  return rest_values(view.tree, means);
}

}  // namespace

std::vector<std::optional<double>> rest_values(const Tree& tree, const std::vector<double>& values) {
  const auto distances = reasoning_distances(tree);
  std::vector<std::optional<double>> quality(tree.size());
  if (!distances.front()) return quality;
  quality.front() = 0;
  for (std::uint32_t i = 1; i < tree.size(); ++i) {
    const double before = *quality[tree.node({i}).parent.value];
    const double wrong = 1 - values[i];
    const double reward = (1 - before) / (*distances[i] + 1.0) * (1 - 2 * wrong);
    quality[i] = std::clamp(before + reward, 0.0, 1.0);
  }
  return quality;
}

const ModeInfo& rest_value() {
  static constexpr ModeInfo kInfo{
      .name = "rest-value",
      .meaning =
          "how far the solution has come towards a right end, by all rollouts of the tree: the quality value "
          "of ReST-MCTS*, from 0 to 1",
      .certainty = "it rests on chances of a right answer, and on the shortest way to one that was found",
      .of_tree = of_means,
  };
  return kInfo;
}

}  // namespace viltree::labels
