#pragma once

#include <viltree/search/tree.hpp>

#include <optional>
#include <vector>

namespace viltree::labels {

/// The quality value of ReST-MCTS* (Zhang et al., arXiv 2406.03816, section 3.1), by node: how far a solution
/// has come towards a right end, from 0 to 1.
///
///     v_0 = 0
///     w_k = (1 - v_(k-1)) / (m_k + 1) · (1 - 2 r_k)       the weighted reward of step k
///     v_k = max(v_(k-1) + w_k, 0)
///
/// r_k is the process reward of that paper, 0 for a right step and 1 for a wrong one: here 1 less the step's
/// value in `values` (by node). m_k is the reasoning distance, the least number of further steps to a right
/// final answer that was seen from here; where none was seen below, that of the nearest prefix from which one
/// was, as in the authors' program. None for all nodes where the tree has no right solution.
[[nodiscard]] std::vector<std::optional<double>> rest_values(const search::Tree& tree,
                                                             const std::vector<double>& values);

}  // namespace viltree::labels
