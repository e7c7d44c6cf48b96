#include "compose.hpp"

#include "version.hpp"

#include <viltree/checker/checker.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/http/http_policy.hpp>
#include <viltree/labels/modes.hpp>
#include <viltree/simulated/policy.hpp>

#include <sys/resource.h>

namespace viltree::cli {

using core::ExitCode;
using core::value_or_fatal;

namespace {

http::HttpOptions policy_options(const config::Config& config) {
  http::HttpOptions options = config.policy.http;
  options.jitter_seed = config.crawl.search.seed;
  return options;
}

http::HttpOptions judge_options(const config::Config& config) {
  http::HttpOptions options = config.judge.http;
  options.limits = config.policy.http.limits;
  options.limits.in_flight = config.judge.http.limits.in_flight;
  options.limits.rate = {};  // its endpoints have their own
  options.stream = config.policy.http.stream;
  options.jitter_seed = config.crawl.search.seed;
  return options;
}

std::string checker_name(const config::Config& config) {
  const bool has_judge = config.judge.kind != config::JudgeKind::kNone;
  return std::string(checker::kChecker) + (has_judge ? "+judge" : "");
}

/// What the built-in policy knows of a client's options.
simulated::PolicyOptions simulated_options(const http::HttpOptions& http) {
  simulated::PolicyOptions options;
  options.sampling = http.sampling;
  options.logprobs = http.logprobs;
  if (http.limits.in_flight > 0) options.max_sequences = http.limits.in_flight;
  return options;
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

crawl::Options crawl_options(const config::Config& config) {
  crawl::Options options = config.crawl;
  options.check = config.dataset.check;
  options.facts = {options.search.seed, config::continuation_of(config.policy), checker_name(config),
                   config::config_hash(config)};
  options.version = kVersion;
  options.judge.trial = config.policy.http.probe && config.judge.kind == config::JudgeKind::kOpenai;
  return options;
}

std::unique_ptr<policy::Policy> make_policy(const config::Config& config) {
  if (config.policy.kind == config::PolicyKind::kSimulated) {
    return value_or_fatal(simulated::make_policy(simulated_options(config.policy.http)), ExitCode::kUsage);
  }
  allow_many_connections();
  return value_or_fatal(http::make_http_policy(policy_options(config)), ExitCode::kUsage);
}

std::unique_ptr<policy::Policy> make_judge(const config::Config& config) {
  switch (config.judge.kind) {
    case config::JudgeKind::kNone:
      return nullptr;
    case config::JudgeKind::kSimulated:
      return value_or_fatal(simulated::make_policy(simulated_options(config.judge.http)), ExitCode::kUsage);
    case config::JudgeKind::kOpenai:
      break;
  }
  allow_many_connections();
  return value_or_fatal(http::make_http_policy(judge_options(config)), ExitCode::kUsage);
}

labels::Options label_options(const config::Config& config, const std::string& mode,
                              const std::vector<std::string>& overrides) {
  labels::Options options = value_or_fatal(config::relabelled(config, overrides), ExitCode::kUsage);
  if (!mode.empty()) options.mode = value_or_fatal(labels::find_mode(mode), ExitCode::kUsage);
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
