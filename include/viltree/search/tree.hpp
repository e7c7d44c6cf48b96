#pragma once

#include <viltree/domain/completion.hpp>
#include <viltree/domain/ids.hpp>
#include <viltree/domain/verdict.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::search {

using domain::NodeId;
using domain::RolloutId;

/// One prefix of a solution. Its own text (the last step) lies in the tree's text arena.
///
///      parent ──┐
///               ├─ first_child ── next_sibling ── … ── last_child      children in the order they came
///
struct Node {
  // Constant once the node is there.
  NodeId parent = domain::kNoNode;
  std::uint32_t text_begin = 0;  ///< byte offset in the arena
  std::uint32_t text_size = 0;   ///< bytes
  std::uint16_t depth = 0;       ///< steps from the root; the root's is 0
  // Changes as rollouts come in; flags are only ever set, counts only ever grow.
  bool whole = false;     ///< some rollout wrote this step to its end (not cut off by the length limit)
  bool terminal = false;  ///< some rollout ended here by itself: a finished solution
  bool labelled = false;  ///< the strategy wants a row for it
  NodeId first_child = domain::kNoNode;
  NodeId last_child = domain::kNoNode;
  NodeId next_sibling = domain::kNoNode;
  /// Rollouts that started here or above and went through, ended or were cut off here.
  std::uint32_t visits = 0;
  /// Of the rollouts that started here; of a finished solution, those that ended here.
  domain::Evidence evidence;
};
static_assert(sizeof(Node) <= 64, "a node without its text fits one cache line");

/// A rollout as the tree keeps it: its text is the path from `origin` (exclusive) to `end`.
struct RolloutRecord {
  NodeId origin;
  NodeId end;
  domain::Ticket ticket;           ///< of the answer that brought it
  std::uint32_t answer_begin = 0;  ///< the final answer, in the text arena
  std::uint32_t answer_size = 0;
  std::uint32_t tokens = kUnknownTokens;
  float logprob = 0;  ///< NaN: unknown
  domain::Verdict verdict = domain::Verdict::kUnparsed;
  domain::FinishReason finish = domain::FinishReason::kStop;
  bool has_answer = false;
  std::uint8_t policy = 0;  ///< place in Tree::policies()

  static constexpr std::uint32_t kUnknownTokens = 0xFFFFFFFFU;
};
static_assert(sizeof(RolloutRecord) <= 32);

/// What a tree cost so far.
struct Spent {
  std::uint64_t answers = 0;   ///< tickets answered, refusals included
  std::uint64_t refusals = 0;  ///< of these, prefixes that the server refuses for good
  std::uint64_t rollouts = 0;  ///< completions received
  domain::Usage usage;
};

/// All steps and evidence of one problem. An arena: nodes, rollouts and text are only ever appended, each
/// text is stored once, and ids stay valid. Views into the text are valid until the next rollout is added.
/// One owner at a time; const calls are thread-safe among themselves.
class Tree {
 public:
  Tree();

  // Growing.

  /// Hangs a rollout that was sampled at `origin`, already cut into `steps`, into the tree: each step becomes
  /// a node unless its parent has a child with the same text. Evidence is counted once: at the origin, and at
  /// the end too where that is a finished solution other than the origin.
  RolloutId add_rollout(NodeId origin, std::span<const std::string_view> steps,
                        const domain::Rollout& rollout, domain::Ticket ticket, std::string_view policy);

  /// Counts `n` completions at `origin` that the server refuses to give.
  void add_refusal(NodeId origin, std::uint32_t n);

  void label(NodeId node) { at(node).labelled = true; }
  void add_spent(const domain::TreeEvent& event);

  // Restoring an archived tree, part by part, in the order of ids.

  NodeId restore_node(NodeId parent, std::string_view step, bool whole, bool labelled);
  RolloutId restore_rollout(NodeId origin, NodeId end, const domain::Rollout& rollout, domain::Ticket ticket,
                            std::string_view policy);
  void restore_spent(const Spent& spent) { spent_ = spent; }

  // Reading.

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] const Node& node(NodeId id) const { return nodes_[id.value]; }
  [[nodiscard]] std::string_view step(NodeId id) const;
  /// The solution from its start through this node.
  [[nodiscard]] std::string prefix(NodeId id) const;
  /// Its size in bytes.
  [[nodiscard]] std::size_t prefix_bytes(NodeId id) const;
  /// The nodes from below `from` down to `to`, both of which lie on one path.
  [[nodiscard]] std::vector<NodeId> path(NodeId from, NodeId to) const;
  /// Monte-Carlo value from the node's own evidence; none where nothing was measured.
  [[nodiscard]] std::optional<double> value(NodeId id) const { return node(id).evidence.mc(); }

  [[nodiscard]] std::size_t rollout_count() const { return rollouts_.size(); }
  [[nodiscard]] const RolloutRecord& rollout(RolloutId id) const { return rollouts_[id.value]; }
  [[nodiscard]] std::span<const RolloutRecord> rollouts() const { return rollouts_; }
  [[nodiscard]] std::optional<std::string_view> answer(const RolloutRecord& rollout) const;
  [[nodiscard]] std::span<const std::string> policies() const { return policies_; }
  [[nodiscard]] const Spent& spent() const { return spent_; }

  /// Memory held for nodes, rollouts and text (bytes; capacity, not use).
  [[nodiscard]] std::size_t memory_bytes() const;

  /// Aborts where links, depths, visits or evidence contradict each other: for tests.
  void check_invariants() const;

 private:
  Node& at(NodeId id) { return nodes_[id.value]; }
  NodeId child_with(NodeId parent, std::string_view step) const;
  NodeId append_child(NodeId parent, std::string_view step);
  RolloutId append_rollout(NodeId origin, NodeId end, const domain::Rollout& rollout, domain::Ticket ticket,
                           std::string_view policy);
  std::uint8_t policy_number(std::string_view name);

  std::vector<Node> nodes_;
  std::vector<RolloutRecord> rollouts_;
  std::string text_;
  std::vector<std::string> policies_;
  Spent spent_;
};

/// Measured nodes of value 0 whose nearest measured ancestor has a value above 0: the steps that break a
/// solution.
[[nodiscard]] std::vector<NodeId> first_errors(const Tree& tree);

}  // namespace viltree::search
