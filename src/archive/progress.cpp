#include "progress_json.hpp"

#include <array>
#include <limits>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace viltree::archive {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 6> kStates = {"running", "stopping",    "finished",
                                                     "budget",  "interrupted", "failed"};

template <class T>
Json nullable(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// A count is a whole number that its type can hold: the library would convert any number, and a fraction or
/// one out of range into anything.
template <class T>
T as(const Json& value, const char* key) {
  if constexpr (std::is_integral_v<T>) {
    const bool fits =
        value.is_number_unsigned() && value.get<std::uint64_t>() <= std::numeric_limits<T>::max();
    if (!fits) throw std::invalid_argument("'" + std::string(key) + "' is no count");
  }
  return value.get<T>();
}

template <class T>
void read(const Json& json, const char* key, T& into) {
  into = as<T>(json.at(key), key);
}

/// None where it is null, or an older program knew nothing of it.
template <class T>
std::optional<T> optional_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return std::nullopt;
  return as<T>(*found, key);
}

Json verdicts_json(const domain::Evidence& evidence) {
  Json verdicts = Json::object();
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    verdicts[std::string(name(static_cast<domain::Verdict>(i)))] = evidence.counts[i];
  }
  return verdicts;
}

domain::Evidence verdicts_from(const Json& json) {
  domain::Evidence evidence;
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    const std::string verdict(name(static_cast<domain::Verdict>(i)));
    read(json, verdict.c_str(), evidence.counts[i]);
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

domain::Usage usage_from(const Json& json) {
  return {optional_at<std::uint64_t>(json, "prompt_tokens"),
          optional_at<std::uint64_t>(json, "cached_tokens"),
          optional_at<std::uint64_t>(json, "completion_tokens"),
          optional_at<std::uint64_t>(json, "reasoning_tokens")};
}

JudgeTotals judge_from(const Json& json) {
  JudgeTotals judge;
  judge.of_right = verdicts_from(json.at("rules_right"));
  judge.of_wrong = verdicts_from(json.at("rules_wrong"));
  judge.of_untold = verdicts_from(json.at("rules_untold"));
  judge.usage = usage_from(json);
  read(json, "uncounted_replies", judge.uncounted);
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

Totals totals_from(const Json& json) {
  Totals totals;
  read(json, "trees", totals.trees);
  read(json, "rejected", totals.rejected);
  read(json, "answers", totals.answers);
  read(json, "refusals", totals.refusals);
  read(json, "rollouts", totals.rollouts);
  read(json, "rows", totals.rows);
  totals.left_out = optional_at<std::uint64_t>(json, "left_out_labels").value_or(0);
  totals.usage = usage_from(json);
  totals.uncounted = optional_at<std::uint64_t>(json, "uncounted_rollouts").value_or(0);
  if (const auto prefill = json.find("prefill"); prefill != json.end()) {
    totals.prefill_computed = optional_at<std::uint64_t>(*prefill, "computed");
    totals.prefill_bound = optional_at<std::uint64_t>(*prefill, "bound");
  }
  totals.verdicts = verdicts_from(json.at("verdicts"));
  if (const auto judge = json.find("judge"); judge != json.end() && !judge->is_null())
    totals.judge = judge_from(*judge);
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

Endpoint endpoint_from(const Json& json) {
  Endpoint endpoint;
  read(json, "url", endpoint.url);
  read(json, "model", endpoint.model);
  read(json, "dialect", endpoint.dialect);
  read(json, "condition", endpoint.condition);
  read(json, "reason", endpoint.reason);
  read(json, "in_flight", endpoint.in_flight);
  read(json, "limit", endpoint.limit);
  read(json, "requests", endpoint.requests);
  read(json, "retries", endpoint.retries);
  read(json, "failures", endpoint.failures);
  for (const Json& cost : json.at("costs")) {
    endpoint.costs.push_back({cost.at("what").get<std::string>(), cost.at("text").get<std::string>()});
  }
  return endpoint;
}

State state_from(std::string_view text) {
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == text) return static_cast<State>(i);
  }
  throw std::invalid_argument("unknown state");
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
  try {
    const Json json = Json::parse(text);
    Progress progress;
    progress.state = state_from(json.at("state").get<std::string>());
    read(json, "message", progress.message);
    read(json, "model", progress.model);
    read(json, "problems", progress.problems);
    read(json, "trees_open", progress.trees_open);
    read(json, "sequences_in_flight", progress.sequences_in_flight);
    read(json, "units_committed", progress.units_committed);
    read(json, "rows_committed", progress.rows_committed);
    progress.totals = totals_from(json.at("totals"));
    read(json, "requests", progress.requests);
    read(json, "retries", progress.retries);
    read(json, "failures", progress.failures);
    read(json, "seconds", progress.seconds);
    read(json, "rollouts_per_second", progress.rollouts_per_second);
    read(json, "tokens_per_second", progress.tokens_per_second);
    progress.seconds_left = optional_at<double>(json, "seconds_left");
    progress.cost = optional_at<double>(json, "cost");
    for (const Json& endpoint : json.value("endpoints", Json::array()))
      progress.endpoints.push_back(endpoint_from(endpoint));
    return progress;
  } catch (const std::exception& error) {
    return core::fail(core::ErrorKind::kCorruption, std::string("status.json: ") + error.what());
  }
}

}  // namespace viltree::archive
