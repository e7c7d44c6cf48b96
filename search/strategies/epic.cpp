#include "strategies.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

namespace viltree::search {

namespace {

/// EpicPRM (ACL 2025, arXiv 2503.02382, and its published program): the first error of every wrong solution
/// by binary search, from where and with as many rollouts as the difficulty of the problem says.
///
/// 1. Root: rollouts, which are the solutions too (the publication samples solutions apart,
///    and the value anew; rollouts of one policy are exchangeable). With at most `right_rollouts` right ones
///    it is dropped.
/// 2. Number of rollouts at a step, one for the whole problem, less where it is easy: where the
///    `right_rollouts`-th right one came in the root's sample, rounded up to a multiple of `round_to`, at
///    least `least_rollouts`.
/// 3. Solutions: the first distinct right ones and the first distinct wrong ones. (The publication takes
///    those whose tokens are least alike.)
/// 4. A right solution's steps are taken as right without rollouts.
/// 5. In a wrong solution of n steps: binary search over steps 1 to n-1; the last is known to be wrong and is
///    never rolled out. Step s is wrong where
///      V(s) < wrong_below · V(root)
///    The first middle n/2 moves by a quarter of the steps, (n-2)/4, where n >= 6: towards the start in hard
///    problems, V(root) < hard_below, and towards the end in easy ones, V(root) > easy_above.
///
/// V is the share of right rollouts among the decided ones, each weighted by its exp(mean log-probability of
/// its tokens), where all of them have one; else the plain share.
///
/// The publication adds up two models of 72 rollouts at the root, at least 16 at a step in multiples of
/// 8; with one policy the same totals are 144, 32 and 16.
///
/// All steps of the solutions are labelled. Those that were not rolled out have no value of their own; the
/// publication's "1 before the first error, 0 from it on" is a view of the measured ones.
class Epic final : public Strategy {
 public:
  explicit Epic(const Constants& constants)
      : question_rollouts_(count_of(constants, "question_rollouts")),
        right_rollouts_(count_of(constants, "right_rollouts")),
        least_rollouts_(count_of(constants, "least_rollouts")),
        round_to_(count_of(constants, "round_to")),
        solutions_(count_of(constants, "solutions")),
        right_solutions_(count_of(constants, "right_solutions")),
        wrong_below_(constants.at("wrong_below")),
        hard_below_(constants.at("hard_below")),
        easy_above_(constants.at("easy_above")) {}

  void start(Search& search) override { search.sample(domain::kRoot, question_rollouts_); }

  void answered(Search& search, const Sampled& answer) override {
    const std::optional<double> value = weighted_value(search.tree(), answer);
    if (answer.node == domain::kRoot) {
      if (is_kept(search.tree(), answer)) begin(search, answer, *value);
      return;
    }
    measured_[answer.node] = {true, value};
    for (Bisection& bisection : bisections_) advance(search, bisection);
  }

 private:
  struct Measured {
    bool answered = false;
    std::optional<double> value;
  };

  /// The search for the first error of one solution: somewhere in (good, bad] of `nodes`.
  struct Bisection {
    std::vector<NodeId> nodes;  ///< 0: the root, then the solution's steps
    std::size_t good = 0;
    std::size_t bad = 0;
    bool is_first = true;  ///< nothing is known of any middle
  };

  static double weight(const RolloutRecord& rollout) {
    return std::exp(static_cast<double>(rollout.logprob) / rollout.tokens);
  }

  static bool has_weight(const RolloutRecord& rollout) {
    return rollout.tokens != RolloutRecord::kUnknownTokens && rollout.tokens > 0 &&
           std::isfinite(rollout.logprob);
  }

  static bool is_right(const RolloutRecord& rollout) { return rollout.verdict == domain::Verdict::kRight; }
  static bool is_decided(const RolloutRecord& rollout) {
    return is_right(rollout) || rollout.verdict == domain::Verdict::kWrong;
  }

  /// None where nothing was decided.
  static std::optional<double> weighted_value(const Tree& tree, const Sampled& answer) {
    double right = 0;
    double decided = 0;
    for (std::uint32_t i = 0; i < answer.count; ++i) {
      const RolloutRecord& rollout = tree.rollout({answer.first.value + i});
      if (!is_decided(rollout)) continue;
      if (!has_weight(rollout)) return tree.value(answer.node);
      right += is_right(rollout) ? weight(rollout) : 0.0;
      decided += weight(rollout);
    }
    const bool usable = decided > 0 && std::isfinite(decided);
    return usable ? std::optional(right / decided) : tree.value(answer.node);
  }

  [[nodiscard]] bool is_kept(const Tree& tree, const Sampled& answer) const {
    return answer.count > 0 &&
           tree.node(domain::kRoot).evidence.of(domain::Verdict::kRight) > right_rollouts_;
  }

  /// Step 2.
  [[nodiscard]] std::uint32_t step_rollouts(const Tree& tree, const Sampled& answer) const {
    std::uint32_t right = 0;
    std::uint32_t place = 0;
    while (place < answer.count && right < right_rollouts_) {
      right += is_right(tree.rollout({answer.first.value + place})) ? 1 : 0;
      ++place;
    }
    return std::max(least_rollouts_, (place + round_to_ - 1) / round_to_ * round_to_);
  }

