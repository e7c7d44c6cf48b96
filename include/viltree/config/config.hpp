#pragma once

#include <viltree/checker/ruling.hpp>
#include <viltree/core/result.hpp>
#include <viltree/dataset/source.hpp>
#include <viltree/labels/labels.hpp>
#include <viltree/policy/policy.hpp>
#include <viltree/search/stopper.hpp>
#include <viltree/search/strategy.hpp>
#include <viltree/steps/splitter.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The configuration of a run: YAML to options and back. All functions are pure (but for the reading of the
/// named file) and thread-safe. Errors are kInvalidInput; the message has one line per error, each with the
/// file and line (or `--set KEY`), the key, and what to do.
namespace viltree::config {

enum class PolicyKind : std::uint8_t { kOpenai, kSimulated };

struct Endpoint {
  std::string url;    ///< "http://127.0.0.1:8000/v1"
  std::string model;  ///< empty: the one that the server lists
  std::string dialect = "auto";
  std::string api_key_env;   ///< name of the environment variable that holds the key; empty: none
  std::string api_key_file;  ///< or the file that holds it; absolute
  double weight = 1;
  std::string chat_template = {};  ///< for raw prompts: a name, or a text with {user}
  std::string images = "data";     ///< data | uuid | file
  std::string media_path = {};     ///< for images: file

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

struct PromptTemplate {
  std::string system;
  std::string user = "{question}\n\nThink step by step. End with \\boxed{answer}.";
};

struct Limits {
  std::uint32_t in_flight = 0;  ///< sequences at once; 0: auto
  std::uint64_t prompt_tokens_in_flight = 0;
  double timeout_s = 600;
  double stall_s = 60;
  std::uint32_t retries = 6;
  double patience_s = 600;
};

/// In US dollars per million tokens.
struct Prices {
  double prompt = 0;
  double cached = 0;
  double completion = 0;
};

struct PolicyOptions {
  PolicyKind kind = PolicyKind::kOpenai;
  std::vector<Endpoint> endpoints;
  std::vector<std::string> allow_plain_http_to;  ///< hosts; loopback always may
  policy::SamplingOptions sampling;
  std::uint32_t max_tokens = 1024;
  std::string continuation = "exact";
  bool logprobs = false;
  bool stream = false;
  bool probe = true;
  PromptTemplate prompt;
  Limits limits;
  Prices prices;
};

enum class JudgeKind : std::uint8_t { kNone, kOpenai, kSimulated };

/// Who decides the final answers of type `judge`.
struct JudgeOptions {
  JudgeKind kind = JudgeKind::kNone;
  std::vector<Endpoint> endpoints;
  checker::Ask ask = checker::Ask::kUndecided;
  PromptTemplate prompt = {.system = {}, .user = std::string(checker::usual_judge_prompt())};
  policy::SamplingOptions sampling = {.temperature = 0, .stop = {}};
  std::uint32_t max_tokens = 512;
  std::uint32_t in_flight = 0;  ///< 0: auto
  Prices prices;
};

struct SearchOptions {
  std::string strategy = "adaptive";
  std::uint64_t seed = 7;
  search::Constants constants;  ///< complete after parse(); what is absent stands for the published value
  bool fit_kernel = true;       ///< `search.kernel: fitted`
};

/// 0: no limit.
struct BudgetOptions {
  search::TreeBudget per_problem;
  std::uint64_t tokens = 0;  ///< generated tokens of the whole run
  double usd = 0;
  double hours = 0;
};

enum class Durability : std::uint8_t {
  kNormal,  ///< power loss may cost the last group of answers
  kStrict,  ///< every answer is synced before it is used
};

struct OutputOptions {
  std::uint64_t unit_size = 256;  ///< problems
  int compression_level = 9;      ///< zstd's
  Durability durability = Durability::kNormal;
  bool keep_journal = true;
};

struct CrawlOptions {
  std::uint32_t open_trees = 0;  ///< 0: auto
  std::uint64_t memory_mb = 1024;
  std::uint32_t workers = 0;  ///< threads; 0: auto
  bool strict = false;        ///< stop at the first line that is no problem
};

struct Config {
  dataset::SourceOptions dataset;
  PolicyOptions policy;
  JudgeOptions judge;
  steps::SplitterOptions steps;
  SearchOptions search;
  BudgetOptions budget;
  labels::Options labels = {.mode = labels::Mode::kPosterior};
  OutputOptions output;
  CrawlOptions crawl;
};

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
