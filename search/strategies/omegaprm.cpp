#include "omegaprm.hpp"

#include "strategies.hpp"

#include <viltree/search/stopper.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

namespace viltree::search {

namespace {

/// OmegaPRM (arXiv 2406.06592, section 3.3): Monte-Carlo tree search over wrong rollouts.
///
/// 1. Root: rollouts; a problem is kept where some are right and some are wrong.
/// 2. Select from the pool of (state s, wrong rollout r) with 0 < MC(s) < 1 the greatest Q + U, where
///      Q(s, r) = alpha^(1 - MC(s)) · beta^(len(r) / L)        U(s) = c · sqrt(Σ N) / (1 + N(s))
///    A selected rollout never returns to the pool; N grows for the selected state, and for no other reason.
/// 3. Binary search in r for its first error: k rollouts at the middle step; some right: go on behind it,
///    none: in front of it. The finished rollout itself is known to be wrong and is not rolled out again.
/// 4. Every middle with MC > 0 is a new state; its wrong rollouts enter the pool where MC < 1.
///
/// With `max_rollouts`, no search begins once the tree has so many.
///
/// Training rows are the edges between states that are one step long, the first error's among them.
class OmegaPrm final : public Strategy {
 public:
  explicit OmegaPrm(const OmegaPrmOptions& options) : options_(options), searches_left_(options.searches) {}

  void start(Search& search) override { search.sample(domain::kRoot, options_.root_rollouts); }

  void answered(Search& search, const Sampled& answer) override {
    add_state(search.tree(), answer);
    go_on(search);
  }

 private:
  struct Candidate {
    NodeId state;
    RolloutId rollout;
    double length;  ///< generated tokens
    bool selected = false;
  };

  /// The search for the first error of one rollout: somewhere in (good, bad] of `nodes`.
  struct Bisection {
    std::vector<NodeId> nodes;        ///< 0: the selected state, then the rollout's steps
    std::vector<std::size_t> states;  ///< places of states on the way, ascending; the first is 0
    std::size_t good = 0;             ///< MC > 0 here
    std::size_t bad = 0;              ///< MC = 0 here
    [[nodiscard]] std::size_t middle() const { return good + (bad - good) / 2; }
  };

  /// Step 4: the wrong rollouts of a state with 0 < MC < 1 are candidates.
  void add_state(const Tree& tree, const Sampled& answer) {
    const std::optional<double> value = tree.value(answer.node);
    if (!value || *value <= 0.0 || *value >= 1.0) return;
    for (std::uint32_t i = 0; i < answer.count; ++i) {
      const RolloutId id{answer.first.value + i};
      const RolloutRecord& rollout = tree.rollout(id);
      if (rollout.verdict != domain::Verdict::kWrong || rollout.end == answer.node) continue;
      pool_.push_back({answer.node, id, static_cast<double>(generated_tokens(tree, rollout))});
    }
  }

  [[nodiscard]] double priority(const Tree& tree, const Candidate& candidate) const {
    const double mc = *tree.value(candidate.state);
    const double quality = std::pow(options_.alpha, 1.0 - mc) *
                           std::pow(options_.beta, candidate.length / options_.length_scale);
    const auto found = selections_.find(candidate.state);
    const double times = found == selections_.end() ? 0.0 : found->second;
    return quality + options_.c_puct * std::sqrt(static_cast<double>(all_selections_)) / (1.0 + times);
  }

  /// Step 2; the first of equals wins.
  Candidate* select(const Tree& tree) {
    Candidate* best = nullptr;
    double best_priority = 0.0;
    for (Candidate& candidate : pool_) {
      if (candidate.selected) continue;
      const double p = priority(tree, candidate);
      if (best == nullptr || p > best_priority) {
        best = &candidate;
        best_priority = p;
      }
    }
    return best;
  }

  /// Goes on until a value must be waited for, or no search is left.
  void go_on(Search& search) {
    while (bisection_ || begin_bisection(search.tree())) {
      if (!bisect(search)) return;
      finish_bisection(search);
    }
  }

