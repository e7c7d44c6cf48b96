#include "object.hpp"

#include "parsed.hpp"

#include <viltree/http/extra_keys.hpp>

#include <string>

#include <nlohmann/json.hpp>

using namespace viltree;
using config::test::error_of;
using config::test::good;

namespace {

std::string with(const std::string& policy) {
  return "dataset: {kind: demo}\npolicy:\n  endpoints: [{url: 'http://h/v1', model: m}]\n" + policy;
}

std::string extra_of(const std::string& yaml) {
  return good(with("  extra: " + yaml + "\n")).policy.http.extra;
}

std::string refusal_of(const std::string& yaml) {
  return error_of(with("  extra: " + yaml + "\n"));
}

std::string doubled(int times) {
  std::string aliases = "&a0 [x, x]";
  for (int i = 1; i < times; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    aliases += ", &a" + std::to_string(i) + " [" + last + ", " + last + "]";
  }
  return "{list: [" + aliases + "]}";
}

}  // namespace

TEST_CASE("extra: values of every JSON type arrive as they are") {
  CHECK(extra_of("{}").empty());
  CHECK(nlohmann::json::parse(extra_of(
            "{top_k: 20, a: -3, b: 1.05, c: 1e3, d: true, e: false, f: null, g: word, h: 'true', i: "
            "\"7\", j: two words, k: [1, [x, {y: z}]], l: {m: {n: 18446744073709551615}}, o: \"\"}")) ==
        nlohmann::json::parse(
            R"({"top_k": 20, "a": -3, "b": 1.05, "c": 1e3, "d": true, "e": false, "f": null, "g": "word",
                "h": "true", "i": "7", "j": "two words", "k": [1, ["x", {"y": "z"}]],
                "l": {"m": {"n": 18446744073709551615}}, "o": ""})"));
  CHECK(good(with(""), {"policy.extra={chat_template_kwargs: {enable_thinking: false}}"}).policy.http.extra ==
        R"({"chat_template_kwargs":{"enable_thinking":false}})");
}

TEST_CASE("extra: what it prints parses to the same") {
  const std::string json =
      R"({"a\"b":"no","c":[{"d e":-1.5e-07},null,true,"1.0",1.0,"\u0001\n"],"é":{"~":"~","x":{}}})";
  config::Config config = good(with(""));
  config.policy.http.extra = config.policy.http.endpoints[0].extra = json;
  const config::Config again = good(config::to_yaml(config));
  CHECK(nlohmann::json::parse(again.policy.http.extra) == nlohmann::json::parse(json));
  CHECK(again.policy.http.endpoints[0].extra == again.policy.http.extra);
}

TEST_CASE("extra: a word that readers of YAML disagree about is refused") {
  for (const char* word : {"no", "Yes", "on", "TRUE", "y", "007", "1.2.3", "0x10", ".inf", "-.5", "+1",
                           "1_000", "2024-01-01", "123456789012345678901234567890", "1e999"}) {
    CAPTURE(word);
    CHECK(
        refusal_of("{a: [" + std::string(word) + "]}") ==
        "/data/run.yaml:4: policy.extra.a[0]: is neither true, false, null nor a number as JSON writes them; "
        "put text into quotes");
  }
}

TEST_CASE("extra: what is no map, is given twice or without end is refused") {
  CHECK(refusal_of("7") == "/data/run.yaml:4: policy.extra: '7' is not a map, as in {name: value}");
  CHECK(refusal_of("{a: {b: 1, b: 2}}") == "/data/run.yaml:4: policy.extra.a.b: is given twice");
  CHECK(refusal_of("{[a]: 1}") == "/data/run.yaml:4: policy.extra: a key must be a plain name");
  CHECK(refusal_of(doubled(60)).ends_with("is too large to be passed on"));
  CHECK(refusal_of("&a {a: *a}").ends_with("is too large to be passed on"));
}

