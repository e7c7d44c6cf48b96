#include "parsed.hpp"

#include <viltree/config/config.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/labels/modes.hpp>
#include <viltree/search/strategy.hpp>
#include <viltree/steps/splitter.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

using namespace viltree;
using config::test::error_of;
using config::test::good;
using config::test::kDemo;

namespace {

std::string jsonl(const std::string& endpoint) {
  return "dataset: {kind: jsonl, path: a.jsonl}\npolicy:\n  endpoints:\n    - " + endpoint + "\n";
}

struct TemporaryFolder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("viltree-config-" + std::to_string(::getpid()));
  TemporaryFolder() { std::filesystem::create_directories(path); }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
};

std::vector<std::string> strategy_names() {
  std::vector<std::string> names;
  for (const search::StrategyInfo* strategy : search::strategies()) names.emplace_back(strategy->name);
  return names;
}

/// Those that a crawl can label by.
std::vector<std::string> mode_names() {
  std::vector<std::string> names;
  for (const labels::ModeInfo* mode : labels::modes()) {
    if (!mode->needs_judgements) names.emplace_back(mode->name);
  }
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

}  // namespace

TEST_CASE("parse: what is not given has the structs' defaults, and the strategy's published constants") {
  const config::Config config = good(kDemo);
  CHECK(config.dataset.kind == "demo");
  CHECK(config.policy.kind == config::PolicyKind::kSimulated);
  CHECK(config.crawl.search.max_tokens == 1024);
  CHECK(config.crawl.search.strategy == "adaptive");
  CHECK(config.crawl.search.constants.at("solutions") == 4);
  CHECK(config.crawl.search.constants.at("batch") == 4);
  CHECK(config.crawl.labels.mode == &labels::posterior());
  CHECK(config.policy.http.limits.in_flight == 0);
}

TEST_CASE("parse: every kind of value reaches its field") {
  const config::Config config = good(
      "dataset: {kind: jsonl, path: sub/../a.jsonl, root: images/, fields: {split: ''}, answer: {type: "
      "number, after: '####', extract: [number, box], tolerance: {absolute: 0.5, relative: 0.01, "
      "significant: 3}, ordered: "
      "true, anls_threshold: 0.6}, "
      "limit: 5}\n"
      "policy:\n"
      "  endpoints: [{url: 'https://host/v1', model: m, api_key_env: MY_KEY}]\n"
      "  temperature: 0.5\n"
      "  stop: [\"\\n\\n\", END]\n"
      "  limits: {in_flight: 32}\n"
      "search: {strategy: omegaprm, beta: 0.8, searches: 12, kernel: built-in}\n"
      "labels: {mode: threshold, truncated: wrong}\n"
      "output: {durability: strict, keep_journal: false, compression_level: 3}\n"
      "crawl:\n");
  CHECK(config.dataset.path == "/data/a.jsonl");
  CHECK(config.dataset.root == "/data/images");
  CHECK(config.dataset.answer_kind == domain::AnswerKind::kNumber);
  CHECK(config.dataset.answer_after == "####");
  const std::vector<checker::Mark> marks = {checker::Mark::kNumber, checker::Mark::kBox};
  CHECK(config.dataset.check == checker::CheckOptions{marks, 0.5, 0.01, 3, true, 0.6});
  CHECK(config.dataset.limit == 5);
  CHECK(config.dataset.fields.split.empty());
  REQUIRE(config.policy.http.endpoints.size() == 1);
  CHECK(config.policy.http.endpoints[0] ==
        http::Endpoint{"https://host/v1", "m", "auto", "MY_KEY", "", 1, "", http::ImageMode::kData, ""});
  CHECK(config.policy.http.sampling.temperature == 0.5);
  CHECK(config.policy.http.sampling.stop == std::vector<std::string>{"\n\n", "END"});
  CHECK(config.policy.http.limits.in_flight == 32);
  CHECK(config.crawl.search.constants.at("beta") == 0.8);
  CHECK(config.crawl.search.constants.at("searches") == 12);
  CHECK_FALSE(config.crawl.search.fit_kernel);
  CHECK(config.crawl.labels.mode == &labels::threshold());
  CHECK(config.crawl.labels.truncated_is_wrong);
  CHECK(config.crawl.durability == storage::Durability::kStrict);
  CHECK_FALSE(config.crawl.keep_journal);
  CHECK(config.crawl.compression_level == 3);
}

