#include "keys.hpp"
#include "parsed.hpp"
#include "values.hpp"

#include <viltree/config/config.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using config::test::good;
using config::test::kDemo;

namespace {

const std::string kServer =
    "dataset: {kind: jsonl, path: a.jsonl, answer: {after: '####'}}\n"
    "policy: {endpoints: [{url: 'http://h/v1', model: m, api_key_env: KEY}], stop: [\"a\\nb\", 'yes']}\n";

/// A valid value of the key that is not `value`.
config::Value another(const config::Facts& facts, const config::Value& value) {
  using config::Type;
  switch (facts.type) {
    case Type::kBool:
      return !std::get<bool>(value);
    case Type::kAutoOrWhole:
    case Type::kWhole: {
      const auto now = static_cast<double>(std::get<std::uint64_t>(value));
      return static_cast<std::uint64_t>(now + 1 <= facts.most ? now + 1 : now - 1);
    }
    case Type::kReal:
      return std::get<double>(value) == facts.least ? facts.most : facts.least;
    case Type::kChoice: {
      const auto fits = [&](const std::string& word) { return word != std::get<std::string>(value); };
      const auto word = std::find_if(facts.allowed.begin(), facts.allowed.end(), fits);
      return word == facts.allowed.end() ? value : config::Value(*word);
    }
    case Type::kTextList:
      return std::vector<std::string>{facts.allowed.empty() ? "another" : facts.allowed.back()};
    case Type::kObject:
      if (facts.name() == "headers") return std::string(R"({"X-Another":{"env":"ANOTHER"}})");
      return std::string(R"({"another":[1,null,{"yes":"no"}]})");
    case Type::kEndpoints:
      return std::vector<http::Endpoint>{{"http://other/v1", "other", "auto", "", ""}};
    case Type::kText:
    case Type::kPath:
      break;
  }
  return std::get<std::string>(value) + "/{question}/another";
}

}  // namespace

TEST_CASE("to_yaml: what it prints parses to the same values, whatever they are") {
  for (const std::string& text : {kServer, kDemo}) {
    for (const search::StrategyInfo* strategy : search::strategies()) {
      config::Config config = good(text, {"search.strategy=" + std::string(strategy->name)});
      for (const auto& key : config::keys_for(config.crawl.search.strategy)) {
        if (key.facts.type != config::Type::kChoice) key.set(config, another(key.facts, key.get(config)));
      }
      config.dataset.path = "/p/a b.jsonl";
      config.dataset.root.clear();
      config.crawl.search.steps.max_chars = config.crawl.search.steps.min_chars + 1;
      const config::Config again = good(config::to_yaml(config));
      for (const auto& key : config::keys_for(config.crawl.search.strategy)) {
        CAPTURE(key.facts.path);
        if (config::applies(key.facts, config)) CHECK(key.get(again) == key.get(config));
      }
    }
  }
}

TEST_CASE("to_yaml: any text survives, and words that other readers take for values are quoted") {
  for (const std::string& text :
       {std::string("yes"), std::string("No"), std::string("null"), std::string("~"), std::string("1e3"),
        std::string("plain-word"), std::string("a: b # c"), std::string("\"quoted\\\""),
        std::string("\x01\x1b\x7f\r"), std::string("ä\xC2\x85\xC2\xA0\xE2\x80\xA8\xEF\xBB\xBF"),
        std::string(" lead\n\ttrail \n"), std::string("{question}"), std::string("- a"),
        std::string("a\0b", 3), std::string("&a *b !c %d @e `f")}) {
    CAPTURE(text);
    config::Config config = good(kServer);
    config.policy.http.prompt.system = text;
    config.policy.http.sampling.stop = {text};
    const config::Config again = good(config::to_yaml(config));
    CHECK(again.policy.http.prompt.system == text);
    CHECK(again.policy.http.sampling.stop == std::vector<std::string>{text});
  }
  CHECK(config::quoted("yes") == "\"yes\"");
  CHECK(config::quoted("12") == "\"12\"");
  CHECK(config::quoted("plain-word") == "plain-word");
  CHECK(config::quoted("") == "\"\"");
}

TEST_CASE("to_yaml: numbers keep every bit") {
  for (const double value : {0.1, 1.0 / 3, 5e-324 + 0.001, 0.30000000000000004}) {
    config::Config config = good(kDemo);
    config.policy.http.sampling.temperature = value;
    CHECK(good(config::to_yaml(config)).policy.http.sampling.temperature == value);
  }
  CHECK(good(kDemo, {"search.seed=9007199254740991"}).crawl.search.seed == 9007199254740991U);
}

