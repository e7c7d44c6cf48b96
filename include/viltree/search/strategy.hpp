#pragma once

#include <viltree/core/result.hpp>
#include <viltree/search/kernel.hpp>
#include <viltree/search/tree.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace viltree::search {

/// The answer to one request of a strategy, already in the tree.
struct Sampled {
  NodeId node;      ///< where the completions were sampled
  RolloutId first;  ///< its rollouts are first, first+1, … first+count-1
  std::uint32_t count = 0;
  bool refused = false;  ///< the server refuses this prefix for good; count is 0
};

/// What a strategy sees of the search, and what it may ask for.
class Search {
 public:
  virtual ~Search() = default;
  [[nodiscard]] virtual const Tree& tree() const = 0;
  /// Asks for n completions at a node. Once the budget is used up, asks for nothing.
  virtual void sample(NodeId node, std::uint32_t n) = 0;
  /// Wants a row for this node. May be called before the node is measured.
  virtual void label(NodeId node) = 0;
};

/// Decides where a tree grows. Told of answers in the order in which it asked; the tree is finished when all
/// that it asked for was answered and it asks for no more. One object per tree; no I/O, clock or randomness
/// of its own.
class Strategy {
 public:
  Strategy() = default;
  Strategy(const Strategy&) = delete;
  Strategy& operator=(const Strategy&) = delete;
  virtual ~Strategy() = default;

  virtual void start(Search& search) = 0;
  virtual void answered(Search& search, const Sampled& answer) = 0;
};

/// A number that a strategy can be set by (`search.<name>` in the configuration).
struct Constant {
  std::string_view name;
  double value;  ///< as published
  double least;
  double most;
  bool whole;  ///< a whole number
  std::string_view meaning;
};

/// Values for a strategy's constants, complete and checked.
using Constants = std::map<std::string, double, std::less<>>;

struct StrategyInfo {
  std::string_view name;
  std::string_view summary;  ///< one line, with the publication
  std::span<const Constant> constants;
  /// With the kernel that its posterior rests on, where it has one.
  std::unique_ptr<Strategy> (*make)(const Constants& constants, const Kernel& kernel);
  bool uses_kernel = false;  ///< the kernel decides what it asks for
  /// Steps of a solution that it allows: what the splitter's limit is lowered to. Null: as many as the
  /// splitter.
  std::size_t (*max_steps)(const Constants& constants) = nullptr;
};

/// All strategies, in alphabetical order. To add one: a file in search/strategies/ with its StrategyInfo, and
/// a line in strategies.cpp.
[[nodiscard]] std::span<const StrategyInfo* const> strategies();

/// kInvalidInput where there is no such strategy (the message lists them).
[[nodiscard]] core::Result<const StrategyInfo*> find_strategy(std::string_view name);

/// The published constants with `set` in their place. kInvalidInput: unknown name (with the nearest), out of
/// range, not whole.
[[nodiscard]] core::Result<Constants> complete_constants(const StrategyInfo& strategy, const Constants& set);

}  // namespace viltree::search
