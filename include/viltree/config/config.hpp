#pragma once

#include <viltree/core/result.hpp>
#include <viltree/crawl/options.hpp>
#include <viltree/dataset/source.hpp>
#include <viltree/http/options.hpp>
#include <viltree/labels/labels.hpp>
#include <viltree/labels/modes.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The configuration of a run: YAML to options and back. All functions are pure (but for the reading of the
/// named file) and thread-safe. Errors are kInvalidInput; the message has one line per error, each with the
/// file and line (or `--set KEY`), the key, and what to do.
namespace viltree::config {

enum class PolicyKind : std::uint8_t { kOpenai, kSimulated };

struct PolicyOptions {
  PolicyKind kind = PolicyKind::kOpenai;
  http::HttpOptions http = {};  ///< the built-in policy heeds what it knows of them
};

enum class JudgeKind : std::uint8_t { kNone, kOpenai, kSimulated };

/// Who decides the final answers of type `judge`. A judge is asked for whole replies: nothing is to be found
/// out of how a server goes on from a prefix, and one that cannot is as good. The question is filled in by
/// who asks.
struct JudgeOptions {
  JudgeKind kind = JudgeKind::kNone;
  /// Of their limits, in_flight alone: the others are the policy's, and so is `stream`.
  http::HttpOptions http = {.sampling = {.temperature = 0},
                            .prompt = {.user = "{question}"},
                            .reprompt = true,
                            .thinking = http::Thinking::kLeft,
                            .probe = false};
};

/// What the parts of a run are told, in the structs of their own modules, where the defaults stand. What
/// follows from other values (such as crawl.check, crawl.facts) is left to who builds the parts. After
/// parse() crawl.search.constants is complete.
struct Config {
  dataset::SourceOptions dataset;
  PolicyOptions policy;
  JudgeOptions judge;
  crawl::Options crawl = {.labels = {.mode = &labels::posterior()}};
};

/// What `policy.continuation` calls it.
[[nodiscard]] constexpr std::string_view continuation_name(bool reprompt) {
  return reprompt ? "reprompt" : "exact";
}

/// What the rows call it: a solution that thoughts were taken out of is gone on from without them. The
/// built-in policy has none.
[[nodiscard]] inline std::string continuation_of(const PolicyOptions& policy) {
  const bool drops = policy.kind == PolicyKind::kOpenai && policy.http.thinking == http::Thinking::kDrop;
  return std::string(continuation_name(policy.http.reprompt)) + (drops ? "-thinking-dropped" : "");
}

/// Reads and checks a configuration file. `overrides` are `--set` arguments, "a.b=c", c parsed as YAML; the
/// last one wins. Relative paths become absolute: in the file they start from the file's folder, in an
/// override from the working directory.
[[nodiscard]] core::Result<Config> load(const std::string& file,
                                        const std::vector<std::string>& overrides = {});

/// `config` with other labels: `overrides` are "labels.a=b". Any other key is refused.
[[nodiscard]] core::Result<labels::Options> relabelled(const Config& config,
                                                       const std::vector<std::string>& overrides);

/// The same for a text; `file` is its name in messages, and where its relative paths start.
[[nodiscard]] core::Result<Config> parse(std::string_view text, const std::string& file,
                                         const std::vector<std::string>& overrides = {});

/// The effective configuration, every key that is in use, in the table's order; parse() of it gives the same
/// configuration. Holds the names of API keys' variables and files, never a key.
[[nodiscard]] std::string to_yaml(const Config& config);

/// JSON Schema (draft 2020-12) of a configuration file, for editors.
[[nodiscard]] std::string json_schema();

/// First 16 hex digits of the SHA-256 of the keys that can change the result (those that diff() compares). Of
/// a path only the last name counts, so that a data set may lie elsewhere on another machine.
[[nodiscard]] std::string config_hash(const Config& config);

/// What run.yaml keeps of a run's start.
struct SavedRun {
  std::string version;  ///< of the program
  std::string config_hash;
  std::string started;  ///< UTC, for people
  Config config;
};

/// The text of run.yaml: what the run is, then its effective configuration.
[[nodiscard]] std::string run_yaml(const Config& config, std::string_view version, std::string_view started);

/// Reads run.yaml's text; `file` is its name in messages. kCorruption where its hash does not fit its keys.
[[nodiscard]] core::Result<SavedRun> parse_run(std::string_view text, const std::string& file);

/// One line, "key: saved → now", for each key that may not change between two runs of one run directory but
/// did. Of endpoints only the set of models counts.
[[nodiscard]] std::vector<std::string> diff(const Config& saved, const Config& current);

/// kInvalidInput with the diff where `current` may not go on with what was started as `saved`.
[[nodiscard]] core::Status check_resume(const Config& saved, const Config& current);

}  // namespace viltree::config
