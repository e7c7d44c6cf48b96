#pragma once

#include <viltree/domain/completion.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/search/kernel.hpp>
#include <viltree/search/machine.hpp>
#include <viltree/search/stopper.hpp>
#include <viltree/search/strategy.hpp>
#include <viltree/steps/splitter.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace viltree::search {

/// Everything that decides how the trees of a run grow: the same options and the same answers give the same
/// tree.
struct Options {
  std::string strategy = "adaptive";
  Constants constants = {};  ///< complete
  std::uint64_t seed = 7;
  steps::SplitterOptions steps = {};
  TreeBudget budget = {};  ///< of one tree
  std::uint32_t max_tokens = domain::kUsualMaxTokens;
  /// The run's kernel is fitted on its first unit, for later trees and all rows; else it is the built-in one.
  bool fit_kernel = true;
};

/// What the judge's reply on a problem's answer is drawn with: the same whichever rollout came to it first.
[[nodiscard]] std::uint64_t seed_of_question(std::uint64_t run_seed, std::string_view problem_id,
                                             std::string_view answer);

/// Builds machines: what is common to all trees of a run. Must outlive them. make() is thread-safe.
class MachineFactory {
 public:
  /// Throws FatalError(kUsage) where strategy or splitter do not exist.
  explicit MachineFactory(const Options& options);
  [[nodiscard]] std::unique_ptr<Machine> make(const domain::Problem& problem, const Kernel& kernel) const;
  /// The kernel decides how trees grow.
  [[nodiscard]] bool uses_kernel() const { return strategy_->uses_kernel; }
  [[nodiscard]] std::uint64_t seed_of(const domain::Problem& problem) const;
  [[nodiscard]] const Options& options() const { return options_; }

 private:
  Options options_;
  const StrategyInfo* strategy_;
  std::unique_ptr<steps::Splitter> splitter_;
};

}  // namespace viltree::search
