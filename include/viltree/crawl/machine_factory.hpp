#pragma once

#include <viltree/crawl/crawl.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/search/kernel.hpp>
#include <viltree/search/machine.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

namespace viltree::crawl {

/// What the judge's reply on a problem's answer is drawn with: the same whichever rollout came to it first.
[[nodiscard]] std::uint64_t seed_of_question(std::uint64_t run_seed, std::string_view problem_id,
                                             std::string_view answer);

/// Builds machines: what is common to all trees of a run. Must outlive them. make() is thread-safe.
class MachineFactory {
 public:
  /// Throws FatalError(kUsage) where strategy or splitter do not exist.
  explicit MachineFactory(const SearchOptions& options);
  [[nodiscard]] std::unique_ptr<search::Machine> make(const domain::Problem& problem,
                                                      const search::Kernel& kernel) const;
  /// The kernel decides how trees grow.
  [[nodiscard]] bool uses_kernel() const { return strategy_->uses_kernel; }
  [[nodiscard]] std::uint64_t seed_of(const domain::Problem& problem) const;
  [[nodiscard]] const SearchOptions& options() const { return options_; }

 private:
  SearchOptions options_;
  const search::StrategyInfo* strategy_;
  std::unique_ptr<steps::Splitter> splitter_;
};

}  // namespace viltree::crawl
