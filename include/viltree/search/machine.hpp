#pragma once

#include <viltree/core/result.hpp>
#include <viltree/domain/completion.hpp>
#include <viltree/search/stopper.hpp>
#include <viltree/search/strategy.hpp>
#include <viltree/search/tree.hpp>
#include <viltree/steps/splitter.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::search {

/// What the search wants from outside: n completions of a node's prefix.
struct SampleAction {
  domain::Ticket ticket;
  NodeId node;
  std::uint32_t n = 0;
  std::uint64_t seed = 0;  ///< within kSeedMask; sibling i uses seed + i

  friend bool operator==(const SampleAction&, const SampleAction&) = default;
};

struct MachineOptions {
  std::uint64_t seed = 0;  ///< of this tree: tree_seed(run's seed, problem's id)
  TreeBudget budget;
};

/// A request's seed has 52 bits, so that JSON numbers carry it.
inline constexpr std::uint64_t kSeedMask = (std::uint64_t{1} << 52U) - 1;

/// The seed of a problem's tree.
[[nodiscard]] std::uint64_t tree_seed(std::uint64_t run_seed, std::string_view problem_id);

/// One tree's search: a state machine without I/O, clock, thread or random device. What it asks for depends
/// only on the events applied so far, and events are applied in the order of their tickets, whatever the
/// order in which they come. Hence: fed with the same answers it is the same tree, and resume is replay.
///
///     start() ─► actions        apply(event) ─► actions, once every earlier ticket was answered
///
/// One owner at a time, no locks.
class Machine final : private Search {
 public:
  /// `splitter` must outlive the machine.
  Machine(std::unique_ptr<Strategy> strategy, const steps::Splitter& splitter, const MachineOptions& options);
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  /// Call once, first.
  [[nodiscard]] std::vector<SampleAction> start();

  /// Takes an answer in any order. kCorruption where it does not fit: a ticket that is not open, or another
  /// number of rollouts than was asked for.
  [[nodiscard]] core::Result<std::vector<SampleAction>> apply(domain::TreeEvent event);

  /// True where nothing is open and the strategy wants no more.
  [[nodiscard]] bool finished() const { return open_.empty(); }
  /// True where the budget, not the strategy, ended it.
  [[nodiscard]] bool stopped_by_budget() const { return stopped_; }

  [[nodiscard]] const Tree& tree() const override { return tree_; }
  /// Its tree, as its last act.
  [[nodiscard]] Tree take_tree() && { return std::move(tree_); }

 private:
  struct Open {
    SampleAction action;
    std::optional<domain::TreeEvent> event;  ///< answered, but an earlier ticket is not
  };

  void sample(NodeId node, std::uint32_t n) override;
  void label(NodeId node) override { tree_.label(node); }
  [[nodiscard]] std::uint32_t granted(std::uint32_t wanted);
  void apply_in_order(const SampleAction& action, const domain::TreeEvent& event);

  std::unique_ptr<Strategy> strategy_;
  const steps::Splitter& splitter_;
  std::uint64_t seed_;
  std::vector<std::unique_ptr<Stopper>> stoppers_;
  Tree tree_;
  std::deque<Open> open_;  ///< by ticket, without gaps
  std::vector<SampleAction> wanted_;
  std::uint32_t next_ticket_ = 1;
  std::uint64_t asked_rollouts_ = 0;
  bool stopped_ = false;
};

}  // namespace viltree::search
