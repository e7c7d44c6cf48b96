#include <viltree/core/text.hpp>
#include <viltree/crawl/progress.hpp>

#include <array>
#include <limits>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include <nlohmann/json.hpp>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace viltree::crawl {

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

std::optional<double> cost(const domain::Usage& usage, const Prices& prices) {
  if (!usage.prompt_tokens || !usage.completion_tokens) return std::nullopt;
  const double cached = static_cast<double>(usage.cached_tokens.value_or(0));
  const double fresh = static_cast<double>(*usage.prompt_tokens) - cached;
  return (fresh * prices.prompt_per_mtok + cached * prices.cached_per_mtok +
          static_cast<double>(*usage.completion_tokens) * prices.completion_per_mtok) /
         1e6;
}

std::string to_json(const Progress& progress, const std::string& written_at) {
  const Json json = {{"written_at", written_at},
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
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
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

}  // namespace viltree::crawl
