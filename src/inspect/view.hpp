#pragma once

#include <viltree/domain/verdict.hpp>
#include <viltree/search/tree.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace viltree::inspect {

/// What is not drawn below a node: steps and the rollouts that end in them.
struct Hidden {
  std::uint64_t steps = 0;
  domain::Evidence verdicts;
  std::vector<std::pair<domain::Verdict, std::string>> answers;  ///< each once, in the order of rollouts
};

/// Which nodes of a tree are drawn, and what is marked on them. All vectors are by node.
struct View {
  std::vector<bool> notable;             ///< labelled, or rollouts started here
  std::vector<bool> breaks;              ///< notable, and one of search::first_errors
  std::vector<bool> leads_to_break;      ///< lies above one that breaks
  std::vector<bool> shown;               ///< the root, what was chosen, and their ancestors
  std::vector<Hidden> hidden;            ///< of shown nodes: what hangs below and is not shown
  std::vector<domain::RolloutId> ended;  ///< the first rollout that ended here by itself, or kNoRollout
};

/// Chosen are all nodes where `all`, else the notable ones: of more than `most` (0: no limit) those that
/// break, then those most visited.
[[nodiscard]] View view_of(const search::Tree& tree, bool all, std::size_t most);

/// "23 steps, 5 rollouts: right 2 (12), wrong 3 (7, 9)"; empty where nothing is hidden.
[[nodiscard]] std::string hidden_text(const Hidden& hidden);

}  // namespace viltree::inspect
