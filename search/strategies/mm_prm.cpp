#include "omegaprm.hpp"
#include "strategies.hpp"

#include <array>

namespace viltree::search {

namespace {

// MM-PRM (arXiv 2505.13427, and its published program): OmegaPRM for problems with images. The
// search and its formulas are those of omegaprm.cpp; what differs:
//
// - Longer solutions: L = 2000. k = 16 rollouts at every state, and the root is a state like any other (no
//   larger sample that filters problems; still, without a right and a wrong rollout nothing is searched).
// - 200 searches or 1000 rollouts a problem, whichever comes first. The rollouts are looked at between
//   searches: one that has begun finds its error, so that a tree may have up to k · log2(steps) more. (A hard
//   limit is `budget.rollouts_per_problem`.) Counted are the rollouts received.
//
// len(r) is in generated tokens, as in OmegaPRM; the published program counts words.
constexpr std::array<Constant, 7> kConstants = {{
    {"alpha", 0.5, 1e-6, 1, false, "prefers states of high value: alpha^(1 - MC)"},
    {"beta", 0.9, 1e-6, 1, false, "prefers short rollouts: beta^(len / length_scale)"},
    {"length_scale", 2000, 1, 1e6, false, "L, in generated tokens"},
    {"c_puct", 0.125, 0, 1e3, false, "weight of exploration"},
    {"rollouts", 16, 1, 4096, true, "rollouts at a state, the root included"},
    {"searches", 200, 0, 1e6, true, "binary searches per question"},
    {"max_rollouts", 1000, 1, 1e6, true, "no search begins once a question has so many rollouts"},
}};

}  // namespace

const StrategyInfo& mm_prm() {
  static constexpr StrategyInfo kInfo = {
      "mm-prm", "omegaprm for images: longer answers, 200 searches or 1000 rollouts (arXiv 2505.13427)",
      kConstants, [](const Constants& constants, const Kernel&) {
        OmegaPrmOptions options = omegaprm_options(constants);
        options.max_rollouts = count_of(constants, "max_rollouts");
        return make_omegaprm(options);
      }};
  return kInfo;
}

}  // namespace viltree::search
