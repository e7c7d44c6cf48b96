#include <viltree/crawl/progress.hpp>

namespace viltree::crawl {

namespace {

void add_known(std::optional<std::uint64_t>& sum, const std::optional<std::uint64_t>& more) {
  if (more) sum = sum.value_or(0) + *more;
}

/// Completions of an answer that neither its usage nor they themselves count.
std::uint64_t uncounted_in(const domain::TreeEvent& event) {
  if (event.usage.completion_tokens) return 0;
  return event.rollouts.size() + event.discarded;
}

}  // namespace

void Totals::add(const domain::TreeEvent& event) {
  ++answers;
  refusals += event.refusal ? 1 : 0;
  rollouts += event.rollouts.size();
  uncounted += uncounted_in(event);
  usage.add(event.usage);
  for (const domain::Rollout& rollout : event.rollouts) verdicts.add(rollout.verdict);
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
  add_prefill(other);
}

void Totals::add_prefill(const Totals& other) {
  add_known(prefill_computed, other.prefill_computed);
  add_known(prefill_bound, other.prefill_bound);
}

std::optional<double> Totals::prefill_share() const {
  if (!prefill_bound || prefill_computed.value_or(0) == 0) return std::nullopt;
  return static_cast<double>(*prefill_bound) / static_cast<double>(*prefill_computed);
}

std::map<std::string, std::uint64_t> to_counts(const Totals& totals) {
  std::map<std::string, std::uint64_t> counts = {{"answers", totals.answers},
                                                 {"refusals", totals.refusals},
                                                 {"rollouts", totals.rollouts},
                                                 {"uncounted_rollouts", totals.uncounted},
                                                 {"left_out_labels", totals.left_out}};
  const auto put = [&](const char* name, const std::optional<std::uint64_t>& count) {
    if (count) counts[name] = *count;
  };
  put("prompt_tokens", totals.usage.prompt_tokens);
  put("cached_tokens", totals.usage.cached_tokens);
  put("completion_tokens", totals.usage.completion_tokens);
  put("reasoning_tokens", totals.usage.reasoning_tokens);
  put("prefill_computed", totals.prefill_computed);
  put("prefill_bound", totals.prefill_bound);
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    counts[std::string(name(static_cast<domain::Verdict>(i)))] = totals.verdicts.counts[i];
  }
  return counts;
}

Totals to_totals(const std::map<std::string, std::uint64_t>& counts) {
  const auto find = [&](std::string_view name) -> std::optional<std::uint64_t> {
    const auto found = counts.find(std::string(name));
    if (found == counts.end()) return std::nullopt;
    return found->second;
  };
  Totals totals;
  totals.answers = find("answers").value_or(0);
  totals.refusals = find("refusals").value_or(0);
  totals.rollouts = find("rollouts").value_or(0);
  totals.uncounted = find("uncounted_rollouts").value_or(0);
  totals.left_out = find("left_out_labels").value_or(0);
  totals.usage = {find("prompt_tokens"), find("cached_tokens"), find("completion_tokens"),
                  find("reasoning_tokens")};
  totals.prefill_computed = find("prefill_computed");
  totals.prefill_bound = find("prefill_bound");
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    const auto verdict = static_cast<domain::Verdict>(i);
    totals.verdicts.add(verdict, static_cast<std::uint32_t>(find(name(verdict)).value_or(0)));
  }
  return totals;
}

}  // namespace viltree::crawl
