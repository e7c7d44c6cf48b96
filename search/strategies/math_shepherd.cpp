#include "strategies.hpp"

#include <array>
#include <vector>

namespace viltree::search {

namespace {

/// Math-Shepherd (arXiv 2312.08935, section 3.3): N solutions from the root, and k completions at the end of
/// every step of theirs; a step's value is the share of right ones. A step that two solutions share is
/// measured once.
class MathShepherd final : public Strategy {
 public:
  explicit MathShepherd(const Constants& constants)
      : solutions_(count_of(constants, "solutions")), rollouts_(count_of(constants, "rollouts")) {}

  void start(Search& search) override { search.sample(domain::kRoot, solutions_); }

  void answered(Search& search, const Sampled& answer) override {
    if (answer.node != domain::kRoot) return;
    for (std::uint32_t i = 0; i < answer.count; ++i) {
      const NodeId end = search.tree().rollout({answer.first.value + i}).end;
      for (const NodeId node : search.tree().path(domain::kRoot, end)) measure(search, node);
    }
  }

 private:
  void measure(Search& search, NodeId id) const {
    const Node& node = search.tree().node(id);
    if (node.labelled || !node.whole) return;
    search.label(id);
    if (!node.terminal) search.sample(id, rollouts_);
  }

  std::uint32_t solutions_;
  std::uint32_t rollouts_;
};

constexpr std::array<Constant, 2> kConstants = {{
    {"solutions", 15, 1, 4096, true, "solutions sampled from the root"},
    {"rollouts", 8, 1, 4096, true, "rollouts at the end of every step"},
}};

}  // namespace

const StrategyInfo& math_shepherd() {
  static constexpr StrategyInfo kInfo = {
      "math-shepherd", "N solutions from the root, k rollouts at every step (arXiv 2312.08935)", kConstants,
      [](const Constants& constants, const Kernel&) -> std::unique_ptr<Strategy> {
        return std::make_unique<MathShepherd>(constants);
      }};
  return kInfo;
}

}  // namespace viltree::search
