#include "policy_fixture.hpp"

#include <viltree/core/text.hpp>

#include <nlohmann/json.hpp>

using namespace viltree;
using namespace viltree::http::testing;
using Json = nlohmann::json;

namespace {

domain::Image image_of(std::string bytes) {
  domain::Image image;
  image.media_type = "image/png";
  image.path = "a.png";
  image.bytes = std::make_shared<const std::string>(std::move(bytes));
  return image;
}

Json only_body(ScriptedServer& server) {
  const auto requests = server.chat_requests();
  REQUIRE(requests.size() == 1);
  return Json::parse(requests.front().body);
}

/// The user's content of a request about that problem.
Json user_content(const domain::Problem& problem, const http::PromptTemplates& templates) {
  ScriptedServer server;
  auto options = options_for(server);
  options.prompt = templates;
  const auto policy = started(options);
  auto prompt = policy->prepare(problem);
  REQUIRE_MESSAGE(prompt.has_value(), prompt.error().message);
  REQUIRE(ask(*policy, {.prompt = *prompt, .prefix = {}}).get().has_value());
  return only_body(server).at("messages").back().at("content");
}

}  // namespace

TEST_CASE("http request: vLLM is told to go on from the prefix, and gets n and the seed") {
  ScriptedServer server;
  auto options = options_for(server);
  options.prompt.system = "Be brief.";
  options.sampling = {.temperature = 0.75, .top_p = 0.9, .stop = {"\n\n"}};
  const auto policy = started(options);
  REQUIRE(ask(*policy, sample_of(*policy, 4, "First, \"1\"\n")).get().has_value());
  const Json expected = {{"model", "test-model"},
                         {"temperature", 0.75},
                         {"top_p", 0.9},
                         {"stop", {"\n\n"}},
                         {"messages",
                          {{{"role", "system"}, {"content", "Be brief."}},
                           {{"role", "user"}, {"content", "What is 1 + 1?"}},
                           {{"role", "assistant"}, {"content", "First, \"1\"\n"}}}},
                         {"n", 4},
                         {"max_tokens", 50},
                         {"seed", 7},
                         {"return_token_ids", true},
                         {"add_generation_prompt", false},
                         {"continue_final_message", true},
                         {"top_k", -1},
                         {"min_p", 0},
                         {"repetition_penalty", 1}};
  CHECK(only_body(server) == expected);
  CHECK(server.chat_requests().front().target == "/v1/chat/completions");
  CHECK(server.chat_requests().front().header("content-type") == "application/json");
  CHECK(server.chat_requests().front().header("expect").empty());
}

TEST_CASE("http request: without a prefix vLLM opens the assistant's turn itself") {
  ScriptedServer server;
  const auto policy = started(options_for(server));
  REQUIRE(ask(*policy, sample_of(*policy)).get().has_value());
  const Json body = only_body(server);
  CHECK(body.at("messages").size() == 1);
  CHECK_FALSE(body.contains("add_generation_prompt"));
  CHECK_FALSE(body.contains("continue_final_message"));
  CHECK_FALSE(body.contains("stop"));
}

TEST_CASE("http request: llama-server gets one sibling a request, with spaced seeds, and thinking off") {
  ScriptedServer server(
      {{200, chat_body({"So one"})}, {200, chat_body({"So two"})}, {200, chat_body({"So "})}});
  server.set_models({200, models_body("tiny.gguf", "llamacpp")});
  auto options = options_for(server);
  options.limits.in_flight = 1;
  const auto policy = started(options);
  CHECK(policy->model() == "tiny.gguf");
  const auto result = ask(*policy, sample_of(*policy, 3, "So ")).get();
  REQUIRE(result.has_value());
  CHECK(result->completions[0].text == "one");  // the server repeats the prefix
  CHECK(result->completions[1].text == "two");
  CHECK(result->completions[2].text.empty());
  const auto requests = server.chat_requests();
  REQUIRE(requests.size() == 3);
  for (unsigned i = 0; i < 3; ++i) {
    const Json body = Json::parse(requests[i].body);
    CHECK(body.at("n") == 1);
    CHECK(body.at("seed") == 7 + i);
    CHECK(body.at("messages").back() == Json{{"role", "assistant"}, {"content", "So "}});
    CHECK(body.at("add_generation_prompt") == false);
    CHECK(body.at("continue_final_message") == true);
    CHECK(body.at("chat_template_kwargs") == Json{{"enable_thinking", false}});
    CHECK(body.at("reasoning_format") == "none");
    CHECK(body.at("cache_prompt") == true);
    CHECK(body.at("top_k") == 0);
    CHECK(body.at("min_p") == 0);
    CHECK(body.at("repeat_penalty") == 1);
  }
}

