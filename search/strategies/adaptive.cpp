#include "strategies.hpp"

#include <viltree/search/posterior.hpp>
#include <viltree/search/stopper.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace viltree::search {

namespace {

/// Ours: rollouts go where the posterior of the whole tree says that they teach most. Every rollout is cut
/// into nodes, and every node is a row; how certain it is stands beside it.
///
/// In rounds: solutions from the root first, whose length is the unit of what a problem may cost. Then, with
/// the posterior of all that is known (mean m, variance v of every node), rollouts from the nodes with the
/// greatest gain for their tokens. A batch of b rollouts at a node is expected to take
///
///   v² / (v + (m (1 - m) - v) / b)
///
/// off its variance, and costs b times the tokens from there to the end, as its rollouts have taken so far.
/// What it says of its neighbours counts too: a share of the variance of the nodes one step away. Within a
/// round a node that was chosen is looked at as if its rollouts had come already, so that a round spreads
/// out. Where every node is as certain as asked for, more solutions come from the root: new steps, which a
/// trainer can use, are then worth more than more certainty. The end is when the tokens are spent, or when
/// nothing is uncertain and the problem itself is nearly always right or nearly always wrong.
class Adaptive final : public Strategy {
 public:
  Adaptive(const Constants& constants, const Kernel& kernel)
      : solutions_(count_of(constants, "solutions")),
        batch_(count_of(constants, "batch")),
        parallel_(count_of(constants, "parallel")),
        effort_(constants.at("effort")),
        tokens_(constants.at("tokens")),
        half_width_(constants.at("half_width")),
        neighbour_share_(constants.at("neighbour_share")),
        new_solutions_(constants.at("new_solutions")),
        posterior_(kernel) {}

  void start(Search& search) override {
    search.sample(domain::kRoot, solutions_);
    open_ = 1;
  }

  void answered(Search& search, const Sampled& answer) override {
    --open_;
    note(search, answer);
    if (open_ == 0) plan_round(search);
  }

 private:
  static constexpr double kSettled = 0.05;  ///< that far from 0 and 1

  struct Candidate {
    NodeId node;
    double mean = 0;
    double variance = 0;
    double around = 0;  ///< variance of the neighbours
    double tokens = 0;  ///< of one rollout from here
  };

  void note(Search& search, const Sampled& answer) {
    const Tree& tree = search.tree();
    for (std::uint32_t i = 0; i < answer.count; ++i) {
      const RolloutRecord& rollout = tree.rollout({answer.first.value + i});
      // An empty rollout costs something too, or a policy that writes nothing would be asked for ever.
      const double tokens = std::max(1.0, static_cast<double>(generated_tokens(tree, rollout)));
      spent_ += tokens;
      if (answer.node == domain::kRoot) {
        spent_at_root_ += tokens;
        ++root_rollouts_;
      }
      for (const NodeId id : tree.path(answer.node, rollout.end)) {
        if (tree.node(id).whole) search.label(id);
      }
    }
    if (closed_.size() < tree.size()) closed_.resize(tree.size());
    if (answer.refused) closed_[answer.node.value] = true;
  }

  void plan_round(Search& search) {
    const double limit = token_limit();
    if (spent_ >= limit) return;
    const Tree& tree = search.tree();
    posterior_.look_at(tree, {.policy = leading_policy(tree), .own_rounds = 1, .first_errors = false});
    std::vector<Candidate> candidates = find_candidates(tree);
    double planned = spent_;
    double planned_at_root = spent_at_root_;
    for (std::uint32_t i = 0; i < parallel_ && planned < limit; ++i) {
      Candidate* best = choose(candidates);
      if (best == nullptr && i == 0 && is_mixed()) best = root_of(candidates);
      if (best == nullptr) break;
      Candidate* root = root_of(candidates);
      if (root != nullptr && planned_at_root < new_solutions_ * planned) best = root;
      search.sample(best->node, batch_);
      ++open_;
      planned += batch_ * best->tokens;
      if (best == root) planned_at_root += batch_ * best->tokens;
      best->variance -= reduction(*best);
      best->around /= 2;
    }
  }

  /// Of this problem.
  [[nodiscard]] double token_limit() const {
    if (tokens_ > 0) return tokens_;
    return root_rollouts_ == 0 ? effort_ : effort_ * spent_at_root_ / root_rollouts_;
  }

