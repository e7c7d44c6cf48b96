#pragma once

#include <viltree/search/strategy.hpp>

#include <cstdint>
#include <memory>

namespace viltree::search {

/// What a formula of selection sees of a step. Visits are rollouts, those in flight among them.
struct StepView {
  double value = 0;          ///< share of right ones among the decided rollouts through it
  double visits = 0;         ///< at least 1
  double parent_visits = 0;  ///< at least `visits`
  double prior = 0;          ///< P, in [0, 1]
};

/// The step with the greatest score is followed.
using StepScore = double (*)(double c, const StepView& step);

/// Monte-Carlo tree search over single steps; see the class in step_search.cpp. `constants` has `rollouts`,
/// `searches`, `parallel` and `min_visits`; `c` is given to the score.
[[nodiscard]] std::unique_ptr<Strategy> make_step_search(const Constants& constants, double c,
                                                         StepScore score);

}  // namespace viltree::search
