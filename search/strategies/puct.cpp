#include "step_search.hpp"
#include "strategies.hpp"

#include <array>
#include <cmath>

namespace viltree::search {

namespace {

/// PUCT as AlphaMath (arXiv 2405.03553) uses it for the steps of solutions:
///
///   Q + c · P · sqrt(N_p) / (1 + N)        c = 1.5, P = exp(mean log-probability of the step's tokens)
///
/// with Q the share of right rollouts through the step, N its visits and N_p its parent's. How the search
/// goes on, and what P is where log-probabilities are unknown, is said in step_search.cpp. AlphaMath's value
/// model has no part in this: values come from rollouts alone.
double score(double c, const StepView& step) {
  return step.value + c * step.prior * std::sqrt(step.parent_visits) / (1.0 + step.visits);
}

// c, searches and rollouts as in AlphaMath's published program.
constexpr std::array<Constant, 5> kConstants = {{
    {"c_puct", 1.5, 0, 1e3, false, "weight of exploration"},
    {"rollouts", 5, 1, 4096, true, "rollouts from a selected node"},
    {"searches", 40, 1, 1e6, true, "selections per question"},
    {"parallel", 4, 1, 1024, true, "requests in flight at once"},
    {"min_visits", 4, 1, 1e6, true, "decided rollouts through a step, from which on it is labelled"},
}};

}  // namespace

const StrategyInfo& puct() {
  static constexpr StrategyInfo kInfo = {
      "puct", "tree search over single steps: Q + c P sqrt(N_p) / (1 + N) (arXiv 2405.03553)", kConstants,
      [](const Constants& constants, const Kernel&) {
        return make_step_search(constants, constants.at("c_puct"), score);
      }};
  return kInfo;
}

}  // namespace viltree::search
