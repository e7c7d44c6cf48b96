#include "progress_json.hpp"

#include <viltree/json/fields.hpp>
#include <viltree/json/value.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

namespace viltree::archive {

namespace {

using Json = json::OrderedValue;
using json::Fields;

constexpr std::array<std::string_view, 6> kStates = {"running", "stopping",    "finished",
                                                     "budget",  "interrupted", "failed"};

template <class T>
Json nullable(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json verdicts_json(const domain::Evidence& evidence) {
  Json verdicts = Json::object();
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    verdicts[std::string(name(static_cast<domain::Verdict>(i)))] = evidence.counts[i];
  }
  return verdicts;
}

domain::Evidence verdicts_from(const Fields& fields) {
  domain::Evidence evidence;
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    evidence.counts[i] = fields.integer(std::string(name(static_cast<domain::Verdict>(i))).c_str());
  }
  return evidence;
}

/// Null where no judge was asked.
Json judge_json(const JudgeTotals& judge) {
  if (judge.asked() == 0) return nullptr;
  return {{"asked", judge.asked()},
          {"agreement", nullable(judge.agreement())},
          {"rules_right", verdicts_json(judge.of_right)},
          {"rules_wrong", verdicts_json(judge.of_wrong)},
          {"rules_untold", verdicts_json(judge.of_untold)},
          {"prompt_tokens", nullable(judge.usage.prompt_tokens)},
          {"cached_tokens", nullable(judge.usage.cached_tokens)},
          {"completion_tokens", nullable(judge.usage.completion_tokens)},
          {"reasoning_tokens", nullable(judge.usage.reasoning_tokens)},
          {"uncounted_replies", judge.uncounted}};
}

domain::Usage usage_from(const Fields& fields) {
  return {fields.optional_integer("prompt_tokens"), fields.optional_integer("cached_tokens"),
          fields.optional_integer("completion_tokens"), fields.optional_integer("reasoning_tokens")};
}

JudgeTotals judge_from(const Fields& fields) {
  JudgeTotals judge;
  judge.of_right = verdicts_from(fields.object("rules_right"));
  judge.of_wrong = verdicts_from(fields.object("rules_wrong"));
  judge.of_untold = verdicts_from(fields.object("rules_untold"));
  judge.usage = usage_from(fields);
  judge.uncounted = fields.integer("uncounted_replies");
  return judge;
}

Json totals_json(const Totals& totals) {
  return {{"trees", totals.trees},
          {"rejected", totals.rejected},
          {"answers", totals.answers},
          {"refusals", totals.refusals},
          {"rollouts", totals.rollouts},
          {"rows", totals.rows},
          {"left_out_labels", totals.left_out},
          {"prompt_tokens", nullable(totals.usage.prompt_tokens)},
          {"cached_tokens", nullable(totals.usage.cached_tokens)},
          {"completion_tokens", nullable(totals.usage.completion_tokens)},
          {"reasoning_tokens", nullable(totals.usage.reasoning_tokens)},
          {"uncounted_rollouts", totals.uncounted},
          {"prefill",
           {{"computed", nullable(totals.prefill_computed)},
            {"bound", nullable(totals.prefill_bound)},
            {"share", nullable(totals.prefill_share())}}},
          {"verdicts", verdicts_json(totals.verdicts)},
          {"judge", judge_json(totals.judge)}};
}

Totals totals_from(const Fields& fields) {
  Totals totals;
  totals.trees = fields.integer("trees");
  totals.rejected = fields.integer("rejected");
  totals.answers = fields.integer("answers");
  totals.refusals = fields.integer("refusals");
  totals.rollouts = fields.integer("rollouts");
  totals.rows = fields.integer("rows");
  totals.left_out = fields.optional_integer("left_out_labels").value_or(0);
  totals.usage = usage_from(fields);
  totals.uncounted = fields.optional_integer("uncounted_rollouts").value_or(0);
  if (fields.has("prefill")) {
    totals.prefill_computed = fields.object("prefill").optional_integer("computed");
    totals.prefill_bound = fields.object("prefill").optional_integer("bound");
  }
  totals.verdicts = verdicts_from(fields.object("verdicts"));
  if (fields.has("judge")) totals.judge = judge_from(fields.object("judge"));
  return totals;
}

Json endpoint_json(const Endpoint& endpoint) {
  Json costs = Json::array();
  for (const Endpoint::Cost& cost : endpoint.costs)
    costs.push_back({{"what", cost.what}, {"text", cost.text}});
  return {{"url", endpoint.url},
          {"model", endpoint.model},
          {"dialect", endpoint.dialect},
          {"condition", endpoint.condition},
          {"reason", endpoint.reason},
          {"in_flight", endpoint.in_flight},
          {"limit", endpoint.limit},
          {"requests", endpoint.requests},
          {"retries", endpoint.retries},
          {"failures", endpoint.failures},
          {"costs", costs}};
}

Json endpoints_json(const std::vector<Endpoint>& endpoints) {
  Json list = Json::array();
  for (const Endpoint& endpoint : endpoints) list.push_back(endpoint_json(endpoint));
  return list;
}

Endpoint endpoint_from(const Fields& fields) {
  Endpoint endpoint;
  endpoint.url = fields.text("url");
  endpoint.model = fields.text("model");
  endpoint.dialect = fields.text("dialect");
  endpoint.condition = fields.text("condition");
  endpoint.reason = fields.text("reason");
  endpoint.in_flight = fields.integer("in_flight");
  endpoint.limit = fields.integer("limit");
  endpoint.requests = fields.integer("requests");
  endpoint.retries = fields.integer("retries");
  endpoint.failures = fields.integer("failures");
  const json::Value& costs = fields.array("costs");
  for (std::size_t i = 0; i < costs.size(); ++i) {
    const Fields cost = fields.element("costs", costs, i);
    endpoint.costs.push_back({cost.text("what"), cost.text("text")});
  }
  return endpoint;
}

std::vector<Endpoint> endpoints_from(const Fields& fields) {
  std::vector<Endpoint> endpoints;
  if (!fields.has("endpoints")) return endpoints;
  const json::Value& array = fields.array("endpoints");
  for (std::size_t i = 0; i < array.size(); ++i)
    endpoints.push_back(endpoint_from(fields.element("endpoints", array, i)));
  return endpoints;
}

std::optional<State> state_from(std::string_view text) {
  const auto found = std::find(kStates.begin(), kStates.end(), text);
  if (found == kStates.end()) return std::nullopt;
  return static_cast<State>(found - kStates.begin());
}

}  // namespace

