#include <viltree/labels/tree_labels.hpp>

namespace viltree::labels {

using domain::kRoot;
using search::NodeId;
using search::Tree;

namespace {

/// By node: whether a labelled one is below it. Children come after their parents, so one sweep back does.
std::vector<bool> has_label_below(const Tree& tree) {
  std::vector<bool> below(tree.size());
  for (auto i = static_cast<std::uint32_t>(tree.size()); --i > 0;) {
    const search::Node& node = tree.node(NodeId{i});
    if (node.labelled || below[i]) below[node.parent.value] = true;
  }
  return below;
}

LabelledPath path_to(const Tree& tree, NodeId leaf, const std::vector<NodeLabel>& labels) {
  LabelledPath path;
  path.nodes = tree.path(kRoot, leaf);
  for (const NodeId id : path.nodes) {
    path.values.push_back(labels[id.value].value);
  }
  return path;
}

}  // namespace

std::vector<LabelledPath> labelled_paths(const Tree& tree, const std::vector<NodeLabel>& labels) {
  const std::vector<bool> below = has_label_below(tree);
  std::vector<LabelledPath> paths;
  for (std::uint32_t i = kRoot.value + 1; i < tree.size(); ++i) {
    if (tree.node(NodeId{i}).labelled && !below[i]) paths.push_back(path_to(tree, NodeId{i}, labels));
  }
  return paths;
}

}  // namespace viltree::labels
