#include <viltree/crawl/progress.hpp>

#include <array>
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

template <class T>
std::optional<T> optional_at(const Json& json, const char* key) {
  const Json& value = json.at(key);
  if (value.is_null()) return std::nullopt;
  return value.get<T>();
}

Json totals_json(const Totals& totals) {
  Json verdicts = Json::object();
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    verdicts[std::string(name(static_cast<domain::Verdict>(i)))] = totals.verdicts.counts[i];
  }
  return {{"trees", totals.trees},
          {"rejected", totals.rejected},
          {"answers", totals.answers},
          {"refusals", totals.refusals},
          {"rollouts", totals.rollouts},
          {"rows", totals.rows},
          {"prompt_tokens", nullable(totals.usage.prompt_tokens)},
          {"cached_tokens", nullable(totals.usage.cached_tokens)},
          {"completion_tokens", nullable(totals.usage.completion_tokens)},
          {"verdicts", verdicts}};
}

Totals totals_from(const Json& json) {
  Totals totals;
  json.at("trees").get_to(totals.trees);
  json.at("rejected").get_to(totals.rejected);
  json.at("answers").get_to(totals.answers);
  json.at("refusals").get_to(totals.refusals);
  json.at("rollouts").get_to(totals.rollouts);
  json.at("rows").get_to(totals.rows);
  totals.usage = {optional_at<std::uint64_t>(json, "prompt_tokens"),
                  optional_at<std::uint64_t>(json, "cached_tokens"),
                  optional_at<std::uint64_t>(json, "completion_tokens")};
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    json.at("verdicts")
        .at(std::string(name(static_cast<domain::Verdict>(i))))
        .get_to(totals.verdicts.counts[i]);
  }
  return totals;
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

void Totals::add(const domain::TreeEvent& event) {
  ++answers;
  refusals += event.refusal ? 1 : 0;
  rollouts += event.rollouts.size();
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
  usage.add(other.usage);
  verdicts.add(other.verdicts);
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
                     {"cost", nullable(progress.cost)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

core::Result<Progress> progress_from_json(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    Progress progress;
    progress.state = state_from(json.at("state").get<std::string>());
    json.at("message").get_to(progress.message);
    json.at("model").get_to(progress.model);
    json.at("problems").get_to(progress.problems);
    json.at("trees_open").get_to(progress.trees_open);
    json.at("sequences_in_flight").get_to(progress.sequences_in_flight);
    json.at("units_committed").get_to(progress.units_committed);
    json.at("rows_committed").get_to(progress.rows_committed);
    progress.totals = totals_from(json.at("totals"));
    json.at("requests").get_to(progress.requests);
    json.at("retries").get_to(progress.retries);
    json.at("failures").get_to(progress.failures);
    json.at("seconds").get_to(progress.seconds);
    json.at("rollouts_per_second").get_to(progress.rollouts_per_second);
    json.at("tokens_per_second").get_to(progress.tokens_per_second);
    progress.seconds_left = optional_at<double>(json, "seconds_left");
    progress.cost = optional_at<double>(json, "cost");
    return progress;
  } catch (const std::exception& error) {
    return core::fail(core::ErrorKind::kCorruption, std::string("status.json: ") + error.what());
  }
}

std::string to_metrics(const Progress& progress) {
  prometheus::Registry registry;
  const auto gauge = [&](const char* name, const char* help, double value,
                         const prometheus::Labels& labels = {}) {
    prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(labels).Set(value);
  };
  const auto count = [](std::uint64_t value) { return static_cast<double>(value); };
  gauge("viltree_problems", "Lines of the data set", count(progress.problems));
  gauge("viltree_trees_finished", "Finished trees", count(progress.totals.trees));
  gauge("viltree_problems_rejected", "Lines put aside", count(progress.totals.rejected));
  gauge("viltree_trees_open", "Trees being grown", count(progress.trees_open));
  gauge("viltree_sequences_in_flight", "Completions being sampled", count(progress.sequences_in_flight));
  gauge("viltree_rows", "Label rows of finished trees", count(progress.totals.rows));
  gauge("viltree_rows_committed", "Label rows in shards", count(progress.rows_committed));
  gauge("viltree_requests", "Requests sent in this session, retries included", count(progress.requests));
  gauge("viltree_retries", "Requests sent again in this session", count(progress.retries));
  gauge("viltree_failures", "Errors in place of an answer in this session", count(progress.failures));
  gauge("viltree_refusals", "Prefixes refused for good", count(progress.totals.refusals));
  gauge("viltree_rollouts_per_second", "Over the last seconds", progress.rollouts_per_second);
  gauge("viltree_tokens_per_second", "Generated, over the last seconds", progress.tokens_per_second);
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    gauge("viltree_rollouts", "Rollouts by verdict", count(progress.totals.verdicts.counts[i]),
          {{"verdict", std::string(name(static_cast<domain::Verdict>(i)))}});
  }
  const domain::Usage& usage = progress.totals.usage;
  const auto tokens = [&](const char* kind, const std::optional<std::uint64_t>& value) {
    if (value) gauge("viltree_tokens", "Tokens as the server counts them", count(*value), {{"kind", kind}});
  };
  tokens("prompt", usage.prompt_tokens);
  tokens("cached", usage.cached_tokens);
  tokens("completion", usage.completion_tokens);
  if (progress.cost) gauge("viltree_cost", "By the price table", *progress.cost);
  return prometheus::TextSerializer().Serialize(registry.Collect());
}

}  // namespace viltree::crawl
