#pragma once

#include "prompt_tokens.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace viltree::simulated {

/// Which beginnings of token sequences a server has at hand: a radix tree whose edges are runs of tokens, and
/// that forgets, beyond its capacity, the end of the path that was used longest ago. What is pinned stays,
/// even beyond the capacity. Not thread-safe.
class RadixCache {
 public:
  using Path = std::span<const TokenId>;
  static constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

  /// A path that stays; the end of it.
  struct Pin {
    std::uint32_t node = 0;
  };

  /// `capacity` in tokens.
  explicit RadixCache(std::size_t capacity);

  /// Makes the path present, and used just now. Returns how many of its tokens were new.
  std::size_t insert(Path path);
  /// The same, and the path stays until unpin().
  std::size_t insert(Path path, Pin& pin);
  void unpin(Pin pin);

  /// How many tokens from the path's beginning are present. Changes nothing.
  [[nodiscard]] std::size_t match(Path path) const;
  [[nodiscard]] std::size_t tokens() const { return tokens_; }

 private:
  using Index = std::uint32_t;
  struct Node {
    Index parent = 0;
    std::uint32_t children = 0;
    std::uint32_t pins = 0;      ///< of this path and of longer ones
    std::uint64_t last_use = 0;  ///< differs between any two leaves
    std::vector<TokenId> edge;   ///< from the parent to here; never empty, but in the root
  };
  static constexpr Index kRoot = 0;

  [[nodiscard]] static std::uint64_t key(Index node, TokenId token) {
    return std::uint64_t{node} << 32U | token;
  }
  [[nodiscard]] Index child(Index node, TokenId token) const;  ///< kRoot: none
  [[nodiscard]] Index make_node();
  /// Walks down the path, splits the edge that it leaves, adds the rest. Returns the path's node.
  [[nodiscard]] Index walk(Path path, std::size_t& added);
  Index split(Index node, std::size_t at);
  [[nodiscard]] bool evictable(Index node) const;
  void set_use(Index node, std::uint64_t use);
  void track(Index node);
  void untrack(Index node);
  void evict();

  std::size_t capacity_;
  std::size_t tokens_ = 0;
  std::uint64_t now_ = 0;
  std::vector<Node> nodes_;
  std::vector<Index> free_;
  std::unordered_map<std::uint64_t, Index> children_;
  std::set<std::pair<std::uint64_t, Index>> leaves_;  ///< that may be evicted, by their last use
};

}  // namespace viltree::simulated