  void begin(Search& search, const Sampled& answer, double value) {
    question_value_ = value;
    rollouts_ = step_rollouts(search.tree(), answer);
    const std::uint32_t wanted_right = std::min(right_solutions_, solutions_);
    const std::vector<NodeId> right = choose(search.tree(), answer, true, wanted_right);
    const auto wanted_wrong = solutions_ - static_cast<std::uint32_t>(right.size());
    for (const NodeId end : right) label_steps(search, end);
    for (const NodeId end : choose(search.tree(), answer, false, wanted_wrong)) {
      label_steps(search, end);
      Bisection bisection;
      bisection.nodes = search.tree().path(domain::kRoot, end);
      bisection.nodes.insert(bisection.nodes.begin(), domain::kRoot);
      bisection.bad = bisection.nodes.size() - 1;
      bisections_.push_back(std::move(bisection));
    }
    for (Bisection& bisection : bisections_) advance(search, bisection);
  }

  /// Step 3: the ends of the first distinct solutions.
  static std::vector<NodeId> choose(const Tree& tree, const Sampled& answer, bool right, std::uint32_t most) {
    std::vector<NodeId> ends;
    for (std::uint32_t i = 0; i < answer.count && ends.size() < most; ++i) {
      const RolloutRecord& rollout = tree.rollout({answer.first.value + i});
      if (!is_decided(rollout) || is_right(rollout) != right || rollout.end == domain::kRoot) continue;
      if (std::find(ends.begin(), ends.end(), rollout.end) == ends.end()) ends.push_back(rollout.end);
    }
    return ends;
  }

  static void label_steps(Search& search, NodeId end) {
    for (const NodeId id : search.tree().path(domain::kRoot, end)) search.label(id);
  }

  /// Step 5 as far as values are known; asks for the next one, unless another solution has.
  void advance(Search& search, Bisection& bisection) {
    while (bisection.bad - bisection.good > 1) {
      const NodeId middle = bisection.nodes[middle_of(bisection)];
      const auto found = measured_.find(middle);
      if (found == measured_.end()) {
        if (!search.tree().node(middle).terminal) {
          measured_[middle] = {};
          return search.sample(middle, rollouts_);
        }
        narrow(bisection, search.tree().value(middle));  // another solution's end: known
        continue;
      }
      if (!found->second.answered) return;
      narrow(bisection, found->second.value);
    }
  }

  [[nodiscard]] std::size_t middle_of(const Bisection& bisection) const {
    const std::size_t middle = bisection.good + (bisection.bad - bisection.good) / 2;
    if (!bisection.is_first || bisection.bad < 6) return middle;
    const std::size_t shift = (bisection.bad - 2) / 4;
    if (question_value_ < hard_below_) return middle - shift;
    return question_value_ > easy_above_ ? middle + shift : middle;
  }

  /// Unknown (every rollout was cut off or refused) says nothing of an error before the middle: look behind
  /// it.
  void narrow(Bisection& bisection, std::optional<double> value) const {
    const std::size_t middle = middle_of(bisection);
    bisection.is_first = false;
    const bool wrong = value && *value < wrong_below_ * question_value_;
    (wrong ? bisection.bad : bisection.good) = middle;
  }

  std::uint32_t question_rollouts_;
  std::uint32_t right_rollouts_;
  std::uint32_t least_rollouts_;
  std::uint32_t round_to_;
  std::uint32_t solutions_;
  std::uint32_t right_solutions_;
  double wrong_below_;
  double hard_below_;
  double easy_above_;

  double question_value_ = 0;
  std::uint32_t rollouts_ = 0;  ///< at a step
  std::map<NodeId, Measured> measured_;
  std::vector<Bisection> bisections_;
};

constexpr std::array<Constant, 9> kConstants = {{
    {"question_rollouts", 144, 1, 4096, true, "rollouts at the root"},
    {"right_rollouts", 10, 1, 4096, true, "right rollouts at the root, up to which it is dropped"},
    {"least_rollouts", 32, 1, 4096, true, "least rollouts at a step"},
    {"round_to", 16, 1, 4096, true, "the rollouts at a step are a multiple of this, or the least"},
    {"solutions", 8, 1, 4096, true, "solutions at most, right and wrong"},
    {"right_solutions", 2, 0, 4096, true, "right ones among them at most"},
    {"wrong_below", 0.5, 0, 1, false, "a step is wrong below this share of the question's value"},
    {"hard_below", 0.15, 0, 1, false, "value of a question whose errors are looked for early"},
    {"easy_above", 0.45, 0, 1, false, "value of a question whose errors are looked for late"},
}};

}  // namespace

const StrategyInfo& epic() {
  static constexpr StrategyInfo kInfo = {
      "epic", "binary search from an adaptive middle with adaptive rollouts (arXiv 2503.02382, ACL 2025)",
      kConstants, [](const Constants& constants, const Kernel&) -> std::unique_ptr<Strategy> {
        return std::make_unique<Epic>(constants);
      }};
  return kInfo;
}

}  // namespace viltree::search