  /// The problem has solutions of both kinds.
  [[nodiscard]] bool is_mixed() const {
    const double settled =
        posterior_.below(domain::kRoot, kSettled) + 1 - posterior_.below(domain::kRoot, 1 - kSettled);
    return settled < 0.5;
  }

  /// None where the server refuses it.
  [[nodiscard]] static Candidate* root_of(std::vector<Candidate>& candidates) {
    return candidates.empty() || candidates.front().node != domain::kRoot ? nullptr : &candidates.front();
  }

  [[nodiscard]] std::vector<Candidate> find_candidates(const Tree& tree) {
    std::vector<Candidate> candidates;
    std::vector<double> variances(tree.size());
    for (std::uint32_t i = 0; i < tree.size(); ++i) variances[i] = posterior_.variance({i});
    for (std::uint32_t i = 0; i < tree.size(); ++i) {
      const Node& node = tree.node({i});
      if (!node.whole || closed_[i] || is_end(node)) continue;
      const NodeDraws& draws = posterior_.draws({i});
      Candidate candidate{{i}, posterior_.mean({i}), variances[i], 0, 1};
      for (NodeId child = node.first_child; child != domain::kNoNode; child = tree.node(child).next_sibling)
        candidate.around += variances[child.value];
      if (i > 0) candidate.around += variances[node.parent.value];
      if (draws.tokens_of > 0)
        candidate.tokens = std::max(1.0, static_cast<double>(draws.tokens_to_end) / draws.tokens_of);
      candidates.push_back(candidate);
    }
    return candidates;
  }

  static bool is_end(const Node& node) { return node.terminal && node.first_child == domain::kNoNode; }

  [[nodiscard]] double reduction(const Candidate& one) const {
    const double noise = std::max(one.mean * (1 - one.mean) - one.variance, 1e-9);
    return one.variance * one.variance / (one.variance + noise / batch_);
  }

  /// The first of equals; none where all are certain enough.
  [[nodiscard]] Candidate* choose(std::vector<Candidate>& candidates) const {
    const double enough = std::pow(half_width_ / 1.96, 2);
    Candidate* best = nullptr;
    double best_gain = 0;
    for (Candidate& one : candidates) {
      if (one.variance <= enough) continue;
      const double gain = reduction(one) * (1 + neighbour_share_ * one.around / one.variance) / one.tokens;
      if (gain <= best_gain) continue;
      best = &one;
      best_gain = gain;
    }
    return best;
  }

  std::uint32_t solutions_;
  std::uint32_t batch_;
  std::uint32_t parallel_;
  double effort_;  ///< whole solutions
  double tokens_;  ///< 0: by the effort
  double half_width_;
  double neighbour_share_;
  double new_solutions_;
  Posterior posterior_;
  std::uint32_t open_ = 0;
  double spent_ = 0;          ///< generated tokens
  double spent_at_root_ = 0;  ///< of them, for rollouts from the root
  std::uint32_t root_rollouts_ = 0;
  std::vector<bool> closed_;  ///< by node: the server refuses it
};

constexpr std::array<Constant, 8> kConstants = {{
    {"solutions", 4, 1, 4096, true, "solutions sampled from the root at first"},
    {"batch", 4, 1, 4096, true, "rollouts of one request"},
    {"parallel", 4, 1, 1024, true, "requests of one round"},
    {"effort", 120, 1, 1e6, false,
     "generated tokens of a problem, in whole solutions; no round is begun after"},
    {"tokens", 0, 0, 1e9, false, "the same as a number; 0: by the effort"},
    {"half_width", 0.15, 0.001, 0.5, false, "of the interval of a node that needs no more"},
    {"new_solutions", 0, 0, 1, false, "share of the tokens for more solutions from the root, come what may"},
    {"neighbour_share", 0.3, 0, 10, false, "of the neighbours' variance that counts"},
}};

}  // namespace

const StrategyInfo& adaptive() {
  static constexpr StrategyInfo kInfo = {
      "adaptive", "rollouts where the posterior of the whole tree says that they teach most", kConstants,
      [](const Constants& constants, const Kernel& kernel) -> std::unique_ptr<Strategy> {
        return std::make_unique<Adaptive>(constants, kernel);
      },
      true};
  return kInfo;
}

}  // namespace viltree::search
