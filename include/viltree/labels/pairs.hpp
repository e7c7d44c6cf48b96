#pragma once

#include <viltree/labels/labels.hpp>
#include <viltree/search/tree.hpp>

#include <vector>

/// Preferences among siblings: what preference training and pairwise reward models learn from. Pure and
/// thread-safe.
namespace viltree::labels {

/// Two steps after the same prefix, one of which is surely better.
struct SiblingPair {
  search::NodeId chosen;
  search::NodeId rejected;
  double chosen_value = 0;  ///< posterior mean
  double rejected_value = 0;
  double certainty = 0;  ///< P(chosen is worth at least the margin more)
};

struct SiblingPairs {
  std::vector<SiblingPair> pairs;
  LeftOut left_out;  ///< steps that have siblings by the filters of steps, pairs by the caps
};

/// For every prefix, the pairs of its next steps with P(V_a - V_b >= options.pairs.margin) >=
/// options.pairs.certainty, by the two posterior distributions, as if they were independent (what both have
/// from their prefix makes them more alike, so that this is the careful side). A pair takes whole steps that
/// the leading policy drew, labelled or not, and no two of the same words and numbers. Of each prefix the
/// pairs with the greatest difference of means come first, options.pairs.per_prefix at most; prefixes are in
/// the order of their ids. rows_per_problem spreads evenly over what is left; the mode and the balance are
/// not looked at.
[[nodiscard]] SiblingPairs sibling_pairs(const search::Tree& tree, const Options& options);

}  // namespace viltree::labels
