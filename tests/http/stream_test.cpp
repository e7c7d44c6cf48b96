#include "event_stream.hpp"
#include "policy_fixture.hpp"
#include "streamed_reply.hpp"

#include <viltree/core/random.hpp>

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

using namespace viltree;
using namespace viltree::http;
using namespace viltree::http::testing;
using Json = nlohmann::json;

namespace {

std::vector<std::string> events_of(const std::string& text, std::size_t piece) {
  std::vector<std::string> events;
  EventStream stream([&](std::string_view data) { events.emplace_back(data); });
  for (std::size_t at = 0; at < text.size(); at += piece)
    stream.read(std::string_view(text).substr(at, piece));
  return events;
}

std::string event(const Json& data) {
  return "data: " + data.dump() + "\n\n";
}

Json delta(int index, const std::string& text) {
  return {{"choices", {{{"index", index}, {"delta", {{"content", text}}}, {"finish_reason", nullptr}}}}};
}

Json ending(int index, const std::string& reason) {
  return {{"choices", {{{"index", index}, {"delta", Json::object()}, {"finish_reason", reason}}}}};
}

ReplyResult read_all(const std::string& text, std::uint32_t asked) {
  StreamedReply reply(asked);
  for (const char c : text) reply.read({&c, 1});
  return reply.take();
}

const std::string kDone = "data: [DONE]\n\n";

std::string whole_stream() {
  return event(delta(1, "b")) + event(delta(0, "a\xC3\xA4")) + event(delta(0, "c")) +
         event(ending(0, "stop")) + event(ending(1, "length")) +
         event({{"choices", Json::array()}, {"usage", {{"prompt_tokens", 9}, {"completion_tokens", 4}}}}) +
         kDone;
}

}  // namespace

TEST_CASE("http stream: events are cut in any line ending, from pieces of any size") {
  const std::string text =
      ": a comment\n\ndata: one\n\ndata:two\r\nid: 7\r\n\r\ndata: three\rdata:  four\r\revent: "
      "x\ndata\n\nnot ended";
  const std::vector<std::string> expected = {"one", "two", "three\n four", ""};
  for (std::size_t piece = 1; piece <= text.size(); ++piece) CHECK(events_of(text, piece) == expected);
}

TEST_CASE("http stream: siblings come together from their deltas, with finish reasons and usage") {
  const auto reply = read_all(whole_stream(), 2);
  REQUIRE(reply.has_value());
  REQUIRE(reply->choices.size() == 2);
  CHECK(reply->choices[0].completion.text ==
        "a\xC3\xA4"
        "c");
  CHECK(reply->choices[1].completion.text == "b");
  CHECK(reply->choices[1].completion.finish == domain::FinishReason::kLength);
  CHECK(reply->usage.prompt_tokens == 9U);
}

TEST_CASE("http stream: an event whose error is null has none") {
  Json first = delta(0, "a");
  first["error"] = nullptr;
  const auto reply = read_all(event(first) + event(ending(0, "stop")) + kDone, 1);
  REQUIRE(reply.has_value());
  CHECK(reply->choices.front().completion.text == "a");
  first["error"] = {{"message", "no more memory"}};
  CHECK_FALSE(read_all(event(first) + event(ending(0, "stop")) + kDone, 1).has_value());
}

TEST_CASE("http stream: one that breaks off anywhere is no reply") {
  const std::string text = whole_stream();
  for (std::size_t cut = 0; cut + 1 < text.size(); ++cut) {
    CHECK_FALSE(read_all(text.substr(0, cut), 2).has_value());
  }
}

