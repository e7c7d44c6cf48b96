#include <viltree/config/config.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace viltree;

namespace {

config::Config server() {
  auto config = config::parse(
      "dataset: {kind: jsonl, path: a.jsonl}\npolicy: {endpoints: [{url: 'http://h/v1', api_key_env: "
      "KEY}]}\n",
      "/data/run.yaml");
  REQUIRE(config.has_value());
  return *config;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("run.yaml: keeps version, hash and start, and a configuration that goes on") {
  const config::Config config = server();
  const std::string text = config::run_yaml(config, "0.1.0", "2026-01-31T12:00:00Z");
  CHECK(text.starts_with("viltree:\n  version: \"0.1.0\"\n  config_hash: "));
  const auto saved = config::parse_run(text, "elsewhere/run.yaml");
  REQUIRE_MESSAGE(saved.has_value(), saved.error().message);
  CHECK(saved->version == "0.1.0");
  CHECK(saved->started == "2026-01-31T12:00:00Z");
  CHECK(saved->config_hash == config::config_hash(config));
  CHECK(config::diff(saved->config, config).empty());
  CHECK(config::to_yaml(saved->config) == config::to_yaml(config));
}

TEST_CASE("run.yaml: a key that was changed behind the run's back is found") {
  const std::string text = config::run_yaml(server(), "0.1.0", "now");
  const std::string hash = config::config_hash(server());
  const auto changed = config::parse_run(replaced(text, "seed: 7", "seed: 8"), "run.yaml");
  REQUIRE_FALSE(changed.has_value());
  CHECK(changed.error().kind == core::ErrorKind::kCorruption);
  CHECK(changed.error().message.starts_with("run.yaml: viltree.config_hash is '" + hash +
                                            "', but its keys give '"));
  CHECK(
      changed.error().message.ends_with("': the file was changed, or written by another version of viltree "
                                        "(0.1.0); restore it, or start a new run "
                                        "with another --run"));
  const auto cut = config::parse_run(text.substr(0, text.find("endpoints")), "run.yaml");
  CHECK_FALSE(cut.has_value());
}

TEST_CASE("relabelled: keys of labels change, and no others") {
  config::Config config = server();
  config.crawl.labels.kernel.prior[0] = 0.25;  // not of the configuration
  const auto options = config::relabelled(config, {"labels.mode=hard", "labels.balance=2"});
  REQUIRE(options.has_value());
  CHECK(options->mode == &labels::hard());
  CHECK(options->balance == 2);
  CHECK(options->threshold == config.crawl.labels.threshold);
  CHECK(options->kernel == config.crawl.labels.kernel);
  CHECK(config::relabelled(config, {})->mode == config.crawl.labels.mode);
  const auto elsewhere = config::relabelled(config, {"labels.balance=2", "steps.max_steps=3"});
  REQUIRE_FALSE(elsewhere.has_value());
  CHECK(elsewhere.error().message ==
        "--set steps.max_steps: only keys of labels.* can be set for trees that have grown already");
  const auto wrong = config::relabelled(config, {"labels.settled=yes"});
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().message == "--set labels.settled: there is no 'yes'; available: keep, drop");
}

TEST_CASE("run.yaml: its own keys are no keys of a configuration") {
  const auto refused = config::parse(config::run_yaml(server(), "0.1.0", "now"), "run.yaml");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message.starts_with("run.yaml:1: viltree: unknown key"));
}