TEST_CASE("parse: each mistake is told with its line, its key and what to do") {
  struct Case {
    std::string text;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"polcy: {}", "/data/run.yaml:3: polcy: unknown key; did you mean 'policy'?"},
      {"labels: {mod: soft}", "/data/run.yaml:3: labels.mod: unknown key; did you mean 'mode'?"},
      {"labels: {max_tokens: 5}",
       "/data/run.yaml:3: labels.max_tokens: unknown key; did you mean 'policy.max_tokens'?"},
      {"labels:\n  breadth: 1",
       "/data/run.yaml:4: labels.breadth: unknown key; known here: mode, threshold, truncated, settled, "
       "max_width, min_chars, max_chars, near_duplicates, balance, rows_per_problem"},
      {"labels: {threshold: 0.5, threshold: 0.6}",
       "/data/run.yaml:3: labels.threshold: is given twice (before in line 3)"},
      {"labels: soft", "/data/run.yaml:3: labels: must hold keys, one a line, as in `key: value`"},
      {"labels: {[a]: 1}", "/data/run.yaml:3: labels: a key must be a plain name"},
      {"labels: {mode: softt}", "/data/run.yaml:3: labels.mode: there is no 'softt'; available: " +
                                    listed(mode_names()) + "; did you mean 'soft'?"},
      {"labels: {mode: consensus}",
       "/data/run.yaml:3: labels.mode: 'consensus' needs what a judge says of finished solutions; choose "
       "another mode, and after the crawl make these labels with viltree export RUN --label consensus "
       "--judgements FILE"},
      {"labels: {settled: true}",
       "/data/run.yaml:3: labels.settled: there is no 'true'; available: keep, drop"},
      {"labels: {balance: 0.5}",
       "/data/run.yaml:3: labels.balance: '0.5' is not a whole number between 0 and 1000000"},
      {"labels: {threshold: 1.5}",
       "/data/run.yaml:3: labels.threshold: '1.5' is not a number between 0 and 1"},
      {"labels: {threshold: nan}",
       "/data/run.yaml:3: labels.threshold: 'nan' is not a number between 0 and 1"},
      {"labels: {threshold:}", "/data/run.yaml:3: labels.threshold: has no value"},
      {"output: {unit_size: \"5\"}",
       "/data/run.yaml:3: output.unit_size: \"5\" is not a whole number between 1 and 1000000"},
      {"output: {unit_size: -1}",
       "/data/run.yaml:3: output.unit_size: '-1' is not a whole number between 1 and 1000000"},
      {"output: {unit_size: 1e2}",
       "/data/run.yaml:3: output.unit_size: '1e2' is not a whole number between 1 and 1000000"},
      {"output: {unit_size: [5]}",
       "/data/run.yaml:3: output.unit_size: a list is not a whole number between 1 and 1000000"},
      {"output: {keep_journal: yes}", "/data/run.yaml:3: output.keep_journal: 'yes' is not true or false"},
      {"crawl: {workers: 0}",
       "/data/run.yaml:3: crawl.workers: '0' is not auto or a whole number between 1 and 1024"},
      {"search: {strategy: clever}",
       "/data/run.yaml:3: search.strategy: there is no 'clever'; available: " + listed(strategy_names())},
      {"search: {strategy: visualprm, alpha: 1}",
       "/data/run.yaml:3: search.alpha: strategy 'visualprm' has no such constant; it has solutions, "
       "rollouts, max_steps"},
      {"search: {strategy: visualprm, rollouts: 0.5}",
       "/data/run.yaml:3: search.rollouts: '0.5' is not a whole number between 1 and 4096"},
      {"steps: {splitter: 7}",
       "/data/run.yaml:3: steps.splitter: there is no '7'; available: " + listed(steps::splitter_names())},
      {"steps: {splitter: entropy}",
       "/data/run.yaml:3: steps.splitter: entropy cuts by the policy's log-probabilities, which are not "
       "asked for; set policy.logprobs: true"},
      {"steps: {decision_nats: 2}",
       "/data/run.yaml:3: steps.decision_nats: has a meaning only with steps.splitter: entropy; take it out"},
      {"steps: {tokens: 20}",
       "/data/run.yaml:3: steps.tokens: has a meaning only with steps.splitter: tokens; take it out"},
      {"steps: {splitter: tokens, tokens: 0}",
       "/data/run.yaml:3: steps.tokens: '0' is not a whole number between 1 and 1000000"},
      {"steps: {min_chars: 20, max_chars: 10}",
       "/data/run.yaml:3: steps.max_chars: must be 0, for no limit, or at least the shortest step, 20"},
      {"budget: {usd: 5}", "/data/run.yaml:3: budget.usd: needs policy.prices, which are all 0"},
      {"labels: [1", "/data/run.yaml:4: is not YAML: end of sequence flow not found"},
      {"---\na: 1", "/data/run.yaml:4: a second YAML document; only one is allowed"},
  };
  for (const Case& wrong : cases) {
    CAPTURE(wrong.text);
    CHECK(error_of(kDemo + wrong.text + "\n") == wrong.message);
  }
}

