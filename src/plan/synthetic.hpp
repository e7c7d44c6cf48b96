#pragma once

#include <viltree/core/random.hpp>
#include <viltree/domain/completion.hpp>
#include <viltree/plan/plan.hpp>
#include <viltree/search/machine.hpp>

#include <string>
#include <string_view>

namespace viltree::plan {

/// A made-up model that solves one problem as the assumptions say, in text that every splitter cuts into the
/// steps that it means. Answers are a function of the action's seed.
class SyntheticModel {
 public:
  SyntheticModel(const Assumptions& assumptions, const domain::Problem& problem, std::string_view splitter,
                 std::uint32_t max_tokens, std::uint64_t seed);

  [[nodiscard]] domain::TreeEvent answer(const search::SampleAction& action, const search::Tree& tree) const;
  [[nodiscard]] double chance_right() const { return right_; }

 private:
  [[nodiscard]] domain::Rollout rollout(core::Random random, std::size_t depth, bool lost) const;
  [[nodiscard]] std::string step(core::Random& random, std::size_t number, std::uint64_t tokens,
                                 bool slips) const;
  [[nodiscard]] double vary(core::Random& random, double mean) const;

  Assumptions assumptions_;
  bool tags_;
  std::uint32_t max_tokens_;
  std::uint64_t seed_;
  std::uint64_t prompt_tokens_;
  double right_;
  double slip_;  ///< chance of a wrong step
};

}  // namespace viltree::plan
