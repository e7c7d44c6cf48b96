#include "counting.hpp"

#include <viltree/kernels/kernels.hpp>
#include <viltree/labels/labels.hpp>

#include <algorithm>
#include <vector>

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

namespace viltree::kernels {

namespace {

using domain::Verdict;

bool has_outcome(const search::Tree& tree, bool truncated_is_wrong) {
  const auto rollouts = tree.rollouts();
  return std::any_of(rollouts.begin(), rollouts.end(), [&](const search::RolloutRecord& rollout) {
    return rollout.verdict == Verdict::kRight || rollout.verdict == Verdict::kWrong ||
           (truncated_is_wrong && rollout.verdict == Verdict::kTruncated);
  });
}

/// Tree by tree first, because a sum of decimals depends on its order.
search::KernelCounts count_all(const std::vector<const search::Tree*>& trees, const search::Kernel& kernel,
                               bool truncated_is_wrong) {
  std::vector<search::KernelCounts> by_tree(trees.size());
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, trees.size()), [&](const auto& range) {
    search::Posterior posterior(kernel);
    for (std::size_t i = range.begin(); i < range.end(); ++i)
      add_counts(by_tree[i], posterior, *trees[i], truncated_is_wrong);
  });
  search::KernelCounts sum;
  for (const search::KernelCounts& counts : by_tree) sum.add(counts);
  return sum;
}

}  // namespace

void add_counts(search::KernelCounts& counts, search::Posterior& posterior, const search::Tree& tree,
                bool truncated_is_wrong) {
  if (!has_outcome(tree, truncated_is_wrong)) return;
  search::PosteriorOptions options;
  options.policy = search::leading_policy(tree);
  options.truncated_is_wrong = truncated_is_wrong;
  options.own_rounds = 0;
  options.first_errors = false;
  posterior.look_at(tree, options);
  posterior.add_to(counts);
}

const search::Kernel& growing_kernel(std::uint64_t unit, const search::Kernel& of_run) {
  return unit < kFirstFittedUnit ? search::built_in_kernel() : of_run;
}

search::FittedKernel fit(std::span<const search::Tree* const> trees, std::size_t most,
                         bool truncated_is_wrong) {
  std::vector<const search::Tree*> chosen;
  for (const std::size_t place : labels::evenly_spread(trees.size(), most)) chosen.push_back(trees[place]);
  search::KernelFit fit;
  while (!fit.done()) fit.take(count_all(chosen, fit.proposal(), truncated_is_wrong));
  return fit.result();
}

}  // namespace viltree::kernels
