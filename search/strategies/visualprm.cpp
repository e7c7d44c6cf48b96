#include "strategies.hpp"

#include <array>
#include <vector>

namespace viltree::search {

namespace {

/// VisualPRM (arXiv 2503.10291, section 3): N solutions from the root; along each, k rollouts at one step
/// after the other until a step has none right of k. What comes after that step is not measured: unknown, not
/// wrong.
class VisualPrm final : public Strategy {
 public:
  explicit VisualPrm(const Constants& constants)
      : solutions_(count_of(constants, "solutions")), rollouts_(count_of(constants, "rollouts")) {}

  void start(Search& search) override { search.sample(domain::kRoot, solutions_); }

  void answered(Search& search, const Sampled& answer) override {
    if (answer.node == domain::kRoot) {
      for (std::uint32_t i = 0; i < answer.count; ++i) {
        const NodeId end = search.tree().rollout({answer.first.value + i}).end;
        paths_.push_back({search.tree().path(domain::kRoot, end), 0});
        advance(search, paths_.back());
      }
      return;
    }
    for (Path& path : paths_) {
      if (path.next < path.nodes.size() && path.nodes[path.next] == answer.node) {
        step_over(search, path);
        advance(search, path);
      }
    }
  }

 private:
  struct Path {
    std::vector<NodeId> nodes;
    std::size_t next = 0;  ///< the node whose value is waited for; past the end: nothing is
  };

  /// The node at `next` was answered: go on, or end the path at its first 0 of k.
  static void step_over(const Search& search, Path& path) {
    const bool broken = search.tree().value(path.nodes[path.next]) == 0.0;
    path.next = broken ? path.nodes.size() : path.next + 1;
  }

  /// Asks for the next value on the path; passes over those that another path has already brought.
  void advance(Search& search, Path& path) const {
    while (path.next < path.nodes.size()) {
      const NodeId id = path.nodes[path.next];
      const Node& node = search.tree().node(id);
      if (!node.whole) return;
      const bool asked = node.labelled;
      search.label(id);
      if (node.terminal && path.next + 1 == path.nodes.size()) return;  // the solution's own end: known
      if (!asked) return search.sample(id, rollouts_);
      if (node.evidence.total() == 0) return;  // another path waits for it too
      step_over(search, path);
    }
  }

  std::uint32_t solutions_;
  std::uint32_t rollouts_;
  std::vector<Path> paths_;
};

constexpr std::array<Constant, 3> kConstants = {{
    {"solutions", 4, 1, 4096, true, "solutions sampled from the root"},
    {"rollouts", 16, 1, 4096, true, "rollouts at the end of a step"},
    {"max_steps", 12, 1, 4096, true, "steps of a solution; what comes after is merged into the last"},
}};

}  // namespace

const StrategyInfo& visualprm() {
  static constexpr StrategyInfo kInfo{
      .name = "visualprm",
      .summary =
          "as math-shepherd, but a path ends at its first step without a right rollout (arXiv 2503.10291)",
      .constants = kConstants,
      .make = [](const Constants& constants, const Kernel&) -> std::unique_ptr<Strategy> {
        return std::make_unique<VisualPrm>(constants);
      },
      .max_steps = [](const Constants& constants) -> std::size_t {
        return count_of(constants, "max_steps");
      }};
  return kInfo;
}

}  // namespace viltree::search