TEST_CASE("parse: lists and endpoints are checked entry by entry") {
  const auto policy = [](const std::string& keys) {
    return "dataset: {kind: demo}\npolicy: {" + keys + "}\n";
  };
  CHECK(error_of(policy("kind: simulated, stop: a")) ==
        "/data/run.yaml:2: policy.stop: 'a' is not a list, as in [first, second]");
  CHECK(error_of(policy("kind: simulated, stop: [a, '']")) ==
        "/data/run.yaml:2: policy.stop: entry 2 is empty or not text; put text into quotes");
  const auto extract = [](const std::string& list) {
    return "dataset: {kind: demo, answer: {extract: " + list + "}}\npolicy: {kind: simulated}\n";
  };
  CHECK(error_of(extract("[box, hashes]")) ==
        "/data/run.yaml:1: dataset.answer.extract: there is no 'hashes'; available: box, tag, hash, phrase, "
        "bold, line, number; did you mean 'hash'?");
  CHECK(error_of(extract("[]")) ==
        "/data/run.yaml:1: dataset.answer.extract: has 0 entries; there must be between 1 and 64");
  CHECK(error_of(policy("endpoints: []")) ==
        "/data/run.yaml:2: policy.endpoints: has 0 entries; there must be between 1 and 1024");
  CHECK(
      error_of(jsonl("7")) ==
      "/data/run.yaml:4: policy.endpoints[0]: is not a map, as in {url: \"http://127.0.0.1:8000/v1\", model: "
      "my-model}");
  CHECK(error_of(jsonl("{model: m}")) ==
        "/data/run.yaml:4: policy.endpoints[0].url: is missing; it has no default");
  CHECK(error_of(jsonl("{url: 'http://h/v1', modell: m}")) ==
        "/data/run.yaml:4: policy.endpoints[0].modell: unknown key; did you mean 'model'?");
  CHECK(error_of(jsonl("{url: 'http://h/v1', url: 'http://h/v1'}")) ==
        "/data/run.yaml:4: policy.endpoints[0].url: is given twice (before in line 4)");
  CHECK(error_of(jsonl("{url: 'http://h/v1', api_key_env: A, api_key_file: b}")) ==
        "/data/run.yaml:4: policy.endpoints[0]: has both api_key_env and api_key_file; give one of them");
  CHECK(error_of(policy("endpoints: [{url: 'http://h/v1'}], prompt: {user: hello}")) ==
        "/data/run.yaml:2: policy.prompt.user: has no {question}, which stands for the problem's text");
  CHECK(error_of(policy("endpoints: [{url: 'http://h/v1'}], prompt: {user: {question}}")) ==
        "/data/run.yaml:2: policy.prompt.user: a map is not text; put text into quotes");
}

