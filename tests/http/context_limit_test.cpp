#include "context_limit.hpp"

#include "policy_fixture.hpp"

#include <nlohmann/json.hpp>

using namespace viltree;
using namespace viltree::http;
using namespace viltree::http::testing;

namespace {

/// "window-prompt", or "?".
std::string limit_of(std::string_view message, std::uint32_t max_tokens = 1000) {
  const auto limit = context_limit_of(message, max_tokens);
  return limit ? std::to_string(limit->window) + "-" + std::to_string(limit->prompt) : "?";
}

}  // namespace

TEST_CASE("http context: the window and the prompt are read from servers' words") {
  for (const char* message :
       {"This model's maximum context length is 2048 tokens. You requested 2100 tokens (1100 in the "
        "messages).",
        "'max_tokens' is too large: 1000. The maximum context length is 2048 and there are 1100 input "
        "tokens.",
        "Exceeds the context length of 2048 tokens: 1100 tokens from the input messages, 1000 to write.",
        "`inputs` tokens + `max_new_tokens` must be <= 2048. Given: 1100 `inputs` tokens and 1000 more",
        "The context window is 2048 tokens; you requested 2100 tokens.",
        "MAXIMUM CONTEXT LENGTH IS 2048 TOKENS, 1100 IN THE PROMPT"}) {
    CHECK_MESSAGE(limit_of(message) == "2048-1100", message);
  }
}

TEST_CASE("http context: what tells no numbers, or is about something else, is no limit") {
  CHECK(limit_of("") == "?");
  CHECK(limit_of("max_tokens must be at most 512") == "?");
  CHECK(limit_of("the context length was exceeded") == "?");
  CHECK(limit_of("the context length of llama-3-8b is 8192 tokens, 8000 in the prompt") == "8192-8000");
  CHECK(limit_of("context length is 131,072 tokens, and there are 130,050 input tokens") == "131072-130050");
  CHECK_FALSE(is_about_context("temperature must be <= 2.0"));
  CHECK_FALSE(is_about_context("n must be <= 1"));
  CHECK(limit_of("maximum context length is 99999999999999999999 tokens, 7 in the prompt") == "?");
  CHECK(is_about_context("The Context Window is 100 tokens, and you requested 101"));
  CHECK(is_about_context("error type exceed_context_size_error"));
  CHECK_FALSE(is_about_context("assistant messages cannot be last"));
  CHECK(ContextLimit{100, 90}.room() == 10);
  CHECK(ContextLimit{100, 101}.room() == 0);
}

TEST_CASE("http context: a request that does not fit asks for what does, and its siblings at once for that") {
  ScriptedServer server;
  server.set_for(
      "\"max_tokens\":50",
      Reply{400, R"({"error":{"message":"maximum context length is 60 tokens, 22 in the prompt"}})"});
  const auto policy = started(options_for(server));
  REQUIRE(ask(*policy, sample_of(*policy, 2, "so ")).get().has_value());
  const auto requests = server.chat_requests();
  REQUIRE(requests.size() == 2);
  CHECK(nlohmann::json::parse(requests.back().body).at("max_tokens") == 38);
  CHECK(policy->counts().failures == 0);
}

TEST_CASE("http context: prefixes that leave no room are refused, however many, and the server is believed") {
  ScriptedServer server;
  server.set_for("so ", Reply{400, R"({"message":"maximum context length is 60 tokens, 60 in the prompt"})"});
  const auto policy = started(options_for(server));
  for (int i = 0; i < 20; ++i) {
    auto prompt = policy->prepare(question("Problem " + std::to_string(i)));
    REQUIRE(prompt.has_value());
    const auto result =
        ask(*policy, {.prompt = *prompt, .prefix = "so ", .n = 1, .max_tokens = 50, .seed = 7}).get();
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().why == policy::Uncompleted::Why::kRefused);
  }
  CHECK(ask(*policy, sample_of(*policy)).get().has_value());
}
