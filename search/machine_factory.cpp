#include <viltree/core/fatal.hpp>
#include <viltree/core/hash.hpp>
#include <viltree/search/machine_factory.hpp>

#include <algorithm>

namespace viltree::search {

namespace {

/// A strategy may bound the steps of a solution more tightly than the configuration.
steps::SplitterOptions splitter_options(const Options& options, const StrategyInfo& strategy) {
  steps::SplitterOptions steps = options.steps;
  if (strategy.max_steps != nullptr)
    steps.max_steps = std::min(steps.max_steps, strategy.max_steps(options.constants));
  return steps;
}

}  // namespace

MachineFactory::MachineFactory(const Options& options)
    : options_(options),
      strategy_(core::value_or_fatal(find_strategy(options.strategy), core::ExitCode::kUsage)),
      splitter_(core::value_or_fatal(steps::make_splitter(splitter_options(options, *strategy_)),
                                     core::ExitCode::kUsage)) {}

std::uint64_t seed_of_question(std::uint64_t run_seed, std::string_view problem_id, std::string_view answer) {
  return core::mix64(tree_seed(run_seed, problem_id), core::hash64(answer)) & kSeedMask;
}

std::uint64_t MachineFactory::seed_of(const domain::Problem& problem) const {
  return tree_seed(options_.seed, problem.id);
}

std::unique_ptr<Machine> MachineFactory::make(const domain::Problem& problem, const Kernel& kernel) const {
  return std::make_unique<Machine>(strategy_->make(options_.constants, kernel), *splitter_,
                                   MachineOptions{.seed = seed_of(problem), .budget = options_.budget});
}

}  // namespace viltree::search
