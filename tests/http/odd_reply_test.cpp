#include "choices.hpp"
#include "policy_fixture.hpp"
#include "reply.hpp"

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

using namespace viltree;
using namespace viltree::http::testing;
using Json = nlohmann::json;

// What is valid and odd in whole replies; stream_test has the same of streams.

namespace {

using domain::FinishReason;

/// The choice in words: how it ended and its text, or that it is lost.
std::string told(const Json& one) {
  const auto reply = http::parse_reply(body_of({one}), 1);
  if (!reply) return "defect: " + reply.error().what;
  if (!reply->lost.empty()) return "lost: " + reply->lost.front().why;
  const domain::Completion& completion = reply->choices.front().completion;
  return std::string(name(completion.finish)) + ": " + completion.text;
}

Json with_content(const Json& content, const std::string& finish = "stop") {
  Json one = choice(0, "", finish);
  one["message"]["content"] = content;
  return one;
}

Json with_member(const char* name, const Json& value, const std::string& finish = "stop") {
  Json one = choice(0, "a", finish);
  one["message"][name] = value;
  return one;
}

}  // namespace

TEST_CASE("http reply: a choice that ended is a completion, whatever words and forms the server has for it") {
  CHECK(told(with_content("a")) == "stop: a");
  CHECK(told(with_content(nullptr)) == "stop: ");
  CHECK(told(with_content(nullptr, "length")) == "length: ");
  CHECK(told(with_content(nullptr, "content_filter")) == "filter: ");
  CHECK(told(with_content(nullptr, "tool_calls")) == "filter: ");
  CHECK(told({{"message", Json::object()}, {"finish_reason", "stop"}}) == "stop: ");
  CHECK(told(with_content({{{"type", "text"}, {"text", "a"}}, {{"type", "text"}, {"text", "b"}}})) ==
        "stop: ab");
  CHECK(told(with_content(Json::array())) == "stop: ");
  for (const char* word : {"stop", "eos", "eos_token", "stop_sequence", "end_turn", "STOP"})
    CHECK(told(with_content("a", word)) == "stop: a");
  for (const char* word : {"length", "max_tokens", "MAX_TOKENS", "model_length"})
    CHECK(told(with_content("a", word)) == "length: a");
  for (const char* word : {"content_filter", "SAFETY", "function_call", "tool_use"})
    CHECK(told(with_content("a", word)) == "filter: a");
}

TEST_CASE("http reply: words of the model beside the text withhold it, and empty ones do not") {
  const Json call = {{"id", "1"}, {"type", "function"}, {"function", {{"name", "f"}, {"arguments", "{}"}}}};
  CHECK(told(with_member("tool_calls", Json::array({call}))) == "filter: a");
  CHECK(told(with_member("function_call", call)) == "filter: a");
  CHECK(told(with_member("refusal", "I cannot")) == "filter: a");
  CHECK(told(with_member("tool_calls", Json::array())) == "stop: a");
  CHECK(told(with_member("refusal", nullptr)) == "stop: a");
  CHECK(told(with_member("reasoning_content", "")) == "stop: a");
}

TEST_CASE("http reply: a choice is lost where it is not known what became of its text") {
  CHECK(told(choice(0, "a", "abort")) == "lost: a choice with the finish_reason \"abort\"");
  Json unfinished = choice(0, "a");
  unfinished["finish_reason"] = nullptr;
  CHECK(told(unfinished) == "lost: a choice without a finish_reason");
  CHECK(told(with_content(5)) == "lost: a choice whose content is no text");
  CHECK(told(with_content({{{"type", "image"}}})) == "lost: a choice whose content is no text");
  CHECK(told(nullptr) == "lost: a choice without a message or a text");
  CHECK(told({{"message", "text"}, {"finish_reason", "stop"}}) ==
        "lost: a choice without a message or a text");
  CHECK(told(choice(0, std::string(5'000'000, 'x'))).starts_with("lost: a text of more than"));
}

TEST_CASE("http reply: siblings are judged one by one") {
  const auto reply = http::parse_reply(body_of({choice(0, "a"), choice(1, "b", "abort")}), 2);
  REQUIRE(reply.has_value());
  REQUIRE(reply->choices.size() == 1);
  CHECK(reply->choices[0].completion.text == "a");
  REQUIRE(reply->lost.size() == 1);
  CHECK(reply->lost[0].index == 1);
}

