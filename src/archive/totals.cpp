#include <viltree/archive/totals.hpp>
#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace viltree::archive {

namespace {

void add_known(std::optional<std::uint64_t>& sum, const std::optional<std::uint64_t>& more) {
  if (more) sum = sum.value_or(0) + *more;
}

}  // namespace

std::optional<double> JudgeTotals::agreement() const {
  if (compared() == 0) return std::nullopt;
  const std::uint64_t same =
      std::uint64_t{of_right.of(domain::Verdict::kRight)} + of_wrong.of(domain::Verdict::kWrong);
  return static_cast<double>(same) / static_cast<double>(compared());
}

domain::Evidence JudgeTotals::verdicts() const {
  domain::Evidence sum = of_right;
  sum.add(of_wrong);
  sum.add(of_untold);
  return sum;
}

std::string describe(const JudgeTotals& judge) {
  if (judge.asked() == 0) return {};
  const domain::Evidence said = judge.verdicts();
  std::string text = core::with_thousands(judge.asked()) + (judge.asked() == 1 ? " answer: " : " answers: ");
  text += core::with_thousands(said.of(domain::Verdict::kRight)) + " right, ";
  text += core::with_thousands(said.of(domain::Verdict::kWrong)) + " wrong";
  if (said.of(domain::Verdict::kFailed) > 0)
    text += ", " + core::with_thousands(said.of(domain::Verdict::kFailed)) + " without a ruling";
  if (const auto agreement = judge.agreement()) {
    const auto percent = static_cast<std::uint64_t>(std::llround(*agreement * 100));
    text += "; as the rules " + std::to_string(percent) + "% of " + core::with_thousands(judge.compared()) +
            " that they can tell";
  }
  if (judge.usage.completion_tokens)
    text += "; " + core::with_thousands(*judge.usage.completion_tokens) + " tokens generated";
  return text;
}

void JudgeTotals::add(const domain::Ruling& ruling) {
  domain::Evidence& said = ruling.rules == domain::Verdict::kRight   ? of_right
                           : ruling.rules == domain::Verdict::kWrong ? of_wrong
                                                                     : of_untold;
  said.add(ruling.verdict);
  usage.add(ruling.bill.usage);
  uncounted += ruling.bill.uncounted(1);
}

void JudgeTotals::add(const JudgeTotals& other) {
  of_right.add(other.of_right);
  of_wrong.add(other.of_wrong);
  of_untold.add(other.of_untold);
  usage.add(other.usage);
  uncounted += other.uncounted;
}

void Totals::add(const domain::TreeEvent& event) {
  add_cost(event);
  for (const domain::Rollout& rollout : event.rollouts) verdicts.add(rollout.verdict);
}

void Totals::add_cost(const domain::TreeEvent& event) {
  ++answers;
  refusals += event.refusal ? 1 : 0;
  rollouts += event.rollouts.size();
  const auto lost =
      std::count_if(event.rollouts.begin(), event.rollouts.end(), [](const domain::Rollout& rollout) {
        return rollout.completion.finish == domain::FinishReason::kLost;
      });
  uncounted += event.bill.uncounted(event.rollouts.size() - static_cast<std::size_t>(lost));
  usage.add(event.bill.usage);
}

void Totals::add(const Totals& other) {
  trees += other.trees;
  rejected += other.rejected;
  answers += other.answers;
  refusals += other.refusals;
  rollouts += other.rollouts;
  rows += other.rows;
  left_out += other.left_out;
  uncounted += other.uncounted;
  usage.add(other.usage);
  verdicts.add(other.verdicts);
  judge.add(other.judge);
  add_prefill(other);
}

void Totals::add_prefill(const Totals& other) {
  add_known(prefill_computed, other.prefill_computed);
  add_known(prefill_bound, other.prefill_bound);
}

std::optional<double> cost(const domain::Usage& usage, const Prices& prices) {
  if (!usage.prompt_tokens || !usage.completion_tokens) return std::nullopt;
  const double cached = static_cast<double>(usage.cached_tokens.value_or(0));
  const double fresh = static_cast<double>(*usage.prompt_tokens) - cached;
  return (fresh * prices.prompt_per_mtok + cached * prices.cached_per_mtok +
          static_cast<double>(*usage.completion_tokens) * prices.completion_per_mtok) /
         1e6;
}

std::optional<double> Totals::prefill_share() const {
  if (!prefill_bound || prefill_computed.value_or(0) == 0) return std::nullopt;
  return static_cast<double>(*prefill_bound) / static_cast<double>(*prefill_computed);
}