TEST_CASE("parse: a secret in the wrong place is refused and not repeated") {
  const std::string url =
      " is not an address like http://127.0.0.1:8000/v1 (without a user, a password or a ?query; API keys go "
      "through api_key_env)";
  for (const char* wrong :
       {"ftp://h", "http://", "http://me:hunter2@h/v1", "http://h/v1?key=hunter2", "http://h/ v1"}) {
    CAPTURE(wrong);
    CHECK(error_of(jsonl("{url: '" + std::string(wrong) + "'}")) ==
          "/data/run.yaml:4: policy.endpoints[0].url:" + url);
  }
  const std::string variable = error_of(jsonl("{url: 'http://h/v1', api_key_env: sk-hunter2}"));
  CHECK(variable ==
        "/data/run.yaml:4: policy.endpoints[0].api_key_env: is not the name of an environment variable "
        "(letters, digits and _); give the variable's name, never the API key itself");
  const std::string key = error_of(jsonl("{url: 'http://h/v1', api_key: sk-hunter2}"));
  CHECK(key ==
        "/data/run.yaml:4: policy.endpoints[0].api_key: unknown key; known here: url, model, dialect, "
        "api_key_env, api_key_file, weight, chat_template, images, media_path, extra, headers, ca_file, "
        "requests_per_minute, tokens_per_minute");
}

TEST_CASE("parse: what has no default must be given, and what has no meaning must not") {
  CHECK(error_of("") ==
        "/data/run.yaml: dataset.kind: is missing; it has no default: jsonl or demo\n"
        "/data/run.yaml: policy.endpoints: is missing; it has no default");
  CHECK(error_of("dataset: {kind: jsonl}\npolicy: {kind: simulated}") ==
        "/data/run.yaml: dataset.path: is missing; it has no default");
  CHECK(error_of("dataset: {kind: demo, path: a}\npolicy: {kind: simulated}") ==
        "/data/run.yaml:1: dataset.path: has a meaning only with dataset.kind: jsonl; take it out");
  CHECK(error_of(kDemo, {"policy.limits.retries=3"}) ==
        "--set policy.limits.retries: has a meaning only with policy.kind: openai; take it out");
}

TEST_CASE("parse: a judge has keys of its own, and answers of type judge need one") {
  const std::string judged =
      "dataset: {kind: jsonl, path: a.jsonl, answer: {type: judge}}\npolicy: {kind: simulated}\n";
  CHECK(error_of(judged) ==
        "/data/run.yaml:1: dataset.answer.type: judge needs a model that decides; set judge.kind, or use a "
        "type that the rules decide");
  const config::Config simulated = good(judged, {"judge.kind=simulated", "judge.ask=all"});
  CHECK(simulated.judge.kind == config::JudgeKind::kSimulated);
  CHECK(simulated.crawl.judge.ask == checker::Ask::kAll);
  CHECK(simulated.judge.http.sampling.temperature == 0);
  CHECK(error_of(judged, {"judge.kind=openai"}) ==
        "/data/run.yaml: judge.endpoints: is missing; it has no default");
  const config::Config served =
      good(judged +
           "judge: {kind: openai, endpoints: [{url: 'http://h/v1', model: j}], prompt: {user: "
           "'{answer} or {reference}?'}, prices: {completion_per_mtok: 2}}\n");
  REQUIRE(served.judge.http.endpoints.size() == 1);
  CHECK(served.judge.http.endpoints[0].model == "j");
  CHECK(served.crawl.judge.prices.completion_per_mtok == 2);
  CHECK(error_of(judged, {"judge.kind=simulated", "judge.prompt.user='{answer}?'"}) ==
        "--set judge.prompt.user: has no {reference} or no {answer}, which are to be compared");
  CHECK(error_of(kDemo, {"judge.ask=all"}) ==
        "--set judge.ask: has a meaning only with judge.kind: openai or simulated; take it out");
  CHECK(error_of(judged, {"judge.kind=simulated", "judge.endpoints=[{url: 'http://h/v1'}]"}) ==
        "--set judge.endpoints: has a meaning only with judge.kind: openai; take it out");
}

TEST_CASE("parse: an override may make another choice, and the file's keys for the first one rest") {
  const config::Config config =
      good(jsonl("{url: 'http://h/v1'}"), {"policy.kind=simulated", "dataset.kind=demo"});
  CHECK(config.policy.kind == config::PolicyKind::kSimulated);
  CHECK(config.dataset.kind == "demo");
  const std::string strategy = kDemo + "search: {max_steps: 5, rollouts: 3}\n";
  const config::Config other = good(strategy, {"search.strategy=math-shepherd"});
  CHECK(other.crawl.search.constants == search::Constants{{"rollouts", 3}, {"solutions", 15}});
  CHECK(error_of(strategy, {"search.strategy=math-shepherd", "search.max_steps=3"}) ==
        "--set search.max_steps: strategy 'math-shepherd' has no such constant; it has solutions, rollouts");
}