TEST_CASE("http reply: choices of one index are told apart by their places, or are one, or are lost") {
  const auto texts = [](const std::vector<Json>& choices, std::uint32_t asked) {
    const auto reply = http::parse_reply(body_of(choices), asked);
    REQUIRE(reply.has_value());
    std::string text;
    for (const auto& one : reply->choices) text += std::to_string(one.index) + one.completion.text;
    for (const auto& one : reply->lost) text += std::to_string(one.index) + "?";
    return text;
  };
  CHECK(texts({choice(0, "a"), choice(0, "b"), choice(0, "c")}, 3) == "0a1b2c");
  CHECK(texts({choice(0, "a"), choice(0, "a"), choice(1, "b")}, 3) == "0a1b");
  CHECK(texts({choice(0, "a"), choice(1, "b"), choice(0, "c")}, 3) == "1b0?");
  CHECK(texts({choice(-1, "a"), choice(-1, "b")}, 2) == "0a1b");
  CHECK(texts({choice(0, "a"), choice(0, "b", "abort"), choice(1, "c")}, 2) == "0a1c");
  CHECK(texts({choice(0, "a", "abort"), choice(0, "b", "abort")}, 2) == "0?1?");
  CHECK(texts({choice(0, "a", "abort"), choice(0, "b")}, 2) == "1b0?");
}

TEST_CASE(
    "http reply: an error with the status of a success is the server's, with its words and its status") {
  const auto defect = [](const Json& body) {
    const auto reply = http::parse_reply(body.dump(), 1);
    REQUIRE_FALSE(reply.has_value());
    CHECK(reply.error().kind == http::ReplyDefect::Kind::kServerError);
    return reply.error().status;
  };
  CHECK(defect({{"error", {{"message", "no"}, {"code", 429}}}, {"choices", nullptr}}) == 429);
  CHECK(defect({{"error", {{"message", "no"}, {"code", "503"}}}}) == 503);
  CHECK(defect({{"error", {{"message", "no"}, {"code", "rate_limit_daily"}}}, {"choices", Json::array()}}) ==
        0);
  CHECK(defect({{"error", "no"}, {"status", 500}}) == 500);
  CHECK(defect({{"error", {{"code", 200}}}}) == 0);
}

TEST_CASE("http reply: a lost sibling is asked for again alone, and given up alone") {
  const auto lost = [](int index) { return choice(index, "x", "abort"); };
  ScriptedServer server;
  server.set_for("\"seed\":7", Reply{200, body_of({choice(0, "a"), lost(1), lost(2)})});
  server.set_for("\"seed\":8", Reply{200, body_of({choice(0, "b")})});
  server.set_for("\"seed\":9", Reply{200, body_of({lost(0)})});
  const auto policy = started(options_for(server));
  const auto result = ask(*policy, sample_of(*policy, 3)).get();
  REQUIRE(result.has_value());
  CHECK(result->completions[0].text == "a");
  CHECK(result->completions[1].text == "b");
  CHECK(result->completions[2].finish == FinishReason::kLost);
  CHECK(result->completions[2].text.empty());
  CHECK(result->bill.requests == 5);
  CHECK(result->bill.discarded == 5);
  wait_for([&] { return policy->counts().failures == 3; });
  const auto findings = policy->health().endpoints.front().findings;
  REQUIRE(findings.size() == 1);
  CHECK(findings.front().what == "lost siblings");
  CHECK(findings.front().text.find("\"abort\"") != std::string::npos);
}

TEST_CASE("http reply: a sample of which every sibling is lost is refused, and the server goes on") {
  ScriptedServer server;
  server.set_for("\"seed\":7", Reply{200, body_of({choice(0, "x", "error")})});
  const auto policy = started(options_for(server));
  REQUIRE(ask(*policy, policy::Sample{sample_of(*policy).prompt, {}, 1, 50, 8}).get().has_value());
  const auto result = ask(*policy, sample_of(*policy)).get();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().why == policy::Uncompleted::Why::kRefused);
  CHECK(result.error().reason.find("\"error\"") != std::string::npos);
  CHECK(policy->health().endpoints.front().condition == policy::EndpointState::Condition::kReady);
}
