#include "support.hpp"

#include <viltree/search/kernel_fit.hpp>
#include <viltree/search/posterior.hpp>

#include <cmath>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::search;

namespace {

std::vector<Tree> random_trees(std::uint64_t seed, std::uint32_t count) {
  const test::RandomPolicy policy(seed);
  std::vector<Tree> trees;
  for (std::uint32_t t = 0; t < count; ++t) {
    Tree& tree = trees.emplace_back();
    for (std::uint32_t i = 0; i < 12; ++i) {
      const std::string word = policy("", 100 * t + i);
      if (word.empty()) continue;
      tree.add_rollout(domain::kRoot, test::LetterSplitter::letters(word), test::rollout_of(word), {1}, "p");
    }
  }
  return trees;
}

KernelCounts count(const std::vector<Tree>& trees, const Kernel& kernel) {
  Posterior posterior(kernel);
  KernelCounts counts;
  for (const Tree& tree : trees) {
    posterior.look_at(tree, {});
    posterior.add_to(counts);
  }
  return counts;
}

FittedKernel fit(const std::vector<Tree>& trees) {
  KernelFit fit;
  while (!fit.done()) fit.take(count(trees, fit.proposal()));
  return fit.result();
}

}  // namespace

TEST_CASE("kernel fit: the result is at least as likely as every proposal, and says how likely it is") {
  for (std::uint64_t seed = 1; seed < 3; ++seed) {
    CAPTURE(seed);
    const std::vector<Tree> trees = random_trees(seed, 30);
    const FittedKernel fitted = fit(trees);
    CHECK(fitted.trees == 30);
    CHECK(fitted.rounds > 2);
    CHECK(fitted.rounds <= KernelFit::kMostRounds);
    CHECK(fitted.log_likelihood_before == count(trees, built_in_kernel()).log_likelihood / 30);
    CHECK(fitted.log_likelihood_after == count(trees, fitted.kernel).log_likelihood / 30);
    CHECK(fitted.log_likelihood_after > fitted.log_likelihood_before + 0.05);
    const std::vector<Tree> others = random_trees(seed, 60);  // of the same policy, half of them new
    CHECK(count(others, fitted.kernel).log_likelihood > count(others, built_in_kernel()).log_likelihood);
  }
}

TEST_CASE("kernel fit: the result is near the best that many plain rounds find") {
  const std::vector<Tree> trees = random_trees(2, 30);
  Kernel plain = built_in_kernel();
  for (int round = 0; round < 100; ++round) plain = fit_kernel(count(trees, plain), 5);
  CHECK(fit(trees).log_likelihood_after > count(trees, plain).log_likelihood / 30 - 0.02);
}

TEST_CASE("kernel fit: every row of the result is a distribution, and what has no data stays as it was") {
  const FittedKernel fitted = fit(random_trees(3, 10));
  for (const auto& table : tables(fitted.kernel)) {
    for (const auto row : table.rows) {
      CHECK(std::accumulate(row.begin(), row.end(), 0.0) == doctest::Approx(1));
      for (const double share : row) CHECK((std::isfinite(share) && share > 0));
    }
  }
  CHECK(fitted.kernel != built_in_kernel());
  for (std::size_t z = 0; z < kStepTypes; ++z) {  // no solution of 12 letters has so many steps before it
    CHECK(fitted.kernel.types[kDistanceClasses - 1][z] ==
          doctest::Approx(built_in_kernel().types[kDistanceClasses - 1][z]).epsilon(0.05));
  }
}

TEST_CASE("kernel fit: without trees it is the built-in kernel") {
  const FittedKernel fitted = fit({});
  CHECK(fitted.built_in());
  CHECK(fitted.kernel == built_in_kernel());
  CHECK(fitted.rounds == 0);
}