TEST_CASE("parse: splitters have keys of their own, and entropy needs log-probabilities of either policy") {
  const std::string entropy = "steps: {splitter: entropy, decision_nats: 2, max_chars: 40}\n";
  const config::Config config = good(kDemo + entropy, {"policy.logprobs=true"});
  CHECK(config.crawl.search.steps.decision_nats == 2);
  CHECK(config.crawl.search.steps.decision_chars == 40);
  CHECK(good(jsonl("{url: 'http://h/v1'}") + "  logprobs: true\n" + entropy).policy.http.logprobs);
  CHECK(error_of(kDemo, {"steps.splitter=entropy", "policy.logprobs=false"}) ==
        "--set steps.splitter: entropy cuts by the policy's log-probabilities, which are not asked for; set "
        "policy.logprobs: true");
  CHECK(error_of(kDemo + entropy, {"policy.logprobs=true", "steps.max_chars=39"}) ==
        "--set steps.max_chars: must be 0, for no limit, or at least the shortest step, 40");
  CHECK(error_of(kDemo + "steps: {splitter: entropy, decision_nats: 0.4}\n", {"policy.logprobs=true"}) ==
        "/data/run.yaml:3: steps.decision_nats: '0.4' is not a number between 0.5 and 20");
  CHECK(good(kDemo + entropy, {"steps.splitter=tokens"}).crawl.search.steps.tokens == 64);
}

TEST_CASE("parse: all mistakes come at once, by line, those of overrides last, and at most twenty") {
  const std::string sections =
      "unknown key; known here: dataset, policy, judge, steps, search, budget, labels, output, crawl\n";
  CHECK(error_of("labels: {mode: x}\na: 1\n" + kDemo + "b: 2\n", {"zz=3", "labels.threshold=x"}) ==
        "/data/run.yaml:1: labels.mode: there is no 'x'; available: " + listed(mode_names()) +
            "\n/data/run.yaml:2: a: " + sections + "/data/run.yaml:5: b: " + sections +
            "--set zz: " + sections + "--set labels.threshold: 'x' is not a number between 0 and 1");
  std::string many = kDemo;
  for (int i = 0; i < 5000; ++i) many += "unknown_" + std::to_string(i) + ": 1\n";
  const std::string message = error_of(many);
  CHECK(message.ends_with("\n… and more"));
  CHECK(std::count(message.begin(), message.end(), '\n') == 20);
}

TEST_CASE("overrides: each replaces what the file says, the last one wins, and sections and lists work too") {
  const config::Config config =
      good(kDemo, {"search.seed=8", "search.seed=9", "labels={mode: hard, threshold: 0.7}",
                   "policy.stop=[a, b]", "search.strategy=math-shepherd", "search.solutions=3"});
  CHECK(config.crawl.search.seed == 9);
  CHECK(config.crawl.labels.mode == &labels::hard());
  CHECK(config.crawl.labels.threshold == 0.7);
  CHECK(config.policy.http.sampling.stop == std::vector<std::string>{"a", "b"});
  CHECK(config.crawl.search.constants.at("solutions") == 3);
  CHECK(config.crawl.search.constants.at("rollouts") == 8);
}

TEST_CASE("overrides: an empty value is an empty text, and a path starts from the working directory") {
  const config::Config config = good(jsonl("{url: 'http://h/v1'}") + "  prompt: {system: hello}\n",
                                     {"policy.prompt.system=", "dataset.path=b"});
  CHECK(config.policy.http.prompt.system.empty());
  CHECK(config.dataset.path == (std::filesystem::current_path() / "b").string());
}