TEST_CASE("extra: keys that viltree writes are refused wherever they are given") {
  CHECK(refusal_of("{top_k: 1,\n    temperature: 0.5}") ==
        "/data/run.yaml:4: policy.extra: temperature: viltree writes that itself, from temperature: set it "
        "there");
  CHECK(error_of("dataset: {kind: demo}\npolicy:\n  endpoints: [{url: 'http://h/v1', extra: {n: 4}}]\n") ==
        "/data/run.yaml:3: policy.endpoints[0].extra: n: viltree decides that itself: take it out");
  CHECK(error_of("dataset: {kind: demo}\npolicy: {kind: simulated}\njudge: {kind: openai, endpoints: [{url: "
                 "'http://h/v1'}], extra: {max_completion_tokens: 4}}\n") ==
        "/data/run.yaml:3: judge.extra: max_completion_tokens: viltree writes that itself, from max_tokens: "
        "set it there");
  for (const std::string& key : http::own_keys()) CHECK_FALSE(refusal_of("{" + key + ": 1}").empty());
}

TEST_CASE(
    "headers: names and variables arrive, print and may change; a value in place of a name is not repeated") {
  const config::Config plain = good(with(""));
  const config::Config some = good(with("  headers: {X-Team: {env: TEAM}, api-key: {env: KEY}}\n"));
  CHECK(some.policy.http.headers == std::vector<http::Header>{{"X-Team", "TEAM"}, {"api-key", "KEY"}});
  CHECK(good(config::to_yaml(some)).policy.http.headers == some.policy.http.headers);
  CHECK(config::diff(plain, some).empty());
  CHECK(config::config_hash(plain) == config::config_hash(some));
  const std::string not_a_name =
      "/data/run.yaml:4: policy.headers: X-Team: is not {env: NAME}, with the name of the environment "
      "variable that holds the value, never the value itself";
  for (const char* wrong : {"hunter2", "{env: hunter-2}", "{env: ''}", "{env: A, value: hunter2}",
                            "[hunter2]", "null", "{value: hunter2}"}) {
    CAPTURE(wrong);
    CHECK(error_of(with("  headers: {X-Team: " + std::string(wrong) + "}\n")) == not_a_name);
  }
  CHECK(error_of(with("  headers: {Host: {env: A}}\n")) ==
        "/data/run.yaml:4: policy.headers: Host: is written by viltree itself: take it out");
  CHECK(
      good("dataset: {kind: demo}\npolicy:\n  endpoints: [{url: 'http://h/v1', headers: {X-A: {env: B}}}]\n")
          .policy.http.endpoints[0]
          .headers == std::vector<http::Header>{{"X-A", "B"}});
}

TEST_CASE("rates: of all servers or of one, and they may change") {
  const config::Config config = good(
      "dataset: {kind: demo}\npolicy:\n  endpoints: [{url: 'http://h/v1'}, {url: 'http://g/v1', "
      "tokens_per_minute: 7}]\n  limits: {requests_per_minute: 3, tokens_per_minute: 1000}\n");
  const http::HttpOptions& http = config.policy.http;
  CHECK(http::rate_of(http.endpoints[0], http.limits) == http::RateOptions{3, 1000});
  CHECK(http::rate_of(http.endpoints[1], http.limits) == http::RateOptions{3, 7});
  CHECK(config::diff(config, good(config::to_yaml(config), {"policy.limits.requests_per_minute=4"})).empty());
}

TEST_CASE("extra: decides on the result, of a server as of all, and none is as if there were no such key") {
  const config::Config plain = good(with(""));
  const config::Config all = good(with("  extra: {top_k: 20, min_p: 0.1}\n"));
  const config::Config ordered = good(with("  extra: {min_p: 0.1, top_k: 20}\n"));
  CHECK(config::config_hash(plain) == config::config_hash(good(with("  extra: {}\n"))));
  CHECK(config::config_hash(plain) != config::config_hash(all));
  CHECK(config::config_hash(ordered) == config::config_hash(all));
  CHECK(config::diff(plain, all) ==
        std::vector<std::string>{"policy.extra: (not there) → {min_p: 0.1, top_k: 20}"});
  CHECK(config::diff(all, plain).size() == 1);
  config::Config one = plain;
  one.policy.http.endpoints[0].extra = R"({"top_k":20})";
  CHECK(config::diff(plain, one) ==
        std::vector<std::string>{"policy.endpoints[].model: [m] → [m with {top_k: 20}]"});
  CHECK(config::config_hash(plain) != config::config_hash(one));
}
