#pragma once

#include "label_measures.hpp"
#include "truth.hpp"

#include <viltree/search/machine.hpp>
#include <viltree/search/posterior.hpp>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// One tree of a policy whose truth is known, and what its labels are worth.
namespace viltree::bench {

/// A strategy with its constants, as one line of the tables.
struct Contestant {
  std::string name;
  const search::StrategyInfo* strategy = nullptr;
  search::Constants constants;
  search::TreeBudget budget;
  bool with_posterior = true;  ///< else its own labels alone
};

/// What makes values of a tree.
enum class Estimator : std::uint8_t {
  kMc,           ///< the nodes that the strategy labels: right / decided of the rollouts from there
  kBuiltIn,      ///< every step of the tree: search::Posterior with the built-in kernel
  kOwnFamily,    ///< with a kernel learned on other problems of the same family
  kOtherFamily,  ///< on problems of another family
};
inline constexpr std::size_t kEstimators = 4;
[[nodiscard]] std::string_view name(Estimator estimator);

struct Kernels {
  search::Kernel own;
  search::Kernel other;
};

struct EstimatorScore {
  std::vector<ScoredLabel> labels;
  FirstErrors first_errors;
};

struct TreeScore {
  std::uint64_t tokens = 0;  ///< generated
  std::uint64_t requests = 0;
  std::array<EstimatorScore, kEstimators> estimators;
};

/// Grows one tree to its end. What comes, and in which order, is drawn from `seed`.
[[nodiscard]] std::unique_ptr<search::Machine> grow_tree(const Contestant& contestant, KnownPolicy& policy,
                                                         std::uint64_t seed);

/// The true value of each node of a tree that the policy wrote.
[[nodiscard]] std::vector<double> true_values(const search::Tree& tree, const KnownPolicy& policy);

/// By node: true where this step, and none above it, leaves less than half of its parent's true value.
[[nodiscard]] std::vector<bool> true_first_errors(const search::Tree& tree, const std::vector<double>& truth);

/// The strategy's own labels. Finished solutions are no labels, but count as the last place of an error.
[[nodiscard]] EstimatorScore score_mc(const search::Tree& tree, const std::vector<double>& truth,
                                      std::uint32_t problem);

/// Every whole step that the policy drew and that does not finish a solution.
[[nodiscard]] EstimatorScore score_posterior(const search::Tree& tree, const std::vector<double>& truth,
                                             std::uint32_t problem, const search::Kernel& kernel);

/// Grows a tree and scores it with all estimators.
[[nodiscard]] TreeScore score_tree(const Contestant& contestant, const TruthTables& tables,
                                   std::uint64_t seed, std::uint32_t problem, const Kernels& kernels);

/// A kernel from trees, by expectation-maximisation from the built-in one.
[[nodiscard]] search::Kernel learn_kernel(const std::vector<std::unique_ptr<search::Machine>>& trees);

}  // namespace viltree::bench
