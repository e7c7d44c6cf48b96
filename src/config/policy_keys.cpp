#include "policy_keys.hpp"

#include "make_key.hpp"

#include <viltree/checker/ruling.hpp>
#include <viltree/http/extra_keys.hpp>
#include <viltree/http/headers.hpp>
#include <viltree/http/options.hpp>

#include <algorithm>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

namespace viltree::config {

namespace {

constexpr double kMostEndpoints = 1024;
constexpr double kMostRate = 1e12;
constexpr Condition kOpenai{"policy.kind", {"openai"}, [](const Config& config) {
                              return config.policy.kind == PolicyKind::kOpenai;
                            }};
constexpr Condition kOpenaiJudge{
    "judge.kind", {"openai"}, [](const Config& config) { return config.judge.kind == JudgeKind::kOpenai; }};
constexpr Condition kSomeJudge{"judge.kind", {"openai", "simulated"}, [](const Config& config) {
                                 return config.judge.kind != JudgeKind::kNone;
                               }};

bool is_blank(char c) {
  return static_cast<unsigned char>(c) <= ' ';
}

bool is_url(std::string_view text) {
  const bool tls = text.starts_with("https://");
  if (!tls && !text.starts_with("http://")) return false;
  text.remove_prefix(tls ? 8 : 7);
  const std::string_view host = text.substr(0, text.find('/'));
  return !host.empty() && host.find('@') == std::string_view::npos &&
         text.find_first_of("?#") == std::string_view::npos &&
         std::none_of(text.begin(), text.end(), is_blank);
}

bool is_variable_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto fits = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return letter(text.front()) && std::all_of(text.begin(), text.end(), fits);
}

bool has_question(std::string_view text) {
  return text.find("{question}") != std::string_view::npos;
}

constexpr TextRule kUrlRule{
    is_url, R"(^https?://[^/@?#\s]+(/[^?#\s]*)?$)",
    "is not an address like http://127.0.0.1:8000/v1 (without a user, a password or a "
    "?query; API keys go through api_key_env)"};
constexpr TextRule kVariableRule{is_variable_name, "^[A-Za-z_][A-Za-z0-9_]*$",
                                 "is not the name of an environment variable (letters, digits and _); give "
                                 "the variable's name, never the API key itself"};
constexpr TextRule kQuestionRule{has_question, R"(\{question\})",
                                 "has no {question}, which stands for the problem's text"};
constexpr TextRule kJudgeRule{checker::is_judge_prompt,
                              R"(\{reference\}[\s\S]*\{answer\}|\{answer\}[\s\S]*\{reference\})",
                              "has no {reference} or no {answer}, which are to be compared"};

std::optional<std::string> why_not_extra(std::string_view name, const nlohmann::json&) {
  return http::why_not_extra(name);
}

std::string extra_schema() {
  const nlohmann::ordered_json schema = {{"propertyNames", {{"not", {{"enum", http::own_keys()}}}}}};
  return schema.dump();
}

constexpr ObjectRule kExtraRule{why_not_extra, extra_schema};

std::optional<std::string> why_not_header(std::string_view name, const nlohmann::json& value) {
  if (auto why = http::why_not_header(name)) return why;
  if (value.is_object() && value.size() == 1 && value.contains("env") && value["env"].is_string()) {
    const auto& variable = value["env"].get_ref<const std::string&>();
    if (!variable.empty() && is_variable_name(variable)) return std::nullopt;
  }
  return "is not {env: NAME}, with the name of the environment variable that holds the value, never the "
         "value "
         "itself";
}

std::string headers_schema() {
  const nlohmann::ordered_json variable = {{"type", "string"}, {"pattern", kVariableRule.pattern}};
  const nlohmann::ordered_json schema = {{"additionalProperties",
                                          {{"type", "object"},
                                           {"required", {"env"}},
                                           {"additionalProperties", false},
                                           {"properties", {{"env", variable}}}}}};
  return schema.dump();
}

constexpr ObjectRule kHeadersRule{why_not_header, headers_schema};

template <class Object, class Field>
Key<Object> headers(std::string path, Field field, std::string meaning) {
  Key<Object> key;
  key.facts = {std::move(path), Type::kObject, std::move(meaning)};
  key.facts.object_rule = &kHeadersRule;
  key.get = [field](const Object& object) -> Value {
    nlohmann::json names;
    for (const http::Header& header : field(object)) names[header.name] = {{"env", header.env}};
    return names.is_null() ? std::string() : names.dump();
  };
  key.set = [field](Object& object, const Value& value) {
    field(object).clear();
    const auto& text = std::get<std::string>(value);
    if (text.empty()) return;
    const auto names = nlohmann::json::parse(text);
    for (const auto& member : names.items())
      field(object).push_back({member.key(), member.value().at("env").template get<std::string>()});
  };
  return key;
}

template <class Field>
Key<Config> endpoints(std::string path, Field field, std::string meaning) {
  return plain<Config, std::vector<http::Endpoint>>(
      {std::move(path), Type::kEndpoints, std::move(meaning), 1, kMostEndpoints}, field);
}

template <class Field>
std::vector<Key<Config>> price_keys(const std::string& path, Field prices) {
  return {
      real(
          path + ".prompt_per_mtok",
          {0, 1e6}, [prices](auto& object) -> auto& { return prices(object).prompt_per_mtok; },
          "US dollars per million prompt tokens")
          .free(),
      real(
          path + ".cached_per_mtok",
          {0, 1e6}, [prices](auto& object) -> auto& { return prices(object).cached_per_mtok; },
          "US dollars per million prompt tokens from the server's cache")
          .free(),
      real(
          path + ".completion_per_mtok",
          {0, 1e6}, [prices](auto& object) -> auto& { return prices(object).completion_per_mtok; },
          "US dollars per million generated tokens")
          .free(),
  };
}

Names<bool> continuations() {
  return {{std::string(continuation_name(false)), false}, {std::string(continuation_name(true)), true}};
}

std::vector<Key<Config>> asking_keys() {
  return {
      named<PolicyKind>("policy.kind",
                        {{"openai", PolicyKind::kOpenai}, {"simulated", PolicyKind::kSimulated}},
                        AT(policy.kind),
                        "openai: OpenAI-compatible servers; simulated: built in; solves the demo problems "
                        "and guesses at others"),
      endpoints("policy.endpoints", AT(policy.http.endpoints),
                "the OpenAI-compatible servers; when a run goes on, only their models must be the same")
          .required()
          .only_with(kOpenai),
      headers<Config>("policy.headers", AT(policy.http.headers),
                      "headers of every request, each with the name of the environment variable that holds "
                      "its value: {X-Team: {env: TEAM_TOKEN}}")
          .free()
          .only_with(kOpenai),
      path("policy.ca_file", AT(policy.http.ca_file),
           "PEM file with the certificates that https servers must come from; empty: those of the system")
          .may_be_empty()
          .free()
          .only_with(kOpenai),
      texts("policy.allow_plain_http_to", AT(policy.http.limits.allow_plain_http_to),
            "hosts that may be spoken to over plain http; loopback always may")
          .free()
          .only_with(kOpenai),
      real("policy.temperature", {0, 10}, AT(policy.http.sampling.temperature), "sampling temperature"),
      real("policy.top_p", {0.001, 1}, AT(policy.http.sampling.top_p), "nucleus sampling"),
      whole("policy.max_tokens", {1, 1e7}, AT(crawl.search.max_tokens),
            "generated tokens of one completion, at most"),
      texts("policy.stop", AT(policy.http.sampling.stop), "strings that end a completion"),
      object(
          "policy.extra", kExtraRule, AT(policy.http.extra),
          "further keys of every request for completions, passed through as they are, such as {top_k: 20}; "
          "in place of what viltree sets against a server's defaults (top_k, min_p, repetition_penalty, "
          "…), and none of those that it writes from other keys")
          .later()
          .only_with(kOpenai),
      flag("policy.logprobs", AT(policy.http.logprobs),
           "ask for log-probabilities: their sum goes to the tree archive, and what the model was not sure "
           "of to the journal; steps.splitter: entropy needs it"),
      named<bool>(
          "policy.continuation", continuations(), AT(policy.http.reprompt),
          "exact: the server goes on from the prefix's last byte; reprompt: the prefix is shown in the "
          "user's message, for servers that cannot do that: another distribution, which every row says"),
      named<http::Thinking>(
          "policy.thinking", {{"text", http::Thinking::kText}, {"drop", http::Thinking::kDrop}},
          AT(policy.http.thinking),
          "the thoughts that a model writes before its solution. text: they are its beginning, cut into "
          "steps and gone on from; drop: they are paid for and no part of it, and a step is gone on from "
          "without them: another distribution, which every row says")
          .later()
          .only_with(kOpenai),
      flag("policy.stream", AT(policy.http.stream),
           "take answers as server-sent events, so that a stalled one is noticed; what comes out is the same")
          .free()
          .only_with(kOpenai),
      flag("policy.probe", AT(policy.http.probe),
           "ask every server at the start whether it does what a crawl needs, in about ten small requests, "
           "and the judge two questions whose answers are clear")
          .free()
          .only_with(kOpenai),
      text("policy.prompt.system", AT(policy.http.prompt.system), "system message; empty: none")
          .may_be_empty()
          .only_with(kOpenai),
      text("policy.prompt.user", AT(policy.http.prompt.user),
           "user message; {question} must be in it, {choices} may be, else they follow the question")
          .rule(kQuestionRule)
          .only_with(kOpenai),
  };
}

std::vector<Key<Config>> limit_keys() {
  return {
      auto_or_whole("policy.limits.in_flight", 65536, AT(policy.http.limits.in_flight),
                    "sequences at each server at once; auto: found by trying")
          .free(),
      seconds("policy.limits.timeout_s", {0.001, 86400}, AT(policy.http.limits.timeout),
              "seconds for one request")
          .free()
          .only_with(kOpenai),
      whole("policy.limits.prompt_tokens_in_flight", {0, kMany},
            AT(policy.http.limits.prompt_tokens_in_flight),
            "prompt tokens (estimated) of the requests at each server at once; 0: no limit")
          .free()
          .only_with(kOpenai),
      whole("policy.limits.requests_per_minute", {0, kMostRate},
            AT(policy.http.limits.rate.requests_per_minute),
            "requests to each server in a minute, as hosted providers limit them; 0: no limit")
          .free()
          .only_with(kOpenai),
      whole("policy.limits.tokens_per_minute", {0, kMostRate}, AT(policy.http.limits.rate.tokens_per_minute),
            "tokens of prompts and completions at each server in a minute; a request takes its prompt and "
            "max_tokens of each sibling until its reply tells how many there were; 0: no limit")
          .free()
          .only_with(kOpenai),
      seconds("policy.limits.stall_s", {0.001, 86400}, AT(policy.http.limits.stall),
              "seconds between two bytes of a stream, the first aside")
          .free()
          .only_with(kOpenai),
      whole("policy.limits.retries", {0, 1000}, AT(policy.http.limits.retries),
            "quick further attempts of one request that fails while others are answered; then it rests, "
            "five times and longer each time, for as many attempts again, before it counts as refused")
          .free()
          .only_with(kOpenai),
      seconds("policy.limits.patience_s", {0, 1e9}, AT(crawl.patience),
              "seconds that a lost server is waited for before the run stops; the same command goes on")
          .free()
          .only_with(kOpenai),
  };
}

}  // namespace

