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

TEST_CASE("http stream: of one that breaks off anywhere the siblings that have ended are kept") {
  const std::string text = whole_stream();
  const std::size_t first = text.find(event(ending(0, "stop"))) + event(ending(0, "stop")).size() - 1;
  const std::size_t second = text.find(event(ending(1, "length"))) + event(ending(1, "length")).size() - 1;
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    const auto reply = read_all(text.substr(0, cut), 2);
    REQUIRE(reply.has_value() == (cut > first));
    if (!reply) continue;
    CHECK(reply->choices.size() == (cut > second ? 2 : 1));
    CHECK(reply->lost.empty());
  }
}

TEST_CASE("http stream: where a usage is expected, a single choice without one is none") {
  const std::string end = event(delta(0, "a")) + event(ending(0, "stop"));
  const std::string usage = event({{"choices", Json::array()}, {"usage", {{"completion_tokens", 4}}}});
  const auto is_reply = [](const std::string& text, bool expects_usage) {
    StreamedReply reply(1, expects_usage);
    reply.read(text);
    return reply.take().has_value();
  };
  CHECK(is_reply(end, false));
  CHECK_FALSE(is_reply(end, true));
  CHECK(is_reply(end + usage, true));
  CHECK(is_reply(end + kDone, true));
  CHECK_FALSE(is_reply(end + "data: {\n\n", true));
  CHECK(is_reply(end + usage + "data: {\n\n", true));
}

TEST_CASE("http stream: what must not be in one makes it garbage, or loses a choice") {
  const std::string end = event(ending(0, "stop")) + kDone;
  for (const std::string& garbage :
       {std::string("data: {\n\n"), std::string("data: \"\xFF\"\n\n"), std::string("data: []\n\n"),
        std::string("data: <html>\n\n"), "data: " + std::string(100'000, '[') + "\n\n",
        "data: " + std::string(5'000'000, 'x')}) {
    CHECK_FALSE(read_all(garbage + end, 1).has_value());
    const auto after = read_all(event(delta(0, "a")) + event(ending(0, "stop")) + garbage, 2);
    REQUIRE(after.has_value());
    CHECK(after->choices.size() == 1);
  }
  for (const std::string& lost :
       {event(ending(0, "abort")), event(ending(0, "stop")) + event(delta(0, "more")),
        event(ending(0, "length")), event(delta(0, "x")) + kDone}) {
    const auto reply = read_all(event(delta(1, "b")) + event(ending(1, "stop")) + lost + end, 2);
    REQUIRE(reply.has_value());
    REQUIRE(reply->choices.size() == 1);
    CHECK(reply->choices.front().index == 1);
    CHECK(reply->lost.size() == 1);
  }
  const auto beyond = read_all(event(delta(2, "x")) + end, 1);
  REQUIRE(beyond.has_value());
  CHECK(beyond->choices.front().completion.text.empty());
}

TEST_CASE("http stream: keep-alives in all forms, ends told twice and a missing [DONE] change nothing") {
  const auto plain = read_all(whole_stream(), 2);
  for (const char* alive : {": comment\n\n", "data: : keepalive\n\n", "data:\n\n", "data: \n\n",
                            "data: ping\n\n", "event: ping\ndata: {\"type\": \"ping\"}\n\n", "data: {}\n\n",
                            "data: null\n\n", "data: {\"choices\":null}\n\n", "data: {\"choices\":[]}\n\n"}) {
    std::string text;
    for (const std::string& one :
         {event(delta(1, "b")), event(delta(0, "a\xC3\xA4")), event(delta(0, "c")), event(ending(0, "stop")),
          event(ending(0, "stop")), event(ending(1, "length")), event(delta(1, "")),
          event(ending(1, "MAX_TOKENS"))})
      text += alive + one;
    const auto reply = read_all(text, 2);
    CAPTURE(alive);
    REQUIRE(reply.has_value());
    REQUIRE(reply->choices.size() == 2);
    CHECK(reply->lost.empty());
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(reply->choices[i].completion.text == plain->choices[i].completion.text);
      CHECK(reply->choices[i].completion.finish == plain->choices[i].completion.finish);
    }
  }
}

TEST_CASE("http stream: siblings that cannot be told apart are no texts") {
  std::string one_index;
  for (const char* text : {"a1 ", "b1 ", "a2", "b2"}) one_index += event(delta(0, text));
  one_index += event(ending(0, "stop")) + event(ending(0, "stop")) + kDone;
  const auto reply = read_all(one_index, 2);
  REQUIRE(reply.has_value());
  CHECK(reply->choices.empty());
  Json nameless = delta(0, "a");
  nameless["choices"][0].erase("index");
  CHECK_FALSE(read_all(event(nameless) + event(ending(0, "stop")) + kDone, 2).has_value());
  CHECK(read_all(event(nameless) + event(ending(0, "stop")) + kDone, 1).has_value());
}

TEST_CASE("http stream: messages that say all so far are not put behind one another") {
  const auto message = [](const std::string& text, const Json& finish) {
    return event(
        {{"choices", {{{"index", 0}, {"message", {{"content", text}}}, {"finish_reason", finish}}}}});
  };
  const auto grown = read_all(message("a", "") + message("ab", "null") + message("abc", "stop") + kDone, 1);
  REQUIRE(grown.has_value());
  REQUIRE(grown->choices.size() == 1);
  CHECK(grown->choices[0].completion.text == "abc");
  const auto other = read_all(message("ab", nullptr) + message("x", "stop") + kDone, 1);
  REQUIRE(other.has_value());
  CHECK(other->lost.size() == 1);
}

TEST_CASE("http stream: a choice that comes twice is lost, and not a text with every piece doubled") {
  std::string text;
  for (const std::string& one : {event(delta(0, "one ")), event(delta(0, "two")), event(ending(0, "stop"))})
    text += one + one;
  const auto reply = read_all(text + kDone, 1);
  REQUIRE(reply.has_value());
  CHECK(reply->choices.empty());
  REQUIRE(reply->lost.size() == 1);
  CHECK(reply->lost.front().why == "a choice that comes twice");
}

TEST_CASE("http stream: a tool's call withholds, as in a whole reply") {
  Json call = delta(0, "a");
  call["choices"][0]["delta"]["content"] = nullptr;
  call["choices"][0]["delta"]["tool_calls"] = {{{"index", 0}, {"function", {{"name", "f"}}}}};
  const auto reply = read_all(event(delta(0, "a")) + event(call) + event(ending(0, "stop")) + kDone, 1);
  REQUIRE(reply.has_value());
  CHECK(reply->choices.front().completion.finish == domain::FinishReason::kFilter);
  const auto word = read_all(event(ending(0, "tool_calls")) + kDone, 1);
  REQUIRE(word.has_value());
  CHECK(word->choices.front().completion.finish == domain::FinishReason::kFilter);
}

TEST_CASE("http stream: an error within it is told") {
  const auto reply = read_all("data: {\"error\":{\"message\":\"out of memory\",\"code\":507}}\n\n", 1);
  REQUIRE_FALSE(reply.has_value());
  CHECK(reply.error().kind == ReplyDefect::Kind::kServerError);
  CHECK(reply.error().what.find("out of memory") != std::string::npos);
  CHECK(reply.error().status == 507);
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