TEST_CASE("http request: seeds keep the bits that every server can hold, and are the same for all") {
  for (const char* owner : {"vllm", "llamacpp"}) {
    ScriptedServer server;
    server.set_models({200, models_body("m", owner)});
    const auto policy = started(options_for(server));
    auto sample = sample_of(*policy);
    sample.seed = ~std::uint64_t{0};
    REQUIRE(ask(*policy, sample).get().has_value());
    CHECK(only_body(server).at("seed") == (1U << 30U) - 1);
  }
}

TEST_CASE("http request: extra keys are in every question at the start, in canaries and in samples") {
  // Eight failures in a row, and canaries after them.
  ScriptedServer server(std::vector<Reply>(12, {500, "{}"}));
  auto options = options_for(server);
  options.extra = R"({"top_k":20,"chat_template_kwargs":{"a":1}})";
  options.endpoints.front().extra = R"({"top_k":5,"chat_template_kwargs":{"b":2}})";
  const auto policy = started(options);
  REQUIRE(ask(*policy, sample_of(*policy)).get().has_value());
  REQUIRE(server.chat_requests().size() > 12);
  options.probe = true;
  static_cast<void>(made(options)->start());
  REQUIRE(server.chat_requests().size() > 14);
  for (const auto& request : server.chat_requests()) {
    const Json body = Json::parse(request.body);
    CHECK(body.at("top_k") == 5);
    CHECK(body.at("chat_template_kwargs") == Json{{"a", 1}, {"b", 2}});
  }
}

TEST_CASE("http request: headers are in every request, an endpoint's own in place of those of all") {
  REQUIRE(setenv("VILTREE_TEST_TEAM", "blue", 1) == 0);
  REQUIRE(setenv("VILTREE_TEST_OTHER", "a \"b\": c;", 1) == 0);
  ScriptedServer server(std::vector<Reply>(12, {500, "{}"}));  // so that canaries are sent, too
  auto options = options_for(server);
  options.headers = {{"X-Team", "VILTREE_TEST_TEAM"}, {"X-Other", "VILTREE_TEST_TEAM"}};
  options.endpoints.front().headers = {{"x-other", "VILTREE_TEST_OTHER"}};
  const auto policy = started(options);
  REQUIRE(ask(*policy, sample_of(*policy)).get().has_value());
  options.probe = true;
  static_cast<void>(made(options)->start());
  unsetenv("VILTREE_TEST_TEAM");
  unsetenv("VILTREE_TEST_OTHER");
  auto requests = server.chat_requests();
  REQUIRE(requests.size() > 14);
  for (auto& request : server.model_requests()) requests.push_back(request);
  for (const auto& request : requests) {
    CHECK(request.header("x-team") == "blue");
    CHECK(request.header("x-other") == "a \"b\": c;");
    CHECK(request.header("authorization").empty());
  }
}

TEST_CASE("http request: a greedy policy asks for one choice at a time") {
  ScriptedServer server;
  auto options = options_for(server);
  options.sampling.temperature = 0;
  const auto policy = started(options);
  REQUIRE(ask(*policy, sample_of(*policy, 2)).get().has_value());
  CHECK(server.chat_requests().size() == 2);
}

