#include "step_search.hpp"
#include "strategies.hpp"

#include <array>
#include <cmath>

namespace viltree::search {

namespace {

/// UCT (Kocsis and Szepesvári, 2006), as rStar (arXiv 2408.06195) uses it for the steps of solutions:
///
///   Q/N + c · sqrt(ln N_p / N)        c = 2
///
/// with Q/N the share of right rollouts through the step, N its visits and N_p its parent's. How the search
/// goes on is said in step_search.cpp.
double score(double c, const StepView& step) {
  return step.value + c * std::sqrt(std::log(step.parent_visits) / step.visits);
}

// c as in rStar's published program; the searches and the rollouts of an expansion as in AlphaMath's (see
// puct), because rStar's expansions are prompts of several kinds.
constexpr std::array<Constant, 5> kConstants = {{
    {"c_uct", 2, 0, 1e3, false, "weight of exploration"},
    {"rollouts", 5, 1, 4096, true, "rollouts from a selected node"},
    {"searches", 40, 1, 1e6, true, "selections per question"},
    {"parallel", 4, 1, 1024, true, "requests in flight at once"},
    {"min_visits", 4, 1, 1e6, true, "decided rollouts through a step, from which on it is labelled"},
}};

}  // namespace

const StrategyInfo& uct() {
  static constexpr StrategyInfo kInfo = {
      "uct", "tree search over single steps: Q/N + c sqrt(ln N_p / N) (arXiv 2408.06195)", kConstants,
      [](const Constants& constants, const Kernel&) {
        return make_step_search(constants, constants.at("c_uct"), score);
      }};
  return kInfo;
}

}  // namespace viltree::search
