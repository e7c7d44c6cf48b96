#include <viltree/labels/modes.hpp>

/// What the posterior of the whole tree says of a step (search/posterior.hpp), so that nodes count at which
/// no rollout began.
namespace viltree::labels {

namespace {

using search::NodeId;

constexpr double kGoodProgress = 0.8;  // of the value before

Values means(const TreeView& view) {
  return by_node(view, [&](NodeId id) { return view.mean(id); });
}

Values changes(const TreeView& view) {
  return by_node(view, [&](NodeId id) { return view.change(id); });
}

Values signs(const TreeView& view) {
  return by_node(view, [&](NodeId id) -> std::optional<double> {
    const auto by = view.change(id);
    if (!by) return std::nullopt;
    return *by > 0 ? 1.0 : (*by < 0 ? -1.0 : 0.0);
  });
}

/// Every step down to here kept its share of the value before it.
bool made_progress(const TreeView& view, NodeId id) {
  for (; id != domain::kRoot; id = view.tree.node(id).parent) {
    const bool drawn = !view.posterior[id.value].from_prior;
    if (drawn && view.mean(id) < kGoodProgress * view.mean(view.tree.node(id).parent)) return false;
  }
  return true;
}

Values progress(const TreeView& view) {
  return by_node(view, [&](NodeId id) { return made_progress(view, id) ? 1.0 : 0.0; });
}

}  // namespace

const ModeInfo& posterior() {
  static constexpr ModeInfo kInfo{
      .name = "posterior",
      .meaning = "the chance that a rollout from it reaches the right answer, by all rollouts of the tree",
      .certainty = "its 95% interval stands in the run's shards, as posterior_lo and posterior_hi",
      .of_tree = means,
  };
  return kInfo;
}

const ModeInfo& advantage() {
  static constexpr ModeInfo kInfo{
      .name = "advantage",
      .meaning =
          "the change that it makes to the chance of a right answer, by all rollouts of the tree: from -1 "
          "to 1",
      .certainty =
          "it is the difference of two, whose 95% intervals stand in the run's shards, as posterior_lo "
          "and posterior_hi",
      .least = -1,
      .good_side = GoodSide::kNotBelowZero,
      .of_tree = changes,
  };
  return kInfo;
}

const ModeInfo& advantage_sign() {
  static constexpr ModeInfo kInfo{
      .name = "advantage-sign",
      .meaning =
          "1 where it raises the chance of a right answer, by all rollouts of the tree, -1 where it lowers "
          "it, else 0",
      .certainty = "it is the sign of a difference of two, however small that is",
      .least = -1,
      .good_side = GoodSide::kNotBelowZero,
      .of_tree = signs,
  };
  return kInfo;
}

const ModeInfo& relative_progress() {
  static constexpr ModeInfo kInfo{
      .name = "rpe",
      .meaning =
          "1 while every step down to it keeps 0.8 of the chance of a right answer before that step, by all "
          "rollouts of the tree, else 0",
      .certainty = "a step that seems to lose more than it does makes the labels of all steps behind it 0",
      .good_side = GoodSide::kAboveZero,
      .of_tree = progress,
  };
  return kInfo;
}

}  // namespace viltree::labels
