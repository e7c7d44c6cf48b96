#include "dialect.hpp"
#include "policy_fixture.hpp"
#include "request_writer.hpp"

#include <viltree/http/extra_keys.hpp>
#include <viltree/policy/reprompt.hpp>

#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

using namespace viltree;
using namespace viltree::http;
using namespace viltree::http::testing;
using Json = nlohmann::json;

namespace {

std::string text_of(const Body& body) {
  std::string text;
  for (const Segment& segment : body.segments()) text += *segment;
  return text;
}

domain::Problem with_image() {
  auto problem = question("What is <image1>, \"this\"?");
  domain::Image image;
  image.media_type = "image/png";
  image.sha256 = "abc123";
  image.path = "a b/1.png";
  image.bytes = std::make_shared<const std::string>("one");
  problem.images = {image};
  return problem;
}

WriterOptions writer_for(const std::string& dialect) {
  WriterOptions options;
  options.model = "m";
  options.dialect = find_dialect(dialect);
  REQUIRE(options.dialect != nullptr);
  options.continuation = options.dialect->continuation;
  options.chat_template = *find_chat_template("chatml");
  return options;
}

Json written(const WriterOptions& options, const domain::Problem& problem, const std::string& prefix,
             const RequestDraw& draw = {2, 50, 7, false}) {
  const auto prompt = make_chat_prompt({.user = "{question}"}, problem);
  REQUIRE(prompt.has_value());
  return Json::parse(text_of(RequestWriter(options).write(**prompt, make_prefix(prefix), draw)));
}

const Json kCommon = {{"model", "m"}, {"temperature", 1.0}, {"top_p", 1.0}};

Json common(std::initializer_list<std::pair<std::string, Json>> more) {
  Json all = kCommon;
  for (const auto& [key, value] : more) all[key] = value;
  return all;
}

Json messages(const std::string& prefix) {
  return {{{"role", "user"}, {"content", "1 + 1?"}}, {{"role", "assistant"}, {"content", prefix}}};
}

}  // namespace

TEST_CASE("http dialect: what each server is sent to go on from a prefix") {
  const std::string prefix = "It's \"2\"\n ";
  const auto problem = question("1 + 1?");
  CHECK(written(writer_for("vllm"), problem, prefix) == common({{"messages", messages(prefix)},
                                                                {"n", 2},
                                                                {"max_tokens", 50},
                                                                {"seed", 7},
                                                                {"return_token_ids", true},
                                                                {"add_generation_prompt", false},
                                                                {"continue_final_message", true},
                                                                {"top_k", -1},
                                                                {"min_p", 0},
                                                                {"repetition_penalty", 1}}));
  CHECK(written(writer_for("sglang"), problem, prefix) == common({{"messages", messages(prefix)},
                                                                  {"n", 2},
                                                                  {"max_tokens", 50},
                                                                  {"seed", 7},
                                                                  {"continue_final_message", true},
                                                                  {"separate_reasoning", false},
                                                                  {"top_k", -1},
                                                                  {"min_p", 0},
                                                                  {"repetition_penalty", 1}}));
  CHECK(written(writer_for("lmdeploy"), problem, prefix) == common({{"messages", messages(prefix)},
                                                                    {"n", 2},
                                                                    {"max_tokens", 50},
                                                                    {"seed", 7},
                                                                    {"top_k", 0},
                                                                    {"min_p", 0},
                                                                    {"repetition_penalty", 1},
                                                                    {"skip_special_tokens", true}}));
  CHECK(written(writer_for("ollama"), problem, prefix) == common({{"messages", messages(prefix)},
                                                                  {"max_tokens", 50},
                                                                  {"seed", 7},
                                                                  {"frequency_penalty", 0},
                                                                  {"presence_penalty", 0}}));
  const std::string raw = "<|im_start|>user\n1 + 1?<|im_end|>\n<|im_start|>assistant\n" + prefix;
  CHECK(written(writer_for("tgi"), problem, prefix) ==
        common({{"prompt", raw}, {"max_tokens", 50}, {"seed", 7}}));
  CHECK(written(writer_for("llama-cpp-python"), problem, prefix) == common({{"prompt", raw},
                                                                            {"max_tokens", 50},
                                                                            {"seed", 7},
                                                                            {"top_k", 0},
                                                                            {"min_p", 0},
                                                                            {"repeat_penalty", 1}}));
  CHECK(written(writer_for("openai"), problem, prefix) ==
        common({{"messages", {{{"role", "user"}, {"content", "1 + 1?" + policy::reprompt(prefix)}}}},
                {"n", 2},
                {"max_completion_tokens", 50},
                {"seed", 7}}));
}

