#include "open_trees.hpp"

#include <utility>

namespace viltree::crawl {

OpenTree& OpenTrees::add(std::unique_ptr<OpenTree> tree) {
  OpenTree& added = *trees_.emplace(tree->problem().index, std::move(tree)).first->second;
  weigh(added);
  return added;
}

std::unique_ptr<OpenTree> OpenTrees::remove(domain::ProblemIndex problem) {
  auto tree = std::move(trees_.extract(problem).mapped());
  given_up_.erase(problem);
  bytes_ -= tree->memory_bytes();
  return tree;
}

void OpenTrees::weigh(OpenTree& tree) {
  bytes_ -= tree.memory_bytes();
  tree.weigh();
  bytes_ += tree.memory_bytes();
}

}  // namespace viltree::crawl
