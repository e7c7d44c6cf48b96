#include "step_search.hpp"

#include "strategies.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

namespace viltree::search {

namespace {

using domain::kNoNode;
using domain::kRoot;

/// Monte-Carlo tree search over steps; `uct` and `puct` give it their formula.
///
/// 1. Select: from the root, follow the child with the greatest score (the first of equals) down to a node
///    that was not expanded yet.
/// 2. Expand and simulate, in one request: b rollouts from there. Each one's first step is a child of the
///    node. All steps of a rollout stay in the tree, and can be selected too.
/// 3. Back up: a rollout's verdict counts for every node on its path, from the root to its end. Truncated and
///    other undecided rollouts count as visits, but not in the value; where nothing is decided yet, a node's
///    value is its parent's.
///
/// Every node is expanded once. Finished solutions and steps that were cut off are never expanded, and a
/// branch without a node to expand is not entered.
///
/// Requests in flight count as visits of all nodes on their path (WU-UCT, arXiv 1810.11755: N + O in place of
/// N, O rollouts that are asked for but not observed; the value is left alone). So up to `parallel` requests
/// are open at once and do not all go to one place. Ends after `searches` selections, or when there is
/// nothing to expand.
///
/// A node is labelled once `min_visits` decided rollouts went through it. Its evidence, as everywhere, is
/// that of the rollouts that started at it: those that started below went where the search liked it, so that
/// their share of right ones is no estimate of its value.
///
/// Prior of a step: P = exp(its log-probability / its tokens). A rollout comes with sums over all of it,
/// which are dealt out to its steps by their share of the bytes; so P is the same for all steps that a single
/// rollout wrote, and a mean, weighted by tokens, where several wrote the same step. Where that is unknown
/// for any of a node's children, P = 1 / (number of children) for all of them.
class StepSearch final : public Strategy {
 public:
  StepSearch(const Constants& constants, double c, StepScore score)
      : score_(score),
        c_(c),
        rollouts_(count_of(constants, "rollouts")),
        searches_left_(count_of(constants, "searches")),
        parallel_(count_of(constants, "parallel")),
        min_visits_(count_of(constants, "min_visits")) {}

  void start(Search& search) override {
    states_.resize(search.tree().size());
    update_open(search.tree(), kRoot);
    ask(search);
  }

  void answered(Search& search, const Sampled& answer) override {
    const Tree& tree = search.tree();
    states_.resize(tree.size());
    --requests_;
    for (NodeId id = answer.node; id != kNoNode; id = tree.node(id).parent) at(id).in_flight -= rollouts_;
    for (std::uint32_t i = 0; i < answer.count; ++i) {
      const RolloutRecord& rollout = tree.rollout({answer.first.value + i});
      back_up(search, rollout);
      note_prior(tree, rollout);
    }
    ask(search);
  }

 private:
  struct State {
    std::uint32_t right = 0;
    std::uint32_t decided = 0;    ///< right or wrong, of the rollouts through here
    std::uint32_t in_flight = 0;  ///< rollouts asked for here or below
    std::uint32_t open = 0;       ///< nodes here and below that can be expanded
    bool is_open = false;         ///< this one can
    bool expanded = false;
    double logprob = 0;  ///< of this step's tokens, over the rollouts that say it
    double tokens = 0;   ///< of these rollouts, for this step; 0: unknown
  };

  State& at(NodeId id) { return states_[id.value]; }
  [[nodiscard]] const State& at(NodeId id) const { return states_[id.value]; }

  /// Keeps up to `parallel` requests open.
  void ask(Search& search) {
    while (searches_left_ > 0 && requests_ < parallel_ && at(kRoot).open > 0) {
      --searches_left_;
      ++requests_;
      expand(search, select(search.tree()));
    }
  }

  /// Step 1. Something is open.
  [[nodiscard]] NodeId select(const Tree& tree) const {
    NodeId id = kRoot;
    double value = value_of(kRoot, 0.0);
    while (!at(id).is_open) {
      id = best_child(tree, id, value);
      value = value_of(id, value);
    }
    return id;
  }

  [[nodiscard]] double value_of(NodeId id, double parent_value) const {
    const State& state = at(id);
    return state.decided > 0 ? static_cast<double>(state.right) / state.decided : parent_value;
  }