std::string_view name(State state) {
  return kStates[static_cast<std::size_t>(state)];
}

Json json_of(const Progress& progress, const std::string& written_at) {
  return {{"written_at", written_at},
          {"state", name(progress.state)},
          {"message", progress.message},
          {"model", progress.model},
          {"problems", progress.problems},
          {"trees_open", progress.trees_open},
          {"sequences_in_flight", progress.sequences_in_flight},
          {"units_committed", progress.units_committed},
          {"rows_committed", progress.rows_committed},
          {"totals", totals_json(progress.totals)},
          {"requests", progress.requests},
          {"retries", progress.retries},
          {"failures", progress.failures},
          {"seconds", progress.seconds},
          {"rollouts_per_second", progress.rollouts_per_second},
          {"tokens_per_second", progress.tokens_per_second},
          {"seconds_left", nullable(progress.seconds_left)},
          {"cost", nullable(progress.cost)},
          {"endpoints", endpoints_json(progress.endpoints)}};
}

std::string to_json(const Progress& progress, const std::string& written_at) {
  return json_of(progress, written_at).dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

core::Result<Progress> progress_from_json(std::string_view text) {
  const auto broken = [](const std::string& why) {
    return core::fail(core::ErrorKind::kCorruption, "status.json: " + why);
  };
  const auto document = json::parse(text);
  if (!document) return broken(json::defect_of(text));
  if (!document->is_object()) return broken("not a JSON object");
  json::Complaint complaint;
  const Fields fields(*document, complaint);
  Progress progress;
  progress.state = fields.one_of("state", &state_from);
  progress.message = fields.text("message");
  progress.model = fields.text("model");
  progress.problems = fields.integer("problems");
  progress.trees_open = fields.integer("trees_open");
  progress.sequences_in_flight = fields.integer("sequences_in_flight");
  progress.units_committed = fields.integer("units_committed");
  progress.rows_committed = fields.integer("rows_committed");
  progress.totals = totals_from(fields.object("totals"));
  progress.requests = fields.integer("requests");
  progress.retries = fields.integer("retries");
  progress.failures = fields.integer("failures");
  progress.seconds = fields.decimal("seconds");
  progress.rollouts_per_second = fields.decimal("rollouts_per_second");
  progress.tokens_per_second = fields.decimal("tokens_per_second");
  progress.seconds_left = fields.optional_decimal("seconds_left");
  progress.cost = fields.optional_decimal("cost");
  progress.endpoints = endpoints_from(fields);
  if (complaint) return broken(complaint.text());
  return progress;
}

}  // namespace viltree::archive
