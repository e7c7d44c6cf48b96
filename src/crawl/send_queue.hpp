#pragma once

#include <viltree/domain/ids.hpp>

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace viltree::crawl {

using ActionKey = std::pair<domain::ProblemIndex, domain::Ticket>;

/// An action that a tree wants, and its place in the order of sending.
struct Wanted {
  domain::ProblemIndex problem;
  std::uint32_t depth = 0;  ///< of its node
  domain::NodeId parent;    ///< of its node; kNoNode for the root
  domain::Ticket ticket;
  std::uint32_t n = 0;        ///< completions
  std::uint64_t answers = 0;  ///< that its tree had when it was wanted

  [[nodiscard]] ActionKey key() const { return {problem, ticket}; }
};

/// Which tree has its turn. Within a tree the deepest nodes come first, whose prefixes are the longest that a
/// server's cache holds; siblings together; then by ticket.
enum class Turn {
  kOldestTree,     ///< so that trees finish early
  kFewestAnswers,  ///< the tree that is furthest from its end, so that the last trees end together
};

[[nodiscard]] bool goes_before(const Wanted& a, const Wanted& b, Turn turn);

/// Actions that were not sent yet. For one thread.
class SendQueue {
 public:
  /// Whose turn it is from now on; at first the oldest tree's.
  void set_turn(Turn turn);
  void add(const Wanted& wanted);

  /// Whose turn it is; none where nothing waits.
  [[nodiscard]] std::optional<Wanted> next() const;
  void pop();
  /// Forgets all that this tree wants now.
  void drop(domain::ProblemIndex problem);

  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  /// Completions that wait.
  [[nodiscard]] std::uint64_t sequences() const { return sequences_; }

 private:
  struct Before {
    Turn turn = Turn::kOldestTree;
    bool operator()(const Wanted& a, const Wanted& b) const { return goes_before(a, b, turn); }
  };
  std::set<Wanted, Before> waiting_;
  std::uint64_t sequences_ = 0;
};

}  // namespace viltree::crawl