TEST_CASE("http dialect: every one is found by its name and sends the prefix, a limit of tokens and a seed") {
  std::set<std::string_view> names;
  for (const Dialect* dialect : dialects()) {
    CAPTURE(dialect->name);
    CHECK(names.insert(dialect->name).second);
    CHECK(find_dialect(dialect->name) == dialect);
    CHECK(dialect->choices_per_request >= 1);
    const Json body = written(writer_for(std::string(dialect->name)), question("1 + 1?"), "So it is 17, ");
    CHECK(body.dump().find("So it is 17, ") != std::string::npos);
    CHECK(body.contains("max_tokens") != body.contains("max_completion_tokens"));
    CHECK(body.at("seed") == 7);
  }
  CHECK(find_dialect("none") == nullptr);
}

TEST_CASE("http dialect: without a prefix nothing is said of one") {
  for (const std::string& name : dialect_names()) {
    CAPTURE(name);
    const Json body = written(writer_for(name), question("1 + 1?"), "");
    CHECK_FALSE(body.contains("continue_final_message"));
    CHECK_FALSE(body.contains("add_generation_prompt"));
    if (body.contains("messages")) CHECK(body["messages"] == Json{{{"role", "user"}, {"content", "1 + 1?"}}});
  }
}

TEST_CASE("http dialect: reprompting with an image puts the prefix into a part of its own") {
  const Json body = written(writer_for("openai"), with_image(), "So");
  const Json& content = body.at("messages").at(0).at("content");
  REQUIRE(content.size() == 4);
  CHECK(content.at(3).at("text") == policy::reprompt("So"));
  std::string text;
  for (const Json& part : content) {
    if (part.at("type") == "text") text += part.at("text").get<std::string>();
  }
  const auto taken = policy::read_reprompt(text);
  REQUIRE(taken.has_value());
  CHECK(taken->prefix == "So");
  CHECK(taken->question == "What is , \"this\"?");
}

TEST_CASE("http dialect: images go by data, by name, by file, and as markdown in raw prompts") {
  WriterOptions options = writer_for("vllm");
  const auto image = [](const Json& body) { return body.at("messages").at(0).at("content").at(1); };
  CHECK(image(written(options, with_image(), "")) ==
        Json{{"type", "image_url"}, {"image_url", {{"url", "data:image/png;base64,b25l"}}}});
  options.images = ImageMode::kUuid;
  CHECK(image(written(options, with_image(), "")) ==
        Json{{"type", "image_url"},
             {"image_url", {{"url", "data:image/png;base64,b25l"}}},
             {"uuid", "abc123"}});
  CHECK(image(written(options, with_image(), "", {1, 50, 7, true})) ==
        Json{{"type", "image_url"}, {"image_url", nullptr}, {"uuid", "abc123"}});
  options.images = ImageMode::kFile;
  options.media_path = "/data/images";
  CHECK(image(written(options, with_image(), "")) ==
        Json{{"type", "image_url"}, {"image_url", {{"url", "file:///data/images/a%20b/1.png"}}}});
  CHECK(written(writer_for("tgi"), with_image(), "").at("prompt") ==
        "<|im_start|>user\nWhat is ![](data:image/png;base64,b25l), "
        "\"this\"?<|im_end|>\n<|im_start|>assistant\n");
}

TEST_CASE("http dialect: a server that has forgotten an image gets it again") {
  const Reply forgotten{400, R"({"error":{"message":"no image of that uuid is in the cache"}})"};
  ScriptedServer server(
      {{200, chat_body({"a"})}, {200, chat_body({"b"})}, forgotten, {200, chat_body({"c"})}});
  auto options = options_for(server);
  options.endpoints.front().images = ImageMode::kUuid;
  const auto policy = started(options);
  const auto prompt = policy->prepare(with_image());
  REQUIRE(prompt.has_value());
  for (const char* text : {"a", "b", "c"}) {
    const auto result = ask(*policy, {.prompt = *prompt, .prefix = {}}).get();
    REQUIRE(result.has_value());
    CHECK(result->completions.front().text == text);
  }
  std::vector<bool> with_bytes;
  for (const Request& request : server.chat_requests())
    with_bytes.push_back(request.body.find("b25l") != std::string::npos);
  CHECK(with_bytes == std::vector<bool>{true, false, false, true});
  CHECK(policy->counts().failures == 0);
}

TEST_CASE("http dialect: streams and log-probabilities are asked for in each server's way") {
  for (const std::string& name : dialect_names()) {
    CAPTURE(name);
    WriterOptions options = writer_for(name);
    options.stream = true;
    options.logprobs = true;
    const Json body = written(options, question("1 + 1?"), "");
    CHECK(body.at("stream") == true);
    CHECK(body.contains("stream_options") == options.dialect->has_stream_options);
    CHECK(body.at("logprobs") == (options.continuation == Continuation::kRaw ? Json(1) : Json(true)));
  }
}