std::vector<Key<Config>> policy_keys() {
  std::vector<Key<Config>> keys = asking_keys();
  for (Key<Config>& key : limit_keys()) keys.push_back(std::move(key));
  for (Key<Config>& key : price_keys("policy.prices", AT(crawl.prices))) keys.push_back(std::move(key));
  return keys;
}

std::vector<Key<Config>> judge_keys() {
  std::vector<Key<Config>> keys = {
      named<JudgeKind>(
          "judge.kind",
          {{"none", JudgeKind::kNone}, {"openai", JudgeKind::kOpenai}, {"simulated", JudgeKind::kSimulated}},
          AT(judge.kind),
          "who decides the final answers of type judge. openai: a model on OpenAI-compatible "
          "servers, with the time-outs, retries and patience of policy.limits; simulated: built "
          "in, compares words; none: nobody, and problems of this type are put aside"),
      endpoints("judge.endpoints", AT(judge.http.endpoints),
                "its servers; when a run goes on, only their models must be the same")
          .required()
          .only_with(kOpenaiJudge),
      headers<Config>("judge.headers", AT(judge.http.headers), "headers of its requests, as policy.headers")
          .free()
          .only_with(kOpenaiJudge),
      path("judge.ca_file", AT(judge.http.ca_file), "as policy.ca_file, for its servers")
          .may_be_empty()
          .free()
          .only_with(kOpenaiJudge),
      named("judge.ask", names_of(checker::kAsks), AT(crawl.judge.ask),
            "about which answers. undecided: those that the rules cannot tell; not-right: all that the rules "
            "do not call right; all: all, so that rules and judge can be compared")
          .only_with(kSomeJudge),
      text("judge.prompt.system", AT(judge.http.prompt.system), "system message; empty: none")
          .may_be_empty()
          .only_with(kOpenaiJudge),
      text("judge.prompt.user", AT(crawl.judge.prompt),
           "user message; {reference} and {answer} must be in it, {question} and {choices} may be. The reply "
           "must end with \"Verdict: right\" or \"Verdict: wrong\", or with one such word")
          .rule(kJudgeRule)
          .only_with(kSomeJudge),
      real("judge.temperature", {0, 10}, AT(judge.http.sampling.temperature), "sampling temperature")
          .only_with(kSomeJudge),
      object("judge.extra", kExtraRule, AT(judge.http.extra), "further keys of its requests, as policy.extra")
          .later()
          .only_with(kOpenaiJudge),
      whole("judge.max_tokens", {1, 1e7}, AT(crawl.judge.max_tokens),
            "generated tokens of one reply, at most; one that is cut off decides nothing")
          .only_with(kSomeJudge),
      auto_or_whole("judge.in_flight", 65536, AT(judge.http.limits.in_flight),
                    "replies at each server at once; auto: found by trying")
          .free()
          .only_with(kSomeJudge),
  };
  for (Key<Config>& key : price_keys("judge.prices", AT(crawl.judge.prices)))
    keys.push_back(std::move(key).only_with(kSomeJudge));
  return keys;
}