namespace {

using Counts = std::map<std::string, std::uint64_t>;
using domain::Evidence;
using domain::Verdict;

constexpr std::string_view kOfJudge = "judge_";

/// What the rules say, and where the judge's words on it are counted.
struct RulesSay {
  std::string_view what;
  Evidence JudgeTotals::*said;
};
constexpr std::array<RulesSay, 3> kRulesSay = {{{"right", &JudgeTotals::of_right},
                                                {"wrong", &JudgeTotals::of_wrong},
                                                {"untold", &JudgeTotals::of_untold}}};
constexpr std::array kRulings = {Verdict::kRight, Verdict::kWrong, Verdict::kFailed};

std::string ruling_key(std::string_view rules, Verdict judge) {
  return "rules_" + std::string(rules) + "_judge_" + std::string(name(judge));
}

void put(Counts& counts, std::string_view name, const std::optional<std::uint64_t>& count) {
  if (count) counts[std::string(name)] = *count;
}

std::optional<std::uint64_t> find(const Counts& counts, const std::string& name) {
  const auto found = counts.find(name);
  if (found == counts.end()) return std::nullopt;
  return found->second;
}

std::uint32_t small(const Counts& counts, const std::string& name) {
  return static_cast<std::uint32_t>(find(counts, name).value_or(0));
}

void put_usage(std::string_view of, const domain::Usage& usage, Counts& counts) {
  const std::string prefix(of);
  put(counts, prefix + "prompt_tokens", usage.prompt_tokens);
  put(counts, prefix + "cached_tokens", usage.cached_tokens);
  put(counts, prefix + "completion_tokens", usage.completion_tokens);
  put(counts, prefix + "reasoning_tokens", usage.reasoning_tokens);
}

domain::Usage find_usage(std::string_view of, const Counts& counts) {
  const std::string prefix(of);
  return {find(counts, prefix + "prompt_tokens"), find(counts, prefix + "cached_tokens"),
          find(counts, prefix + "completion_tokens"), find(counts, prefix + "reasoning_tokens")};
}

void put_judge(const JudgeTotals& judge, Counts& counts) {
  for (const RulesSay& rules : kRulesSay) {
    for (const Verdict verdict : kRulings)
      counts[ruling_key(rules.what, verdict)] = (judge.*rules.said).of(verdict);
  }
  put_usage(kOfJudge, judge.usage, counts);
  counts[std::string(kOfJudge) + "uncounted"] = judge.uncounted;
}

JudgeTotals find_judge(const Counts& counts) {
  JudgeTotals judge;
  for (const RulesSay& rules : kRulesSay) {
    for (const Verdict verdict : kRulings)
      (judge.*rules.said).add(verdict, small(counts, ruling_key(rules.what, verdict)));
  }
  judge.usage = find_usage(kOfJudge, counts);
  judge.uncounted = find(counts, std::string(kOfJudge) + "uncounted").value_or(0);
  return judge;
}

}  // namespace

std::map<std::string, std::uint64_t> to_counts(const Totals& totals) {
  Counts counts = {{"answers", totals.answers},
                   {"refusals", totals.refusals},
                   {"rollouts", totals.rollouts},
                   {"uncounted_rollouts", totals.uncounted},
                   {"left_out_labels", totals.left_out}};
  put_usage("", totals.usage, counts);
  put(counts, "prefill_computed", totals.prefill_computed);
  put(counts, "prefill_bound", totals.prefill_bound);
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    counts[std::string(name(static_cast<domain::Verdict>(i)))] = totals.verdicts.counts[i];
  }
  if (totals.judge.asked() > 0) put_judge(totals.judge, counts);
  return counts;
}

Totals to_totals(const std::map<std::string, std::uint64_t>& counts) {
  Totals totals;
  totals.answers = find(counts, "answers").value_or(0);
  totals.refusals = find(counts, "refusals").value_or(0);
  totals.rollouts = find(counts, "rollouts").value_or(0);
  totals.uncounted = find(counts, "uncounted_rollouts").value_or(0);
  totals.left_out = find(counts, "left_out_labels").value_or(0);
  totals.usage = find_usage("", counts);
  totals.prefill_computed = find(counts, "prefill_computed");
  totals.prefill_bound = find(counts, "prefill_bound");
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    const auto verdict = static_cast<Verdict>(i);
    totals.verdicts.add(verdict, small(counts, std::string(name(verdict))));
  }
  totals.judge = find_judge(counts);
  return totals;
}

Totals totals_of(const storage::UnitEntry& unit) {
  Totals totals = to_totals(unit.counts);
  totals.trees = unit.trees;
  totals.rejected = unit.rejected;
  totals.rows = unit.rows;
  return totals;
}

}  // namespace viltree::archive
