#include <viltree/archive/progress.hpp>
#include <viltree/core/text.hpp>

#include <optional>
#include <string>

#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace viltree::archive {

namespace {

double number(std::uint64_t value) {
  return static_cast<double>(value);
}

/// Gauges of one text; a name's help is that of its first use.
class Gauges {
 public:
  void set(const char* name, const char* help, double value, const prometheus::Labels& labels = {}) {
    prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add(labels).Set(value);
  }
  [[nodiscard]] std::string text() const {
    return prometheus::TextSerializer().Serialize(registry_.Collect());
  }

 private:
  prometheus::Registry registry_;
};

void set_crawl(Gauges& gauges, const Progress& progress) {
  gauges.set("viltree_problems", "Lines of the data set", number(progress.problems));
  gauges.set("viltree_trees_finished", "Finished trees", number(progress.totals.trees));
  gauges.set("viltree_problems_rejected", "Lines put aside", number(progress.totals.rejected));
  gauges.set("viltree_trees_open", "Trees being grown", number(progress.trees_open));
  gauges.set("viltree_sequences_in_flight", "Completions being sampled",
             number(progress.sequences_in_flight));
  gauges.set("viltree_rows", "Label rows in committed units", number(progress.totals.rows));
  gauges.set("viltree_rows_committed", "Label rows in shards", number(progress.rows_committed));
  gauges.set("viltree_requests", "Requests sent in this session, retries included",
             number(progress.requests));
  gauges.set("viltree_retries", "Requests sent again in this session", number(progress.retries));
  gauges.set("viltree_failures", "Errors in place of an answer in this session", number(progress.failures));
  gauges.set("viltree_refusals", "Prefixes refused for good", number(progress.totals.refusals));
  gauges.set("viltree_rollouts_per_second", "Over the last seconds", progress.rollouts_per_second);
  gauges.set("viltree_tokens_per_second", "Generated, over the last seconds", progress.tokens_per_second);
  if (progress.cost) gauges.set("viltree_cost", "By the price table", *progress.cost);
}

void set_judge(Gauges& gauges, const JudgeTotals& judge) {
  if (judge.asked() == 0) return;
  const auto rulings = [&](const char* rules, const domain::Evidence& said) {
    for (const domain::Verdict verdict :
         {domain::Verdict::kRight, domain::Verdict::kWrong, domain::Verdict::kFailed}) {
      gauges.set("viltree_rulings", "Final answers by what rules and judge say", number(said.of(verdict)),
                 {{"rules", rules}, {"judge", std::string(name(verdict))}});
    }
  };
  rulings("right", judge.of_right);
  rulings("wrong", judge.of_wrong);
  rulings("untold", judge.of_untold);
  const auto tokens = [&](const char* kind, const std::optional<std::uint64_t>& value) {
    if (value)
      gauges.set("viltree_judge_tokens", "The judge's, as its server counts them", number(*value),
                 {{"kind", kind}});
  };
  tokens("prompt", judge.usage.prompt_tokens);
  tokens("completion", judge.usage.completion_tokens);
}

void set_totals(Gauges& gauges, const Totals& totals) {
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    gauges.set("viltree_rollouts", "Rollouts by verdict", number(totals.verdicts.counts[i]),
               {{"verdict", std::string(name(static_cast<domain::Verdict>(i)))}});
  }
  const auto tokens = [&](const char* kind, const std::optional<std::uint64_t>& value) {
    if (value)
      gauges.set("viltree_tokens", "Tokens as the server counts them", number(*value), {{"kind", kind}});
  };
  tokens("prompt", totals.usage.prompt_tokens);
  tokens("cached", totals.usage.cached_tokens);
  tokens("completion", totals.usage.completion_tokens);
  tokens("reasoning", totals.usage.reasoning_tokens);
  const auto prefill = [&](const char* kind, const std::optional<std::uint64_t>& value) {
    if (value)
      gauges.set("viltree_prefill_tokens", "Computed, and the least possible", number(*value),
                 {{"kind", kind}});
  };
  prefill("computed", totals.prefill_computed);
  prefill("bound", totals.prefill_bound);
  if (const auto share = totals.prefill_share())
    gauges.set("viltree_prefill_share", "Least possible prefill by that computed", *share);
  set_judge(gauges, totals.judge);
}

void set_endpoint(Gauges& gauges, const Endpoint& endpoint) {
  // The model's name may be the server's word, and people look at this file too.
  const prometheus::Labels labels = {{"url", endpoint.url}, {"model", core::printable(endpoint.model)}};
  const auto set = [&](const char* name, const char* help, double value) {
    gauges.set(name, help, value, labels);
  };
  for (const char* condition : {"ready", "paused", "lost", "refused"}) {
    prometheus::Labels with_condition = labels;
    with_condition["condition"] = condition;
    gauges.set("viltree_endpoint_condition", "1 for the condition that the server is in",
               endpoint.condition == condition ? 1 : 0, with_condition);
  }
  set("viltree_endpoint_in_flight", "Completions being sampled at the server", number(endpoint.in_flight));
  set("viltree_endpoint_limit", "Completions that it is given at once", number(endpoint.limit));
  set("viltree_endpoint_requests", "Requests sent to it in this session", number(endpoint.requests));
  set("viltree_endpoint_retries", "Requests sent to it again in this session", number(endpoint.retries));
  set("viltree_endpoint_failures", "Its errors in place of an answer in this session",
      number(endpoint.failures));
}

}  // namespace

std::string to_metrics(const Progress& progress) {
  Gauges gauges;
  set_crawl(gauges, progress);
  set_totals(gauges, progress.totals);
  for (const Endpoint& endpoint : progress.endpoints) set_endpoint(gauges, endpoint);
  return gauges.text();
}

}  // namespace viltree::archive