const std::vector<Key<http::Endpoint>>& endpoint_keys() {
  using http::Endpoint;
  static const std::vector<Key<Endpoint>> kKeys = {
      text<Endpoint>("url", AT(url), "the base address, without /chat/completions").rule(kUrlRule).required(),
      text<Endpoint>("model", AT(model), "the model's name; empty: the one that the server lists")
          .may_be_empty(),
      text<Endpoint>("dialect", AT(dialect),
                     "how the server is asked to go on from a prefix; auto: by what its model list says"),
      text<Endpoint>("api_key_env", AT(api_key_env),
                     "name of the environment variable that holds the API key")
          .may_be_empty()
          .rule(kVariableRule),
      path<Endpoint>("api_key_file", AT(api_key_file), "or the file that holds it").may_be_empty(),
      real<Endpoint>("weight", {0.001, 1e6}, AT(weight), "share of the work beside other endpoints"),
      text<Endpoint>(
          "chat_template", AT(chat_template),
          "for servers that take raw prompts alone (llama-cpp-python, tgi): chatml, llama-3, mistral, "
          "gemma, phi-3, or a text with {user} in it")
          .may_be_empty(),
      named<http::ImageMode, Endpoint>(
          "images",
          {{"data", http::ImageMode::kData},
           {"uuid", http::ImageMode::kUuid},
           {"file", http::ImageMode::kFile}},
          AT(images),
          "data: as data URLs; uuid: by name once the server has seen them (vLLM); file: as file:// "
          "URLs below media_path"),
      text<Endpoint>("media_path", AT(media_path), "where dataset.root is on the server, for images: file")
          .may_be_empty(),
      object<Endpoint>("extra", kExtraRule, AT(extra),
                       "further keys of this server's requests, beside policy.extra (or judge.extra) and in "
                       "place of those of the same name; of two maps, their members"),
      headers<Endpoint>("headers", AT(headers),
                        "headers of this server's requests, beside policy.headers (or judge.headers) and in "
                        "place of those of the same name"),
      path<Endpoint>("ca_file", AT(ca_file), "for this server, in place of policy.ca_file (or judge.ca_file)")
          .may_be_empty(),
      whole<Endpoint>(
          "requests_per_minute", {0, kMostRate}, AT(rate.requests_per_minute),
          "for this server, in place of policy.limits.requests_per_minute; 0: that one (of a judge: "
          "no limit)"),
      whole<Endpoint>(
          "tokens_per_minute", {0, kMostRate}, AT(rate.tokens_per_minute),
          "for this server, in place of policy.limits.tokens_per_minute; 0: that one (of a judge: no "
          "limit)"),
  };
  return kKeys;
}

#undef AT

}  // namespace viltree::config