TEST_CASE("http request: an image arrives byte for byte, also when the request is repeated") {
  ScriptedServer server({{503, "{}"}, {.how = Reply::How::kResetFirst}});
  const auto policy = started(options_for(server));
  std::string bytes(300'001, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + i / 256);
  auto problem = question("What is <image1>?");
  problem.images = {image_of(bytes)};
  auto prompt = policy->prepare(problem);
  REQUIRE(prompt.has_value());
  REQUIRE(ask(*policy, {.prompt = *prompt, .prefix = "It is", .n = 1}).get().has_value());
  const auto requests = server.chat_requests();
  REQUIRE(requests.size() == 3);
  for (const Request& request : requests) {
    const Json content = Json::parse(request.body).at("messages").at(0).at("content");
    REQUIRE(content.size() == 3);
    const auto url = content.at(1).at("image_url").at("url").get<std::string>();
    const std::string head = "data:image/png;base64,";
    REQUIRE(url.starts_with(head));
    std::string back;
    REQUIRE(core::base64_decode(std::string_view(url).substr(head.size()), back));
    CHECK(back == bytes);
  }
}

TEST_CASE("http request: marks become their images, and images without a mark come first") {
  auto problem = question("Is <image2> like <image 1> and <image9>?");
  problem.images = {image_of("one"), image_of("two"), image_of("three")};
  const Json content = user_content(problem, {.user = "{question}"});
  const auto image = [](const std::string& base64) {
    return Json{{"type", "image_url"}, {"image_url", {{"url", "data:image/png;base64," + base64}}}};
  };
  const auto text = [](const std::string& words) { return Json{{"type", "text"}, {"text", words}}; };
  CHECK(content == Json{image("dGhyZWU="), text("Is "), image("dHdv"), text(" like "), image("b25l"),
                        text(" and <image9>?")});
}

TEST_CASE("http request: <image> without a number is the next image, and stays text where there is none") {
  auto problem = question("<image><image>");
  problem.images = {image_of("one")};
  const Json content = user_content(problem, {.user = "{question}"});
  REQUIRE(content.size() == 2);
  CHECK(content.at(0).at("type") == "image_url");
  CHECK(content.at(1) == Json{{"type", "text"}, {"text", "<image>"}});
}

TEST_CASE("http request: choices follow the question unless the template places them") {
  auto problem = question("Which {choices}?");
  problem.choices = {"red", "blue"};
  CHECK(user_content(problem, {.user = "{question}\n\nAnswer in \\boxed{}."}) ==
        "Which {choices}?\nA. red\nB. blue\n\nAnswer in \\boxed{}.");
  CHECK(user_content(problem, {.user = "Of\n{choices}\n{question}"}) ==
        "Of\nA. red\nB. blue\nWhich {choices}?");
}

TEST_CASE("http request: a problem that cannot be sent is refused with its name") {
  ScriptedServer server;
  const auto policy = made(options_for(server));
  auto unloaded = question("?");
  unloaded.images = {image_of("")};
  unloaded.images.front().bytes.reset();
  auto marks = question("");
  marks.images = {image_of("x")};
  for (int i = 0; i < 200; ++i) marks.question += "<image1>";
  auto many = question("?");
  many.choices.resize(27, "x");
  for (const auto& problem : {unloaded, marks, many, question("\xFF")}) {
    const auto prompt = policy->prepare(problem);
    REQUIRE_FALSE(prompt.has_value());
    CHECK(prompt.error().kind == core::ErrorKind::kInvalidInput);
    CHECK(prompt.error().message.find("problem p1") != std::string::npos);
  }
}

TEST_CASE("http request: a prefix that is no UTF-8 is refused without a request") {
  ScriptedServer server;
  const auto policy = started(options_for(server));
  const auto result = ask(*policy, sample_of(*policy, 1, "\xC3")).get();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().why == policy::Uncompleted::Why::kRefused);
  CHECK(server.chat_requests().empty());
}