TEST_CASE("http stream: what must not be in one makes it garbage") {
  for (const std::string& wrong :
       {event(delta(2, "x")), event(ending(0, "tool_calls")), std::string("data: {\n\n"),
        std::string("data: \"\xFF\"\n\n"), event(ending(0, "stop")) + event(delta(0, "more")),
        event(ending(0, "stop")) + event(ending(0, "stop")), "data: " + std::string(100'000, '[') + "\n\n",
        "data: " + std::string(5'000'000, 'x')}) {
    CHECK_FALSE(read_all(wrong + event(ending(0, "stop")) + kDone, 2).has_value());
  }
  CHECK_FALSE(read_all(event(delta(0, "x")) + kDone, 1).has_value());
}

TEST_CASE("http stream: an error within it is told") {
  StreamedReply reply(1);
  reply.read("data: {\"error\":{\"message\":\"out of memory\"}}\n\n");
  CHECK_FALSE(reply.take().has_value());
  CHECK(reply.server_error().value_or("").find("out of memory") != std::string::npos);
}

TEST_CASE("http stream: reasoning that is taken out of the text is refused") {
  Json split = delta(0, "");
  split["choices"][0]["delta"]["reasoning_content"] = "hm";
  const auto reply = read_all(event(split) + event(ending(0, "stop")) + kDone, 1);
  REQUIRE_FALSE(reply.has_value());
  CHECK(reply.error().kind == ReplyDefect::Kind::kSplitReasoning);
}

TEST_CASE("http stream: log-probabilities are summed over the deltas, where all have them") {
  Json with = delta(0, "x");
  with["choices"][0]["logprobs"] = {{"content", {{{"logprob", -0.5}}}}};
  const auto reply = read_all(event(with) + event(with) + event(ending(0, "stop")) + kDone, 1);
  REQUIRE(reply.has_value());
  CHECK(reply->choices[0].completion.logprob == -1.0F);
  const auto without = read_all(event(with) + event(delta(0, "y")) + event(ending(0, "stop")) + kDone, 1);
  REQUIRE(without.has_value());
  CHECK_FALSE(without->choices[0].completion.logprob.has_value());
}

TEST_CASE("http stream: decisions are those of the whole reply, in chats and raw completions") {
  const auto chat = [](const std::string& token, double logprob) {
    Json data = delta(0, token);
    data["choices"][0]["logprobs"] = {{"content", {{{"token", token}, {"logprob", logprob}}}}};
    return event(data);
  };
  const auto raw = [](const std::string& token, double logprob) {
    const Json one = {{"index", 0},
                      {"text", token},
                      {"finish_reason", nullptr},
                      {"logprobs", {{"tokens", {token}}, {"token_logprobs", {logprob}}}}};
    return event({{"choices", {one}}});
  };
  const std::vector<domain::Decision> expected = {{0, 100}, {7, 250}};
  for (const auto& piece : {std::function<std::string(const std::string&, double)>(chat),
                            std::function<std::string(const std::string&, double)>(raw)}) {
    auto reply = read_all(
        piece("one", -1) + piece(" two", -0.1) + piece(" three", -2.5) + event(ending(0, "stop")) + kDone, 1);
    REQUIRE(reply.has_value());
    note_decisions(*reply);
    CHECK(reply->choices[0].completion.text == "one two three");
    CHECK(reply->choices[0].completion.decisions == expected);
  }
  auto gap = read_all(chat("one", -1) + event(delta(0, " two")) + event(ending(0, "stop")) + kDone, 1);
  REQUIRE(gap.has_value());
  note_decisions(*gap);
  CHECK_FALSE(gap->choices[0].completion.decisions.has_value());
}

TEST_CASE("http stream: the policy takes streams, also broken ones and servers that do not stream") {
  const std::vector<std::pair<std::string, std::string>> type = {
      {"Content-Type", "text/event-stream; charset=utf-8"}};
  ScriptedServer server({{200, whole_stream().substr(0, 60), Reply::How::kWhole, type},
                         {200, whole_stream(), Reply::How::kChunked, type},
                         {200, chat_body({"one", "two"})},
                         {500, "{}"}});
  auto options = options_for(server);
  options.stream = true;
  const auto policy = started(options);
  const auto streamed = ask(*policy, sample_of(*policy, 2)).get();
  REQUIRE(streamed.has_value());
  CHECK(streamed->completions[1].text == "b");
  CHECK(policy->counts().failures == 1);
  const Json body = Json::parse(server.chat_requests().front().body);
  CHECK(body.at("stream") == true);
  CHECK(body.at("stream_options") == Json{{"include_usage", true}});
  const auto whole = ask(*policy, sample_of(*policy, 2)).get();
  REQUIRE(whole.has_value());
  CHECK(whole->completions[1].text == "two");
}

TEST_CASE("http stream: one that falls silent is given up, and asked for again") {
  const std::vector<std::pair<std::string, std::string>> type = {{"Content-Type", "text/event-stream"}};
  ScriptedServer server({{200, whole_stream(), Reply::How::kSilentMidway, type}});
  auto options = options_for(server);
  options.stream = true;
  options.limits.stall = std::chrono::milliseconds(30);
  const auto policy = started(options);
  const auto result = ask(*policy, sample_of(*policy, 2)).get();
  REQUIRE(result.has_value());
  CHECK(policy->counts().failures == 1);
}