TEST_CASE("http dialect: servers are known by what they list") {
  const auto detected = [](const std::string& id, const std::string& owner) {
    return std::string(detect_dialect({id, owner}).name);
  };
  CHECK(detected("m", "vllm") == "vllm");
  CHECK(detected("m", "sglang") == "sglang");
  CHECK(detected("m", "llamacpp") == "llama-server");
  CHECK(detected("m", "me") == "llama-cpp-python");
  CHECK(detected("m", "lmdeploy") == "lmdeploy");
  CHECK(detected("m", "library") == "ollama");
  CHECK(detected("org/m", "org/m") == "tgi");
  CHECK(detected("gpt-x", "openai") == "openai");
  CHECK(detected("gpt-x", "system") == "openai");
  CHECK(detected("m", "who knows") == "vllm");
  CHECK(detected("", "") == "vllm");
}

TEST_CASE("http dialect: what cannot be right is said before anything is asked") {
  const auto refusal = [](auto change) {
    ScriptedServer server;
    auto options = options_for(server);
    change(options);
    const auto status = made(options)->start();
    CHECK(server.chat_requests().empty());
    return status ? std::string() : status.error().message;
  };
  const auto dialect = [](const std::string& name) {
    return [name](HttpOptions& options) { options.endpoints.front().dialect = name; };
  };
  CHECK(refusal(dialect("openai")).find("policy.continuation") != std::string::npos);
  CHECK(refusal([&](HttpOptions& options) {
          options.endpoints.front().dialect = "openai";
          options.reprompt = true;
        }).empty());
  CHECK(refusal(dialect("tgi")).find("chat_template") != std::string::npos);
  CHECK(refusal([&](HttpOptions& options) {
          options.endpoints.front().dialect = "llama-cpp-python";
          options.endpoints.front().chat_template = "{user}: ";
        }).empty());
  CHECK(refusal([&](HttpOptions& options) {
          options.endpoints.front().dialect = "sglang";
          options.endpoints.front().images = ImageMode::kUuid;
        }).find("vLLM") != std::string::npos);
  CHECK(refusal([&](HttpOptions& options) {
          options.endpoints.front().images = ImageMode::kFile;
        }).find("media_path") != std::string::npos);
}

TEST_CASE("http extra keys: they are added to what every dialect writes, and replace what it sets alone") {
  const std::string extra =
      R"({"top_k":20,"repetition_penalty":1.05,"reasoning_effort":"low","list":[1,null]})";
  for (const std::string& name : dialect_names()) {
    CAPTURE(name);
    WriterOptions options = writer_for(name);
    for (const bool stream : {false, true}) {
      options.stream = stream;
      options.extra.clear();
      Json expected = written(options, question("1 + 1?"), "So");
      expected.update(Json::parse(extra));
      options.extra = extra;
      CHECK(written(options, question("1 + 1?"), "So") == expected);
    }
  }
}

TEST_CASE("http extra keys: of two objects the members count") {
  WriterOptions options = writer_for("llama-server");
  options.extra = R"({"chat_template_kwargs":{"tools":[]}})";
  CHECK(written(options, question("1 + 1?"), "So").at("chat_template_kwargs") ==
        Json{{"enable_thinking", false}, {"tools", Json::array()}});
  options.extra = R"({"chat_template_kwargs":{"enable_thinking":true}})";
  CHECK(written(options, question("1 + 1?"), "So").at("chat_template_kwargs") ==
        Json{{"enable_thinking", true}});
}

TEST_CASE("http extra keys: none is one that some dialect writes, whatever it is asked for") {
  for (const std::string& name : dialect_names()) {
    for (const bool reprompt : {false, true}) {
      for (const bool more : {false, true}) {
        for (const std::uint32_t n : {1U, 3U}) {
          WriterOptions options = writer_for(name);
          if (reprompt) options.continuation = Continuation::kReprompt;
          options.stream = options.logprobs = more;
          if (more) options.sampling.stop = {"\n\n"};
          auto settings = json::OrderedValue::object();
          if (options.dialect->add_settings != nullptr) options.dialect->add_settings(settings);
          const Json body = written(options, with_image(), "So", {n, 50, 7, false});
          for (const auto& member : body.items()) {
            CAPTURE(name);
            CAPTURE(member.key());
            CHECK(why_not_extra(member.key()).has_value() != settings.contains(member.key()));
          }
        }
      }
    }
  }
  for (const char* key : {"messages", "prompt", "model", "n", "max_tokens", "max_completion_tokens", "seed",
                          "stop", "temperature", "top_p", "stream", "stream_options", "logprobs",
                          "top_logprobs", "continue_final_message", "add_generation_prompt",
                          "return_token_ids", "include_stop_str_in_output", "no_stop_trim"}) {
    CAPTURE(key);
    CHECK(why_not_extra(key).has_value());
  }
  for (const char* key : {"top_k", "min_p", "repetition_penalty", "repeat_penalty", "chat_template_kwargs",
                          "reasoning_effort", "stop_token_ids", "logit_bias", "provider", ""}) {
    CAPTURE(key);
    CHECK_FALSE(why_not_extra(key).has_value());
  }
}