TEST_CASE("overrides: mistakes name --set and the key, never the value of a map") {
  CHECK(error_of(kDemo, {"seed"}) == "--set: takes KEY=VALUE, as in --set search.seed=8");
  CHECK(error_of(kDemo, {"=3"}) == "--set: takes KEY=VALUE, as in --set search.seed=8");
  CHECK(error_of(kDemo, {"polcy.kind=openai"}) ==
        "--set polcy.kind: unknown key; did you mean 'policy.kind'?");
  CHECK(error_of(kDemo, {"policy.kid=openai"}) == "--set policy.kid: unknown key; did you mean 'kind'?");
  CHECK(error_of(kDemo, {"threshold=1"}) == "--set threshold: unknown key; did you mean 'labels.threshold'?");
  CHECK(error_of(kDemo, {"search.seed="}) ==
        "--set search.seed: '' is not a whole number between 0 and 9007199254740991");
  CHECK(error_of(kDemo, {"policy.stop=[a"}) ==
        "--set policy.stop: is not YAML: end of sequence flow not found");
  CHECK(error_of(kDemo, {"search=3"}) == "--set search: must hold keys, one a line, as in `key: value`");
  CHECK(error_of(kDemo, {"policy.endpoints=[{url: 'http://h/v1', key: hunter2}]", "policy.kind=openai"}) ==
        "--set policy.endpoints[0].key: unknown key; known here: url, model, dialect, api_key_env, "
        "api_key_file, weight, chat_template, images, media_path, extra, headers, ca_file, "
        "requests_per_minute, tokens_per_minute");
}

TEST_CASE("parse: hostile files are refused quickly and with a clear message") {
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 60; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last + ", " + last + "]\n";
  }
  CHECK(error_of(kDemo + bomb).find("a0: unknown key") != std::string::npos);
  CHECK(error_of(kDemo + "search: &s {seed: *s}\n").find("search.seed: a map is not") != std::string::npos);
  CHECK(error_of(std::string(100'000, '[')) == "/data/run.yaml: is nested too deeply to be a configuration");
  CHECK(error_of(std::string(core::limits::kConfigBytes + 1, ' ')) ==
        "/data/run.yaml: is larger than 4 MiB, the limit of a configuration");
  CHECK(error_of("a: \xFF") == "/data/run.yaml: is not UTF-8 text");
  CHECK(error_of("[a]") == "/data/run.yaml:1: must hold keys, one a line, as in `key: value`");
  CHECK(error_of(kDemo + std::string(100'000, 'x') + ": 1\n").size() < 300);
  CHECK(error_of(kDemo + "labels: {mode: " + std::string(100'000, 'x') + "}\n").size() < 300);
  CHECK(error_of(kDemo + "\"\\e[31m\": 1\n").find('\x1b') == std::string::npos);
}

TEST_CASE("parse: no prefix of a file and no changed byte of it does harm") {
  const std::string text = jsonl("{url: 'http://h/v1', model: \"m\\u00e4\"}") +
                           "search: &s {seed: 3}\nlabels:\n  mode: soft # x\n";
  std::size_t accepted = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    accepted += config::parse(text.substr(0, at), "f").has_value() ? 1U : 0U;
    for (const char byte : {'\0', '\n', '\t', ':', '"', '&', '*', '[', '{', '-', '\xFF', '%', '!', '|'}) {
      std::string changed = text;
      changed.insert(at, 1, byte);
      accepted += config::parse(changed, "f").has_value() ? 1U : 0U;
    }
  }
  CHECK(accepted > 0);
}

TEST_CASE("load: reads a file; its folder is where relative paths start") {
  const TemporaryFolder folder;
  const std::string file = (folder.path / "a.yaml").string();
  std::ofstream(file) << "dataset: {kind: jsonl, path: ../p.jsonl}\npolicy: {kind: simulated}\n";
  const auto config = config::load(file, {"search.seed=8"});
  REQUIRE(config.has_value());
  CHECK(config->dataset.path == (folder.path.parent_path() / "p.jsonl").string());
  CHECK(config->crawl.search.seed == 8);
}

TEST_CASE("load: a file that cannot be read is told with the reason") {
  const TemporaryFolder folder;
  const std::string absent = (folder.path / "absent.yaml").string();
  const auto missing = config::load(absent);
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().message == absent + ": cannot be read: No such file or directory");
  const auto directory = config::load(folder.path.string());
  REQUIRE_FALSE(directory.has_value());
  CHECK(directory.error().message == folder.path.string() + ": cannot be read: Is a directory");
}
