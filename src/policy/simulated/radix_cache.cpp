#include "radix_cache.hpp"

#include <viltree/core/check.hpp>

#include <algorithm>

namespace viltree::simulated {

RadixCache::RadixCache(std::size_t capacity) : capacity_(capacity), nodes_(1) {}

std::size_t RadixCache::insert(Path path) {
  std::size_t added = 0;
  static_cast<void>(walk(path, added));
  evict();
  return added;
}

std::size_t RadixCache::insert(Path path, Pin& pin) {
  std::size_t added = 0;
  pin.node = walk(path, added);
  for (Index node = pin.node; node != kRoot; node = nodes_[node].parent) {
    untrack(node);
    ++nodes_[node].pins;
  }
  evict();
  return added;
}

void RadixCache::unpin(Pin pin) {
  for (Index node = pin.node; node != kRoot; node = nodes_[node].parent) {
    VILTREE_CHECK(nodes_[node].pins > 0);
    --nodes_[node].pins;
    track(node);
  }
  evict();
}

std::size_t RadixCache::match(Path path) const {
  std::size_t matched = 0;
  for (Index node = kRoot; matched < path.size();) {
    node = child(node, path[matched]);
    if (node == kRoot) break;
    const auto& edge = nodes_[node].edge;
    const auto rest = path.subspan(matched);
    const auto end = std::mismatch(edge.begin(), edge.end(), rest.begin(), rest.end()).first;
    matched += static_cast<std::size_t>(end - edge.begin());
    if (end != edge.end()) break;
  }
  return matched;
}

RadixCache::Index RadixCache::child(Index node, TokenId token) const {
  const auto found = children_.find(key(node, token));
  return found == children_.end() ? kRoot : found->second;
}

RadixCache::Index RadixCache::make_node() {
  if (free_.empty()) {
    nodes_.emplace_back();
    return static_cast<Index>(nodes_.size() - 1);
  }
  const Index node = free_.back();
  free_.pop_back();
  nodes_[node] = Node{};
  return node;
}

RadixCache::Index RadixCache::walk(Path path, std::size_t& added) {
  ++now_;
  Index node = kRoot;
  while (!path.empty()) {
    const Index next = child(node, path[0]);
    if (next == kRoot) break;
    const auto& edge = nodes_[next].edge;
    const auto end = std::mismatch(edge.begin(), edge.end(), path.begin(), path.end()).first;
    const auto common = static_cast<std::size_t>(end - edge.begin());
    node = common == edge.size() ? next : split(next, common);
    set_use(node, now_);
    path = path.subspan(common);
  }
  added = path.size();
  if (path.empty()) return node;
  const Index leaf = make_node();
  nodes_[leaf].parent = node;
  nodes_[leaf].last_use = now_;
  nodes_[leaf].edge.assign(path.begin(), path.end());
  untrack(node);
  ++nodes_[node].children;
  children_.emplace(key(node, path[0]), leaf);
  tokens_ += path.size();
  track(leaf);
  return leaf;
}

/// A new node takes the first `at` tokens of the edge; the old one keeps the rest, so that pins stay valid.
RadixCache::Index RadixCache::split(Index node, std::size_t at) {
  const Index upper = make_node();
  Node& lower = nodes_[node];
  Node& made = nodes_[upper];
  made.parent = lower.parent;
  made.pins = lower.pins;
  made.last_use = lower.last_use;
  made.children = 1;
  const auto middle = lower.edge.begin() + static_cast<std::ptrdiff_t>(at);
  made.edge.assign(lower.edge.begin(), middle);
  lower.edge.erase(lower.edge.begin(), middle);
  lower.parent = upper;
  children_[key(made.parent, made.edge[0])] = upper;
  children_.emplace(key(upper, lower.edge[0]), node);
  return upper;
}

bool RadixCache::evictable(Index node) const {
  return node != kRoot && nodes_[node].children == 0 && nodes_[node].pins == 0;
}

void RadixCache::set_use(Index node, std::uint64_t use) {
  untrack(node);
  nodes_[node].last_use = use;
  track(node);
}

void RadixCache::track(Index node) {
  if (capacity_ != kUnlimited && evictable(node)) leaves_.emplace(nodes_[node].last_use, node);
}

void RadixCache::untrack(Index node) {
  if (capacity_ != kUnlimited && evictable(node)) leaves_.erase({nodes_[node].last_use, node});
}

/// Shortens the leaf that was used longest ago, from its end, until the rest fits.
void RadixCache::evict() {
  while (tokens_ > capacity_ && !leaves_.empty()) {
    const Index node = leaves_.begin()->second;
    Node& leaf = nodes_[node];
    const std::size_t excess = std::min(tokens_ - capacity_, leaf.edge.size());
    tokens_ -= excess;
    if (excess < leaf.edge.size()) {
      leaf.edge.resize(leaf.edge.size() - excess);
      continue;
    }
    const Index parent = leaf.parent;
    leaves_.erase(leaves_.begin());
    children_.erase(key(parent, leaf.edge[0]));
    leaf = Node{};
    free_.push_back(node);
    --nodes_[parent].children;
    track(parent);
  }
}

}  // namespace viltree::simulated
