#include "unknown_keys.hpp"

#include "policy_fixture.hpp"

#include <viltree/json/value.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

using namespace viltree;
using namespace viltree::http;
using namespace viltree::http::testing;
using Keys = std::vector<std::string>;
using Why = policy::Uncompleted::Why;

TEST_CASE("http unknown keys: they are found where servers put them") {
  const std::vector<std::pair<std::string, Keys>> cases = {
      {R"({"detail":[{"type":"extra_forbidden","loc":["body","top_k"],"msg":"Extra inputs are not permitted"},
                     {"type":"extra_forbidden","loc":["body","min_p"],"msg":"Extra inputs are not permitted"},
                     {"type":"missing","loc":["body","model"],"msg":"Field required"}]})",
       {"top_k", "min_p"}},
      {R"({"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","top_k"]}]}})",
       {"top_k"}},
      {R"({"error":{"message":{"detail":[{"type":"value_error.extra","loc":["top_k"]}]}}})", {"top_k"}},
      {R"({"error":{"message":"Unknown parameter: 'top_k'.","param":"top_k","code":"unknown_parameter"}})",
       {"top_k"}},
      {R"({"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use
          'max_completion_tokens' instead.","param":"max_tokens","code":"unsupported_parameter"}})",
       {"max_tokens"}},
      {R"({"error":{"message":"Unrecognized request argument supplied: top_k"}})", {"top_k"}},
      {R"({"error":"Failed to deserialize the JSON body: unknown field `min_p`, expected one of `model`"})",
       {"min_p"}},
      {R"({"error":{"message":"property 'top_k' is unsupported"}})", {"top_k"}},
      {R"({"type":"error","error":{"message":"top_k: Extra inputs are not permitted"}})", {"top_k"}},
      {R"({"detail":"Unknown field 'seed'"})", {"seed"}},
  };
  for (const auto& [body, keys] : cases) {
    CAPTURE(body);
    std::string text = body;
    std::replace(text.begin(), text.end(), '\n', ' ');
    const auto document = json::parse(text);
    REQUIRE(document.has_value());
    CHECK(unknown_keys_of(*document) == keys);
  }
}

TEST_CASE("http unknown keys: what is said of a message or of a value is no key that is unknown") {
  for (const char* body :
       {R"({"detail":[{"type":"extra_forbidden","loc":["body","messages",0,"content"],"msg":"…"}]})",
        R"({"detail":[{"type":"extra_forbidden","loc":["body","messages"]}]})",
        R"({"detail":[{"type":"value_error","loc":["body","top_k"],"msg":"top_k must be -1 or more"}]})",
        R"({"error":{"message":"messages.1.content.0.image_url: Extra inputs are not permitted"}})",
        R"({"error":{"message":"unknown variant `image_url`, expected `text`"}})",
        R"({"error":{"message":"Unknown parameter: 'image_url'."}})",
        R"({"error":{"message":"'max_tokens' is too large: 99999","param":"max_tokens","code":null}})",
        R"({"error":{"message":"This model's maximum context length is 100 tokens"}})", R"({"error":[1]})",
        R"({"detail":{"loc":7}})", "[]", "7"}) {
    CAPTURE(body);
    const auto document = json::parse(body);
    REQUIRE(document.has_value());
    CHECK(unknown_keys_of(*document).empty());
  }
}

TEST_CASE("http unknown keys: a server that does not know what it is sent refuses us, and they are named") {
  const std::string body =
      R"({"detail":[{"type":"extra_forbidden","loc":["body","top_k"],"msg":"Extra inputs are not permitted"}]})";
  for (const unsigned status : {400U, 422U}) {
    ScriptedServer server({{status, body}});
    const auto policy = started(options_for(server));
    const auto result = ask(*policy, sample_of(*policy)).get();
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().why == Why::kRefusesUs);
    CHECK(has(result.error().reason, "it does not take these keys of a request: top_k."));
    CHECK(has(result.error().reason, "the endpoint's dialect, which is vllm"));
    CHECK(server.chat_requests().size() == 1);
  }
}

TEST_CASE("http unknown keys: what every request has is no matter of the dialect") {
  const auto reason = [](const std::string& key) {
    const std::string message = "Unsupported parameter: '" + key + "' is not supported with this model.";
    ScriptedServer server({{400U, R"({"error":{"message":")" + message + R"("}})"}});
    const auto policy = started(options_for(server));
    const auto result = ask(*policy, sample_of(*policy)).get();
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().why == Why::kRefusesUs);
    return result.error().reason;
  };
  for (const char* key : {"top_p", "temperature", "seed", "n"}) {
    CHECK(has(reason(key), std::string(key) + " is part of every request, and no setting leaves it out"));
    CHECK_FALSE(has(reason(key), "dialect"));
  }
  CHECK(has(reason("logprobs"), "logprobs is left out with policy.logprobs: false)"));
  CHECK(has(reason("stop"), "stop is left out with policy.stop: [])"));
}