  bool begin_bisection(const Tree& tree) {
    const bool spent = options_.max_rollouts > 0 && tree.rollout_count() >= options_.max_rollouts;
    Candidate* candidate = searches_left_ > 0 && !spent ? select(tree) : nullptr;
    if (candidate == nullptr) return false;
    --searches_left_;
    candidate->selected = true;
    ++selections_[candidate->state];
    ++all_selections_;
    Bisection bisection;
    bisection.nodes = tree.path(candidate->state, tree.rollout(candidate->rollout).end);
    bisection.nodes.insert(bisection.nodes.begin(), candidate->state);
    bisection.states = {0};
    bisection.bad = bisection.nodes.size() - 1;
    bisection_ = std::move(bisection);
    return true;
  }

  /// Step 3 as far as values are known. True: the first error is found. False: a value was asked for.
  bool bisect(Search& search) {
    while (bisection_->bad - bisection_->good > 1) {
      const NodeId middle = bisection_->nodes[bisection_->middle()];
      const domain::Evidence& evidence = search.tree().node(middle).evidence;
      if (evidence.total() == 0) {
        search.sample(middle, options_.rollouts);
        return false;
      }
      narrow(evidence.mc());
    }
    return true;
  }

  /// Unknown (every rollout was cut off or refused) says nothing of an error before the middle: look behind
  /// it.
  void narrow(std::optional<double> value) {
    const std::size_t middle = bisection_->middle();
    if (value == 0.0) {
      bisection_->bad = middle;
      return;
    }
    bisection_->good = middle;
    if (value) bisection_->states.push_back(middle);
  }

  void finish_bisection(Search& search) {
    const Bisection& found = *bisection_;
    for (std::size_t i = 1; i < found.states.size(); ++i) {
      if (found.states[i] == found.states[i - 1] + 1) search.label(found.nodes[found.states[i]]);
    }
    if (found.states.back() + 1 == found.bad) search.label(found.nodes[found.bad]);
    bisection_.reset();
  }

  OmegaPrmOptions options_;
  std::uint32_t searches_left_;
  std::vector<Candidate> pool_;
  std::map<NodeId, std::uint32_t> selections_;  ///< N(s)
  std::uint64_t all_selections_ = 0;            ///< Σ N
  std::optional<Bisection> bisection_;
};

constexpr std::array<Constant, 7> kConstants = {{
    {"alpha", 0.5, 1e-6, 1, false, "prefers states of high value: alpha^(1 - MC)"},
    {"beta", 0.9, 1e-6, 1, false, "prefers short rollouts: beta^(len / length_scale)"},
    {"length_scale", 500, 1, 1e6, false, "L, in generated tokens"},
    {"c_puct", 0.125, 0, 1e3, false, "weight of exploration"},
    {"rollouts", 8, 1, 4096, true, "rollouts at a state"},
    {"searches", 100, 0, 1e6, true, "binary searches per question"},
    {"filter_rollouts", 32, 1, 4096, true, "rollouts at the root; kept where they are mixed"},
}};

}  // namespace

OmegaPrmOptions omegaprm_options(const Constants& constants) {
  OmegaPrmOptions options;
  options.alpha = constants.at("alpha");
  options.beta = constants.at("beta");
  options.length_scale = constants.at("length_scale");
  options.c_puct = constants.at("c_puct");
  options.rollouts = options.root_rollouts = count_of(constants, "rollouts");
  options.searches = count_of(constants, "searches");
  return options;
}

std::unique_ptr<Strategy> make_omegaprm(const OmegaPrmOptions& options) {
  return std::make_unique<OmegaPrm>(options);
}

const StrategyInfo& omegaprm() {
  static constexpr StrategyInfo kInfo = {
      "omegaprm", "tree search by binary search for first errors (arXiv 2406.06592)", kConstants,
      [](const Constants& constants, const Kernel&) {
        OmegaPrmOptions options = omegaprm_options(constants);
        options.root_rollouts = std::max(options.rollouts, count_of(constants, "filter_rollouts"));
        return make_omegaprm(options);
      }};
  return kInfo;
}

}  // namespace viltree::search