  [[nodiscard]] NodeId best_child(const Tree& tree, NodeId parent, double parent_value) const {
    StepView view;
    view.parent_visits = visits(tree, parent);
    const std::optional<double> common_prior = unknown_prior(tree, parent);
    NodeId best = kNoNode;
    double best_score = 0;
    for (NodeId child = tree.node(parent).first_child; child != kNoNode;
         child = tree.node(child).next_sibling) {
      if (at(child).open == 0) continue;
      view.value = value_of(child, parent_value);
      view.visits = visits(tree, child);
      view.prior = common_prior ? *common_prior : prior(child);
      const double score = score_(c_, view);
      if (best != kNoNode && score <= best_score) continue;
      best = child;
      best_score = score;
    }
    return best;
  }

  /// N + O.
  [[nodiscard]] double visits(const Tree& tree, NodeId id) const {
    return static_cast<double>(tree.node(id).visits) + at(id).in_flight;
  }

  [[nodiscard]] double prior(NodeId id) const {
    return std::min(1.0, std::exp(at(id).logprob / at(id).tokens));
  }

  /// The prior of all children where some child's is unknown.
  [[nodiscard]] std::optional<double> unknown_prior(const Tree& tree, NodeId parent) const {
    std::uint32_t children = 0;
    bool known = true;
    for (NodeId child = tree.node(parent).first_child; child != kNoNode;
         child = tree.node(child).next_sibling) {
      ++children;
      known = known && at(child).tokens > 0;
    }
    if (known) return std::nullopt;
    return 1.0 / children;
  }

  /// Step 2.
  void expand(Search& search, NodeId node) {
    at(node).expanded = true;
    update_open(search.tree(), node);
    for (NodeId id = node; id != kNoNode; id = search.tree().node(id).parent) at(id).in_flight += rollouts_;
    search.sample(node, rollouts_);
  }

  /// Step 3. The tree counts the visits itself.
  void back_up(Search& search, const RolloutRecord& rollout) {
    const Tree& tree = search.tree();
    const bool right = rollout.verdict == domain::Verdict::kRight;
    const bool decided = right || rollout.verdict == domain::Verdict::kWrong;
    for (const NodeId id : tree.path(rollout.origin, rollout.end)) update_open(tree, id);
    update_open(tree, rollout.origin);  // an empty rollout finishes the solution there
    if (!decided) return;
    for (NodeId id = rollout.end; id != kNoNode; id = tree.node(id).parent) {
      State& state = at(id);
      state.right += right ? 1 : 0;
      ++state.decided;
      if (id != kRoot && tree.node(id).whole && state.decided >= min_visits_) search.label(id);
    }
  }

  /// A node is open or not; its ancestors know how many are.
  void update_open(const Tree& tree, NodeId node) {
    State& state = at(node);
    const bool is_open = tree.node(node).whole && !tree.node(node).terminal && !state.expanded;
    if (is_open == state.is_open) return;
    state.is_open = is_open;
    for (NodeId id = node; id != kNoNode; id = tree.node(id).parent) {
      std::uint32_t& open = at(id).open;
      open = is_open ? open + 1 : open - 1;
    }
  }

  void note_prior(const Tree& tree, const RolloutRecord& rollout) {
    const bool known = rollout.tokens != RolloutRecord::kUnknownTokens && rollout.tokens > 0 &&
                       std::isfinite(rollout.logprob);
    if (!known) return;
    const std::vector<NodeId> steps = tree.path(rollout.origin, rollout.end);
    double bytes = 0;
    for (const NodeId id : steps) bytes += tree.node(id).text_size;
    for (const NodeId id : steps) {
      const double share = tree.node(id).text_size / bytes;
      at(id).logprob += share * static_cast<double>(rollout.logprob);
      at(id).tokens += share * rollout.tokens;
    }
  }

  StepScore score_;
  double c_;
  std::uint32_t rollouts_;
  std::uint32_t searches_left_;
  std::uint32_t parallel_;
  std::uint32_t min_visits_;
  std::vector<State> states_;   ///< by node
  std::uint32_t requests_ = 0;  ///< open
};

}  // namespace

std::unique_ptr<Strategy> make_step_search(const Constants& constants, double c, StepScore score) {
  return std::make_unique<StepSearch>(constants, c, score);
}

}  // namespace viltree::search