TEST_CASE("to_yaml: seconds and megabytes are told in the units in which they were given") {
  const config::Config config = good(kServer, {"policy.limits.timeout_s=0.001", "policy.limits.stall_s=12.5",
                                               "policy.limits.patience_s=1e9", "crawl.memory_mb=1000000000"});
  using namespace std::chrono_literals;
  CHECK(config.policy.http.limits.timeout == 1ms);
  CHECK(config.policy.http.limits.stall == 12'500ms);
  CHECK(config.crawl.patience == 1'000'000'000s);
  CHECK(config.crawl.memory_bytes == (1'000'000'000ULL << 20U));
  const std::string yaml = config::to_yaml(config);
  for (const std::string line :
       {"timeout_s: 0.001\n", "stall_s: 12.5\n", "patience_s: 1e+09\n", "memory_mb: 1000000000\n"}) {
    CAPTURE(line);
    CHECK(yaml.find(line) != std::string::npos);
  }
}

TEST_CASE("to_yaml: shows the keys that are in use, and no others") {
  const std::string yaml = config::to_yaml(good(kDemo));
  CHECK(yaml.starts_with(
      "dataset:\n  kind: demo\n  answer:\n    extract: [box, tag, hash, phrase, bold, line]\n    tolerance:\n"
      "      absolute: 0\n      relative: 0\n      significant: 0\n    ordered: false\n    anls_threshold: "
      "0.5\n  offset: 0\n"
      "  limit: 0\n  seed: 1\n\npolicy:\n  kind: simulated\n"));
  CHECK(yaml.find("endpoints") == std::string::npos);
  const std::string server = config::to_yaml(good(kServer));
  CHECK(server.find("  endpoints:\n    - url: \"http://h/v1\"\n      model: m\n") != std::string::npos);
}

TEST_CASE("config_hash: changes with every key that can change the result, and with no other") {
  for (const std::string& text : {kServer, kDemo}) {
    const config::Config config = good(text);
    const std::string hash = config::config_hash(config);
    CHECK(hash.size() == 16);
    for (const auto& key : config::keys_for(config.crawl.search.strategy)) {
      CAPTURE(key.facts.path);
      config::Config changed = config;
      const config::Value value = another(key.facts, key.get(config));
      const bool differs = value != key.get(config) && key.facts.path != "search.strategy";
      if (!differs || key.facts.path.ends_with(".kind")) continue;  // keys that decide on others: below
      key.set(changed, value);
      const bool decides = !key.facts.free && config::applies(key.facts, config);
      CHECK((config::config_hash(changed) != hash) == decides);
      CHECK(config::diff(config, changed).size() == (decides ? 1 : 0));
    }
  }
  CHECK(config::config_hash(good(kDemo)) != config::config_hash(good(kDemo, {"search.strategy=omegaprm"})));
}

TEST_CASE("config_hash: a key that came later counts where it is not what runs had before it") {
  const std::string text = "dataset: {kind: demo}\npolicy:\n  endpoints: [{url: 'http://h/v1', model: m}]\n";
  const config::Config before = good(text);
  const config::Config drop = good(text + "  thinking: drop\n");
  CHECK(config::config_hash(good(text + "  thinking: text\n")) == config::config_hash(before));
  CHECK(config::config_hash(drop) != config::config_hash(before));
  CHECK(config::diff(before, drop) == std::vector<std::string>{"policy.thinking: (not there) → drop"});
  CHECK(config::continuation_of(before.policy) == "exact");
  CHECK(config::continuation_of(drop.policy) == "exact-thinking-dropped");
  CHECK(config::continuation_of(good(text + "  thinking: drop\n  continuation: reprompt\n").policy) ==
        "reprompt-thinking-dropped");
  // The built-in policy has no thoughts that could be dropped.
  config::Config built_in = drop;
  built_in.policy.kind = config::PolicyKind::kSimulated;
  CHECK(config::continuation_of(built_in.policy) == "exact");
}

TEST_CASE("config_hash: the keys that may change are those that the documentation names") {
  std::vector<std::string> free;
  for (const auto& key : config::keys_for("visualprm")) {
    if (key.facts.free) free.push_back(key.facts.path);
  }
  CHECK(free == std::vector<std::string>{"policy.headers",
                                         "policy.ca_file",
                                         "policy.allow_plain_http_to",
                                         "policy.stream",
                                         "policy.probe",
                                         "policy.limits.in_flight",
                                         "policy.limits.timeout_s",
                                         "policy.limits.prompt_tokens_in_flight",
                                         "policy.limits.requests_per_minute",
                                         "policy.limits.tokens_per_minute",
                                         "policy.limits.stall_s",
                                         "policy.limits.retries",
                                         "policy.limits.patience_s",
                                         "policy.prices.prompt_per_mtok",
                                         "policy.prices.cached_per_mtok",
                                         "policy.prices.completion_per_mtok",
                                         "judge.headers",
                                         "judge.ca_file",
                                         "judge.in_flight",
                                         "judge.prices.prompt_per_mtok",
                                         "judge.prices.cached_per_mtok",
                                         "judge.prices.completion_per_mtok",
                                         "budget.tokens",
                                         "budget.usd",
                                         "budget.hours",
                                         "output.durability",
                                         "output.keep_journal",
                                         "crawl.open_trees",
                                         "crawl.memory_mb",
                                         "crawl.workers",
                                         "crawl.strict"});
}

TEST_CASE("diff: the weights of several models count, those of one do not") {
  const auto two = [](const std::string& weights) {
    return good(kServer,
                {"policy.endpoints=[{url: 'http://h/v1', model: ma, weight: " + weights.substr(0, 1) +
                 "}, {url: 'http://i/v1', model: mb, weight: " + weights.substr(1) + "}]"});
  };
  CHECK(config::diff(two("11"), two("11")).empty());
  CHECK(config::diff(two("11"), two("13")) ==
        std::vector<std::string>{"policy.endpoints[].model: [ma (1), mb (1)] → [ma (1), mb (3)]"});
  const auto one = good(kServer, {"policy.endpoints=[{url: 'http://h/v1', model: m, weight: 5}]"});
  CHECK(config::diff(good(kServer), one).empty());
}

TEST_CASE("config_hash: of endpoints the model counts, of paths the last name") {
  const std::string hash = config::config_hash(good(kServer));
  const auto with = [](const std::string& setting) { return config::config_hash(good(kServer, {setting})); };
  CHECK(with("policy.endpoints=[{url: 'https://else/v2', model: m, dialect: vllm, api_key_file: k}]") ==
        hash);
  CHECK(with("policy.endpoints=[{url: 'http://h/v1', model: other}]") != hash);
  CHECK(with("dataset.path=/else where/a.jsonl") == hash);
  CHECK(with("dataset.path=/data/b.jsonl") != hash);
}

TEST_CASE("diff: names each key with what was saved and what is now, those of one strategy alone too") {
  const config::Config saved = good(kDemo, {"search.strategy=math-shepherd", "labels.mode=hard"});
  const config::Config now =
      good(kDemo, {"search.strategy=visualprm", "labels.mode=soft", "labels.threshold=0.7",
                   "policy.stop=[\"\\n\"]", "crawl.workers=3"});
  CHECK(config::diff(saved, now) ==
        std::vector<std::string>{"policy.stop: [] → [\"\\n\"]", "search.strategy: math-shepherd → visualprm",
                                 "search.solutions: 15 → 4", "search.rollouts: 8 → 16",
                                 "search.max_steps: (not there) → 12", "labels.mode: hard → soft",
                                 "labels.threshold: 0.5 → 0.7"});
  CHECK(config::diff(now, now).empty());
  const config::Config server = good(kServer);
  CHECK(config::diff(server, good(kServer, {"policy.endpoints=[{url: 'http://h/v1', model: mm}]"})) ==
        std::vector<std::string>{"policy.endpoints[].model: [m] → [mm]"});
  CHECK(config::diff(server, good(kServer, {"dataset.path=/b/a.jsonl"})) ==
        std::vector<std::string>{"dataset.path: /data/a.jsonl → /b/a.jsonl"});
}

TEST_CASE("check_resume: refuses with the diff and what to do") {
  const config::Config saved = good(kDemo);
  CHECK(config::check_resume(saved, good(kDemo, {"crawl.workers=3", "budget.hours=2"})).has_value());
  const auto refused = config::check_resume(saved, good(kDemo, {"search.seed=8"}));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == core::ErrorKind::kInvalidInput);
  CHECK(refused.error().message ==
        "the run was started with another configuration:\n  search.seed: 7 → 8\nuse another --run, or change "
        "it back");
}

TEST_CASE("keys: those that have a meaning with some choices alone name exactly these") {
  const config::Config usual = good(kDemo);
  const auto keys = config::keys_for(usual.crawl.search.strategy);
  std::size_t conditions = 0;
  for (const auto& key : keys) {
    if (!key.facts.only_with) continue;
    CAPTURE(key.facts.path);
    const config::Condition& condition = *key.facts.only_with;
    const auto choice = std::find_if(keys.begin(), keys.end(),
                                     [&](const auto& other) { return other.facts.path == condition.key; });
    REQUIRE(choice != keys.end());
    for (const std::string& word : choice->facts.allowed) {
      CAPTURE(word);
      config::Config config = usual;
      choice->set(config, word);
      const auto& named = condition.values;
      CHECK(condition.holds(config) == (std::find(named.begin(), named.end(), word) != named.end()));
    }
    ++conditions;
  }
  CHECK(conditions > 20);
}
