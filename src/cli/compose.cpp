#include "compose.hpp"

#include "version.hpp"

#include <viltree/archive/totals.hpp>
#include <viltree/checker/checker.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/http/http_policy.hpp>
#include <viltree/search/machine_factory.hpp>
#include <viltree/simulated/policy.hpp>

#include <cmath>

#include <sys/resource.h>

namespace viltree::cli {

using core::ExitCode;
using core::value_or_fatal;

namespace {

std::chrono::milliseconds milliseconds_of(double seconds) {
  return std::chrono::milliseconds(std::llround(seconds * 1000));
}

http::ImageMode image_mode(const std::string& name) {
  if (name == "uuid") return http::ImageMode::kUuid;
  return name == "file" ? http::ImageMode::kFile : http::ImageMode::kData;
}

std::vector<http::Endpoint> http_endpoints(const std::vector<config::Endpoint>& configured) {
  std::vector<http::Endpoint> endpoints;
  for (const config::Endpoint& endpoint : configured) {
    endpoints.push_back({endpoint.url, endpoint.model, endpoint.dialect, endpoint.api_key_env,
                         endpoint.api_key_file, endpoint.weight, endpoint.chat_template,
                         image_mode(endpoint.images), endpoint.media_path});
  }
  return endpoints;
}

http::HttpOptions http_options(const config::Config& config) {
  http::HttpOptions options;
  options.endpoints = http_endpoints(config.policy.endpoints);
  options.sampling = config.policy.sampling;
  options.prompt = {config.policy.prompt.system, config.policy.prompt.user};
  options.limits.in_flight = config.policy.limits.in_flight;
  options.limits.prompt_tokens_in_flight = config.policy.limits.prompt_tokens_in_flight;
  options.limits.timeout = milliseconds_of(config.policy.limits.timeout_s);
  options.limits.stall = milliseconds_of(config.policy.limits.stall_s);
  options.limits.retries = config.policy.limits.retries;
  options.limits.allow_plain_http_to = config.policy.allow_plain_http_to;
  options.stream = config.policy.stream;
  options.logprobs = config.policy.logprobs;
  options.reprompt = config.policy.continuation == "reprompt";
  options.probe = config.policy.probe;
  options.jitter_seed = config.search.seed;
  return options;
}

/// A judge is asked for whole replies: nothing is to be found out of how a server goes on from a prefix, and
/// one that cannot is as good. The prompt is filled in by who asks.
http::HttpOptions judge_http_options(const config::Config& config) {
  http::HttpOptions options = http_options(config);
  options.endpoints = http_endpoints(config.judge.endpoints);
  options.sampling = config.judge.sampling;
  options.prompt = {config.judge.prompt.system, "{question}"};
  options.limits.in_flight = config.judge.in_flight;
  options.logprobs = false;
  options.reprompt = true;
  options.probe = false;
  return options;
}

std::string checker_name(const config::Config& config) {
  const bool has_judge = config.judge.kind != config::JudgeKind::kNone;
  return std::string(checker::kChecker) + (has_judge ? "+judge" : "");
}

simulated::PolicyOptions simulated_options(const config::Config& config) {
  simulated::PolicyOptions options;
  options.sampling = config.policy.sampling;
  options.logprobs = config.policy.logprobs;
  if (config.policy.limits.in_flight > 0) options.max_sequences = config.policy.limits.in_flight;
  return options;
}

archive::Prices prices_of(const config::Prices& prices) {
  return {prices.prompt, prices.cached, prices.completion};
}

/// Every request in flight may need a connection, and many systems begin with 1,024 of them.
void allow_many_connections() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));
}

}  // namespace

config::Config load_config(const std::string& file, const std::vector<std::string>& overrides) {
  return value_or_fatal(config::load(file, overrides), ExitCode::kUsage);
}

search::Options search_options(const config::Config& config) {
  const search::StrategyInfo* strategy =
      value_or_fatal(search::find_strategy(config.search.strategy), ExitCode::kUsage);
  search::Options options;
  options.strategy = config.search.strategy;
  options.constants =
      value_or_fatal(search::complete_constants(*strategy, config.search.constants), ExitCode::kUsage);
  options.seed = config.search.seed;
  options.steps = config.steps;
  options.budget = config.budget.per_problem;
  options.max_tokens = config.policy.max_tokens;
  options.fit_kernel = config.search.fit_kernel;
  return options;
}

crawl::Options crawl_options(const config::Config& config) {
  crawl::Options options;
  options.search = search_options(config);
  options.check = config.dataset.check;
  options.labels = config.labels;
  options.facts = {config.search.seed, config.policy.continuation, checker_name(config),
                   config::config_hash(config)};
  options.judge.ask = config.judge.ask;
  options.judge.prompt = config.judge.prompt.user;
  options.judge.max_tokens = config.judge.max_tokens;
  options.judge.prices = prices_of(config.judge.prices);
  options.budget = {config.budget.tokens, config.budget.usd, config.budget.hours};
  options.prices = prices_of(config.policy.prices);
  options.unit_size = config.output.unit_size;
  options.compression_level = config.output.compression_level;
  options.durability = config.output.durability == config::Durability::kStrict ? storage::Durability::kStrict
                                                                               : storage::Durability::kNormal;
  options.keep_journal = config.output.keep_journal;
  options.open_trees = config.crawl.open_trees;
  options.memory_bytes = config.crawl.memory_mb * core::limits::kMiB;
  options.workers = config.crawl.workers;
  options.strict = config.crawl.strict;
  options.patience = std::chrono::seconds(std::llround(config.policy.limits.patience_s));
  options.version = kVersion;
  return options;
}

std::unique_ptr<policy::Policy> make_policy(const config::Config& config) {
  if (config.policy.kind == config::PolicyKind::kSimulated) {
    return value_or_fatal(simulated::make_policy(simulated_options(config)), ExitCode::kUsage);
  }
  allow_many_connections();
  return value_or_fatal(http::make_http_policy(http_options(config)), ExitCode::kUsage);
}

std::unique_ptr<policy::Policy> make_judge(const config::Config& config) {
  switch (config.judge.kind) {
    case config::JudgeKind::kNone:
      return nullptr;
    case config::JudgeKind::kSimulated: {
      simulated::PolicyOptions options;
      options.sampling = config.judge.sampling;
      if (config.judge.in_flight > 0) options.max_sequences = config.judge.in_flight;
      return value_or_fatal(simulated::make_policy(options), ExitCode::kUsage);
    }
    case config::JudgeKind::kOpenai:
      break;
  }
  allow_many_connections();
  return value_or_fatal(http::make_http_policy(judge_http_options(config)), ExitCode::kUsage);
}

labels::Options label_options(const config::Config& config, const std::string& mode,
                              const std::vector<std::string>& overrides) {
  labels::Options options = value_or_fatal(config::relabelled(config, overrides), ExitCode::kUsage);
  if (!mode.empty()) options.mode = value_or_fatal(labels::mode_from(mode), ExitCode::kUsage);
  return options;
}

config::SavedRun load_run(const storage::RunDirectory& run) {
  const std::string file = run.config().string();
  if (!value_or_fatal(run.file_system().exists(run.config()), ExitCode::kStorage)) {
    throw core::FatalError(ExitCode::kUsage,
                           run.root().string() + " is not a run directory: it has no run.yaml");
  }
  const std::string text = value_or_fatal(
      storage::read_file(run.file_system(), run.config(), core::limits::kConfigBytes), ExitCode::kStorage);
  return value_or_fatal(config::parse_run(text, file), ExitCode::kStorage);
}

}  // namespace viltree::cli
