#include "dialect.hpp"

#include "completion.hpp"
#include "samples.hpp"
#include "service_fixture.hpp"

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::simulated;
using Json = nlohmann::json;

namespace {

/// As a client reads them: without a prefix that the server repeats.
std::vector<std::string> texts_of(const HttpReply& reply, const std::string& repeated) {
  std::vector<std::string> texts;
  REQUIRE_MESSAGE(reply.status == 200, reply.body);
  const Json parsed = Json::parse(reply.body);
  for (const Json& choice : parsed.at("choices")) {
    std::string text = choice.contains("text") ? choice.at("text").get<std::string>()
                                               : choice.at("message").at("content").get<std::string>();
    if (!repeated.empty()) {
      REQUIRE(text.starts_with(repeated));
      text.erase(0, repeated.size());
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

std::string drawn(const domain::Problem& problem, const std::string& prefix, std::uint64_t seed) {
  return complete(model_of(problem), prefix, {}, {1024, seed}).text;
}

/// A chat that ends with a message of the assistant, without any flag.
Json plain_chat(const domain::Problem& problem, const std::string& prefix, std::uint64_t seed) {
  return without(without(chat_body(problem, prefix, 1, seed), "continue_final_message"),
                 "add_generation_prompt");
}

Json error_of(const HttpReply& reply) {
  CHECK(reply.status >= 400);
  return Json::parse(reply.body);
}

}  // namespace

TEST_CASE("dialects: the same request gives the embedded policy's completions in each, streamed or not") {
  for (const std::string& name : dialect_names()) {
    CAPTURE(name);
    const Dialect& dialect = *find_dialect(name);
    const auto service = open_dialect(name);
    const auto problem = dialect.takes_images ? make_problem(kSeed, 1) : foreign_problem();
    const std::string prefix = complete(model_of(problem), "", {}, {25, 3}).text;
    auto request = continuation(name, problem, prefix, 3, 70);
    const std::size_t count = dialect.most_siblings == 1 ? 1 : 3;
    const auto texts = texts_of(post(*service, request), dialect.repeats_prefix ? prefix : "");
    REQUIRE(texts.size() == count);
    request.body["stream"] = true;
    const Streamed streamed = read_stream(post(*service, request));
    CHECK(streamed.done);
    REQUIRE(streamed.choices.size() == count);
    for (std::size_t i = 0; i < count; ++i) {
      CHECK(texts[i] == drawn(problem, prefix, 70 + i));
      CHECK(streamed.choices.at(static_cast<int>(i)).text == texts[i]);
      CHECK(streamed.choices.at(static_cast<int>(i)).finish == "stop");
    }
  }
}

TEST_CASE("dialects: a chat's last assistant message is continued by some and a finished turn for others") {
  const auto problem = foreign_problem();
  const std::string prefix = "Let me see:  ";
  const std::map<std::string, std::string> prefixes = {
      {"vllm", ""},   {"sglang", ""},       {"llama-server", prefix}, {"llama-cpp-python", ""},
      {"openai", ""}, {"lmdeploy", prefix}, {"ollama", prefix},       {"tgi", "Let me see:"},
  };
  for (const auto& [name, expected] : prefixes) {
    CAPTURE(name);
    const auto service = open_dialect(name);
    const auto reply = post_chat(*service, plain_chat(problem, prefix, 5));
    const std::string repeated = find_dialect(name)->repeats_prefix ? expected : "";
    CHECK(texts_of(reply, repeated).at(0) == drawn(problem, expected, 5));
  }
  CHECK(prefixes.size() == dialects().size());
}

TEST_CASE("dialects: sglang continues a plain string, and silently begins anew after a list of parts") {
  const auto service = open_dialect("sglang");
  const auto problem = foreign_problem();
  Json body = with(plain_chat(problem, "Half a", 5), "continue_final_message", true);
  CHECK(texts_of(post_chat(*service, body), "").at(0) == drawn(problem, "Half a", 5));
  body["messages"][1]["content"] = {{{"type", "text"}, {"text", "Half a"}}};
  CHECK(texts_of(post_chat(*service, body), "").at(0) == drawn(problem, "", 5));
}

TEST_CASE(
    "dialects: llama-server takes both flags or none, and repeats the prefix where it does not stream") {
  const auto service = open_dialect("llama-server");
  const auto problem = foreign_problem();
  const Json both = chat_body(problem, "Half a", 1, 5);
  CHECK(texts_of(post_chat(*service, both), "Half a").at(0) == drawn(problem, "Half a", 5));
  CHECK(post_chat(*service, without(both, "add_generation_prompt")).status == 400);
  CHECK(post_chat(*service, with(both, "stream", true)).body.find("Half a") == std::string::npos);
  const Json several = with(both, "n", 3);
  const Json usage = Json::parse(post_chat(*service, several).body)["usage"];
  CHECK(usage["completion_tokens"] == *complete(model_of(problem), "Half a", {}, {1024, 5}).tokens);
  CHECK(post_chat(*service, with(both, "n", 5)).status == 400);
  const Json wide = with(both, "seed", (std::uint64_t{1} << 32U) + 5);
  CHECK(texts_of(post_chat(*service, wide), "Half a").at(0) == drawn(problem, "Half a", 5));
  const Json neutral = {{"top_k", 0},
                        {"min_p", 0},
                        {"repeat_penalty", 1.0},
                        {"cache_prompt", true},
                        {"reasoning_format", "none"},
                        {"chat_template_kwargs", {{"enable_thinking", false}}},
                        {"include_stop_str_in_output", true},
                        {"stop", "\n\n"}};
  Json asked = both;
  asked.update(neutral);
  const policy::SamplingOptions cut{1, 1, {"\n\n"}};
  CHECK(texts_of(post_chat(*service, asked), "Half a").at(0) ==
        complete(model_of(problem), "Half a", cut, {1024, 5}).text);
  CHECK(post_chat(*service, with(both, "repeat_penalty", 1.1)).status == 400);
}

TEST_CASE(
    "dialects: openai refuses keys that it does not know, and goes on only where it is asked in words") {
  const auto service = open_dialect("openai");
  const auto problem = foreign_problem();
  const Json body = plain_chat(problem, "", 5);
  const Json error = error_of(post_chat(*service, with(body, "top_k", -1)))["error"];
  CHECK(error["message"] == "Unrecognized request argument supplied: top_k");
  CHECK(error["type"] == "invalid_request_error");
  CHECK(post_chat(*service, with(body, "add_generation_prompt", true)).status == 400);
  CHECK(post_chat(*service, with(body, "max_completion_tokens", 9)).status == 400);
  CHECK(post_chat(*service, with(without(body, "max_tokens"), "max_completion_tokens", 9)).status == 200);
  CHECK(post_chat(*service, with(body, "n", 128)).status == 200);
  CHECK(post_chat(*service, with(body, "n", 129)).status == 400);
  CHECK(post_chat(*service, with(body, "stop", {"a", "b", "c", "d", "e"})).status == 400);
  CHECK(post_chat(*service, with(body, "temperature", 2.5)).status == 400);
  CHECK(error_of(post_raw(*service, {{"model", kModelName}, {"prompt", "x"}}))["error"]["param"] == "model");
  const Json usage = Json::parse(post_chat(*service, body).body)["usage"];
  CHECK(usage["completion_tokens_details"]["reasoning_tokens"] == 0);
  CHECK(usage["prompt_tokens_details"]["cached_tokens"] == 0);
}

TEST_CASE("dialects: n, and what they know of stop strings") {
  const auto problem = foreign_problem();
  const policy::SamplingOptions stop{1, 1, {"\n\n"}};
  const std::string cut = complete(model_of(problem), "", stop, {1024, 5}).text;
  const std::map<std::string, std::string> keys = {{"vllm", "include_stop_str_in_output"},
                                                   {"sglang", "no_stop_trim"},
                                                   {"lmdeploy", "include_stop_str_in_output"}};
  for (const std::string& name : dialect_names()) {
    CAPTURE(name);
    const auto service = open_dialect(name);
    Json body = with(plain_chat(problem, "", 5), "stop", {"\n\n"});
    CHECK(texts_of(post_chat(*service, body), "").at(0) == cut + (name == "tgi" ? "\n\n" : ""));
    const auto key = keys.find(name);
    if (key != keys.end()) {
      CHECK(texts_of(post_chat(*service, with(body, key->second, true)), "").at(0) == cut + "\n\n");
    }
    body["n"] = find_dialect(name)->most_siblings == 1 ? 9 : 2;
    CHECK(texts_of(post_chat(*service, body), "").size() == (find_dialect(name)->most_siblings == 1 ? 1 : 2));
  }
}

TEST_CASE("dialects: vllm says which stop string it met, and lists token ids where asked") {
  const auto service = open_dialect("vllm");
  const Json body = with(plain_chat(foreign_problem(), "", 5), "stop", {"\n\n"});
  const Json choice = Json::parse(post_chat(*service, body).body)["choices"][0];
  CHECK(choice["stop_reason"] == "\n\n");
  CHECK_FALSE(choice.contains("token_ids"));
  const Json asked = Json::parse(post_chat(*service, with(body, "return_token_ids", true)).body);
  CHECK(asked["choices"][0]["token_ids"].size() == asked["usage"]["completion_tokens"]);
  const Json ended = Json::parse(post_chat(*service, without(body, "stop")).body)["choices"][0];
  CHECK(ended["stop_reason"].is_null());
}

TEST_CASE("dialects: each says who it is, in the way of its servers") {
  const std::map<std::string, std::pair<std::string, std::string>> known = {
      {"vllm", {"vllm", "/version"}},           {"sglang", {"sglang", "/get_model_info"}},
      {"llama-server", {"llamacpp", "/props"}}, {"llama-cpp-python", {"me", ""}},
      {"lmdeploy", {"lmdeploy", ""}},           {"ollama", {"library", "/api/version"}},
      {"tgi", {kModelName, "/info"}},           {"openai", {"openai", ""}}};
  for (const std::string& name : dialect_names()) {
    CAPTURE(name);
    const auto service = open_dialect(name);
    const auto& [owner, page] = known.at(name);
    const Json models = Json::parse(get(*service, "/v1/models").body);
    CHECK(models["data"][0]["owned_by"] == owner);
    for (const std::string path : {"/version", "/get_model_info", "/props", "/api/version", "/info"}) {
      CHECK(get(*service, path).status == (path == page ? 200 : 404));
    }
    CHECK(get(*service, "/health").status == 200);
  }
  CHECK(Json::parse(get(*open_dialect("llama-server"), "/props").body)["total_slots"] == 4);
  ServerOptions options;
  options.dialect = "llama-server";
  options.slots = 9;
  CHECK(Json::parse(get(*open_service(options), "/props").body)["total_slots"] == 9);
  options.dialect = "vlm";
  CHECK(ChatService::open(options).error().message.find("llama-server") != std::string::npos);
}

TEST_CASE("dialects: errors have the form of their servers") {
  const auto refused = [](const std::string& name) {
    return error_of(post_chat(*open_dialect(name), {{"model", kModelName}, {"messages", 3}}));
  };
  CHECK(refused("vllm")["error"]["type"] == "BadRequestError");
  CHECK(refused("vllm")["error"]["code"] == 400);
  CHECK(refused("sglang")["object"] == "error");
  CHECK(refused("sglang")["code"] == 400);
  CHECK(refused("lmdeploy")["message"].is_string());
  CHECK(refused("llama-server")["error"]["type"] == "invalid_request_error");
  CHECK(refused("llama-server")["error"].size() == 3);
  CHECK(refused("ollama")["error"]["code"].is_null());
  CHECK(refused("tgi")["error_type"] == "validation");
  CHECK(post_chat(*open_dialect("tgi"), {{"messages", 3}}).status == 422);
  CHECK(refused("openai")["error"]["param"] == "messages");
  for (const std::string name : {"vllm", "openai", "ollama", "lmdeploy"}) {
    const Json body = with(plain_chat(foreign_problem(), "", 1), "model", "other");
    CHECK(post_chat(*open_dialect(name), body).status == 404);
  }
  for (const std::string name : {"llama-server", "llama-cpp-python", "tgi", "sglang"}) {
    const Json body = without(plain_chat(foreign_problem(), "", 1), "model");
    CHECK(post_chat(*open_dialect(name), body).status == 200);
  }
}

TEST_CASE("dialects: ollama passes over what it does not know, others refuse what would change the reply") {
  const Json body = with(plain_chat(foreign_problem(), "", 1), "top_k", 40);
  CHECK(post_chat(*open_dialect("ollama"), with(body, "n", "many")).status == 200);
  CHECK(post_chat(*open_dialect("ollama"), with(body, "frequency_penalty", 1)).status == 400);
  for (const std::string name : {"vllm", "sglang", "llama-server", "lmdeploy", "llama-cpp-python"}) {
    CHECK(post_chat(*open_dialect(name), body).status == 400);
  }
}

TEST_CASE("dialects: llama-cpp-python takes no images") {
  const auto service = open_dialect("llama-cpp-python");
  CHECK(post_chat(*service, plain_chat(make_problem(kSeed, 0), "", 1)).status == 400);
}

TEST_CASE("raw prompts: every dialect but openai's goes on from a template's exact last character") {
  const auto problem = foreign_problem();
  for (const std::string& name : dialect_names()) {
    if (name == "openai") continue;
    CAPTURE(name);
    const auto service = open_dialect(name);
    const Json body = {{"model", kModelName},
                       {"prompt", chatml(problem.question, "Some blanks:  ")},
                       {"seed", 8},
                       {"max_tokens", 1024}};
    const Json reply = Json::parse(post_raw(*service, body).body);
    CHECK(reply["object"] == "text_completion");
    const Json& choice = reply["choices"][0];
    CHECK(choice["text"] == drawn(problem, "Some blanks:  ", 8));
    CHECK(choice["index"] == 0);
    CHECK(choice["finish_reason"] == "stop");
    CHECK(choice["logprobs"].is_null());
    CHECK(post_raw(*service, with(body, "prompt", {1, 2})).status >= 400);
    CHECK(post_raw(*service, with(body, "echo", true)).status == (name == "ollama" ? 200
                                                                  : name == "tgi"  ? 422
                                                                                   : 400));
  }
}

TEST_CASE("raw prompts: what is no ChatML is the question, and nothing crashes") {
  const auto service = open_dialect("vllm");
  const std::string start = "<|im_start|>";
  for (const std::string& prompt :
       {std::string("How many bolts?"), start, start + "assistant", start + "user\nHello", start + "\n\n",
        start + "user\nHi<|im_end|>\n", std::string("<|im_end|>"), std::string(),
        start + "assistant\nHi<|im_end|><|im_end|>", std::string("[INST] x [/INST] y")}) {
    CAPTURE(prompt);
    const Json body = {{"model", kModelName}, {"prompt", prompt}, {"seed", 1}, {"max_tokens", 1024}};
    domain::Problem whole;
    whole.question = prompt;
    CHECK(texts_of(post_raw(*service, body), "").at(0) == drawn(whole, "", 1));
  }
}

TEST_CASE("raw prompts: tgi takes images as markdown") {
  const auto service = open_dialect("tgi");
  const auto problem = make_problem(kSeed, 2);
  const std::string image = "![](" + data_url(*problem.images[0].bytes) + ")";
  Json body = {{"prompt", chatml(image + problem.question, "Row")}, {"seed", 4}, {"max_tokens", 1024}};
  const Json reply = Json::parse(post_raw(*service, body).body);
  CHECK(reply["choices"][0]["text"] == drawn(problem, "Row", 4));
  CHECK(reply["usage"]["prompt_tokens"] > kImageTokens);
  CHECK(reply["usage"]["prompt_tokens"] < 2 * kImageTokens);
  body["prompt"] = chatml("![](data:image/png;base64,*)", "");
  CHECK(post_raw(*service, body).status == 422);
  body["prompt"] = chatml("![](no end", "");
  CHECK(post_raw(*service, body).status == 200);
}

TEST_CASE("raw prompts: tokens' log-probabilities have the old form") {
  const auto service = open_dialect("vllm");
  const Json body = {{"model", kModelName}, {"prompt", "What?"}, {"logprobs", 1}, {"max_tokens", 5}};
  const Json logprobs = Json::parse(post_raw(*service, body).body)["choices"][0]["logprobs"];
  CHECK(logprobs["tokens"].size() == 5);
  CHECK(logprobs["token_logprobs"].size() == 5);
  CHECK(logprobs["text_offset"][0] == 0);
}
