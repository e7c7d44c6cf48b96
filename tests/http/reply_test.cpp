#include "reply.hpp"

#include "choices.hpp"
#include "policy_fixture.hpp"

#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

using namespace viltree;
using namespace viltree::http::testing;
using Json = nlohmann::json;
using DefectKind = http::ReplyDefect::Kind;

namespace {

void check_garbage(const std::string& body) {
  INFO(body.substr(0, 200));
  const auto reply = http::parse_reply(body, 2);
  REQUIRE_FALSE(reply.has_value());
  CHECK(reply.error().kind == DefectKind::kGarbage);
}

}  // namespace

TEST_CASE("http reply: n siblings come from one request, in order of their index, with the usage") {
  ScriptedServer server({{200, Json{{"choices", {choice(1, "b"), choice(0, "a"), choice(2, "c", "length")}},
                                    {"usage", {{"prompt_tokens", 9}, {"completion_tokens", 12}}}}
                                   .dump()}});
  const auto policy = started(options_for(server));
  const auto result = ask(*policy, sample_of(*policy, 3)).get();
  REQUIRE(result.has_value());
  REQUIRE(result->completions.size() == 3);
  CHECK(result->completions[0].text == "a");
  CHECK(result->completions[1].text == "b");
  CHECK(result->completions[2].text == "c");
  CHECK(result->completions[2].finish == domain::FinishReason::kLength);
  CHECK_FALSE(result->completions[0].tokens.has_value());
  CHECK(result->bill.usage == domain::Usage{9, std::nullopt, 12});
  CHECK(result->bill.model == "test-model");
  CHECK(server.chat_requests().size() == 1);
}

TEST_CASE(
    "http reply: a server that gives fewer choices is asked for the rest, with the seeds that are left") {
  ScriptedServer server(
      {{200, chat_body({"a", "b"})}, {200, chat_body({"c", "d"})}, {200, chat_body({"e"})}});
  auto options = options_for(server);
  options.limits.in_flight = 5;
  const auto policy = started(options);
  const auto result = ask(*policy, sample_of(*policy, 5)).get();
  REQUIRE(result.has_value());
  REQUIRE(result->completions.size() == 5);
  CHECK(result->bill.usage == domain::Usage{30, 12, 15});
  const auto requests = server.chat_requests();
  REQUIRE(requests.size() == 3);
  std::vector<std::pair<int, int>> asked;
  for (const Request& request : requests) {
    const Json body = Json::parse(request.body);
    asked.emplace_back(body.at("n"), body.at("seed"));
  }
  CHECK(asked.front() == std::pair{5, 7});
  std::sort(asked.begin(), asked.end());
  CHECK(asked == std::vector<std::pair<int, int>>{{1, 11}, {2, 9}, {5, 7}});
}

TEST_CASE("http reply: tokens that one of several replies does not count are unknown") {
  const std::string uncounted = body_of({choice(0, "c")});
  ScriptedServer server({{200, chat_body({"a", "b"})}, {200, uncounted}});
  const auto policy = started(options_for(server));
  const auto result = ask(*policy, sample_of(*policy, 3)).get();
  REQUIRE(result.has_value());
  CHECK(result->bill.usage == domain::Usage{});
  CHECK(result->bill.requests == 2);
}

TEST_CASE(
    "http reply: what a sample may cost is more than its siblings, which may be checked or asked for again") {
  ScriptedServer server;
  auto options = options_for(server);
  CHECK(made(options)->most_completions(1) == 4);
  CHECK(made(options)->most_completions(8) == 18);
}

TEST_CASE("http reply: choices beyond those asked for are left out") {
  ScriptedServer server({{200, chat_body({"a", "b", "c"})}});
  const auto policy = started(options_for(server));
  const auto result = ask(*policy, sample_of(*policy, 2)).get();
  REQUIRE(result.has_value());
  CHECK(result->completions.size() == 2);
  CHECK(server.chat_requests().size() == 1);
}

TEST_CASE("http reply: a missing sibling is asked for with its own seed, and the others keep their places") {
  ScriptedServer server({{200, body_of({choice(0, "a"), choice(2, "c")})}, {200, chat_body({"b"})}});
  const auto policy = started(options_for(server));
  const auto result = ask(*policy, sample_of(*policy, 3)).get();
  REQUIRE(result.has_value());
  CHECK(result->completions[0].text == "a");
  CHECK(result->completions[1].text == "b");
  CHECK(result->completions[2].text == "c");
  CHECK(Json::parse(server.chat_requests().back().body).at("seed") == 8);
}

TEST_CASE("http reply: siblings that are all the same are kept where the server says so again") {
  ScriptedServer server({{200, chat_body({"4", "4", "4"})}, {200, chat_body({"4"})}});
  const auto policy = started(options_for(server));
  const auto result = ask(*policy, sample_of(*policy, 3)).get();
  REQUIRE(result.has_value());
  CHECK(result->completions[2].text == "4");
  CHECK(result->bill.discarded == 1);
  const auto requests = server.chat_requests();
  REQUIRE(requests.size() == 2);
  CHECK(Json::parse(requests.back().body).at("seed") == 8);
}

TEST_CASE("http reply: siblings that come out of one draw are drawn anew") {
  ScriptedServer server(
      {{200, chat_body({"a", "a", "a"})}, {200, chat_body({"b"})}, {200, chat_body({"c"})}});
  const auto policy = started(options_for(server));
  const auto result = ask(*policy, sample_of(*policy, 3)).get();
  REQUIRE(result.has_value());
  CHECK(result->completions[0].text == "a");
  CHECK(result->completions[1].text == "b");
  CHECK(result->completions[2].text == "c");
}

TEST_CASE(
    "http reply: where most siblings that are the same come out of one draw, they are asked for alone") {
  std::vector<Reply> script;
  for (int i = 0; i < 8; ++i) {
    script.push_back({200, chat_body({"a", "a"})});
    script.push_back({200, chat_body({i < 3 ? "a" : "b"})});
  }
  ScriptedServer server(script);
  const auto policy = started(options_for(server));
  for (int i = 0; i < 8; ++i) {
    CHECK(policy->health().endpoints.front().findings.empty());
    const auto result = ask(*policy, sample_of(*policy, 2)).get();
    REQUIRE(result.has_value());
    CHECK(result->completions[1].text == (i < 3 ? "a" : "b"));
  }
  REQUIRE(policy->health().endpoints.front().findings.size() == 1);
  CHECK(policy->health().endpoints.front().findings.front().what == "siblings");
  REQUIRE(ask(*policy, sample_of(*policy, 2)).get().has_value());
  const auto requests = server.chat_requests();
  REQUIRE(requests.size() == 18);
  CHECK(Json::parse(requests[16].body).at("n") == 1);
  CHECK(Json::parse(requests[17].body).at("n") == 1);
}

TEST_CASE("http reply: one without choices is asked for again") {
  ScriptedServer server({{200, body_of({})}, {200, body_of({})}});
  const auto policy = started(options_for(server));
  CHECK(ask(*policy, sample_of(*policy, 2)).get().has_value());
  CHECK(policy->counts().failures == 2);
}

TEST_CASE("http reply: texts end before a stop string, whatever the server does") {
  ScriptedServer server({{200, chat_body({"one\n\ntwo", "three"})}});
  auto options = options_for(server);
  options.sampling.stop = {"\n\n"};
  const auto policy = started(options);
  const auto result = ask(*policy, sample_of(*policy, 2)).get();
  REQUIRE(result.has_value());
  CHECK(result->completions[0].text == "one");
  CHECK(result->completions[1].text == "three");
}

TEST_CASE("http reply: garbage is counted, and asked again") {
  ScriptedServer server(
      {{200, "<html>"}, {200, "{\"choices\":[{}]}"}, {200, chat_body({"fine"}), Reply::How::kChunked}});
  const auto policy = started(options_for(server));
  const auto result = ask(*policy, sample_of(*policy)).get();
  REQUIRE(result.has_value());
  CHECK(result->completions.front().text == "fine");
  CHECK(policy->counts().failures == 2);
  CHECK(policy->counts().retries == 2);
}

TEST_CASE("http reply: reasoning that the server takes out of the text is refused") {
  Json split = choice(0, "so 2");
  split["message"]["reasoning_content"] = "1 + 1";
  ScriptedServer server({{200, body_of({split})}});
  const auto policy = started(options_for(server));
  const auto result = ask(*policy, sample_of(*policy)).get();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().why == policy::Uncompleted::Why::kRefusesUs);
  CHECK(result.error().reason.find("reasoning") != std::string::npos);
}

TEST_CASE("http reply: what is no completion is garbage, whatever its shape") {
  check_garbage("");
  check_garbage("null");
  check_garbage("[]");
  check_garbage("{\"choices\":{}}");
  check_garbage("{\"choices\":[]}");
  check_garbage("{\"choices\":null}");
  check_garbage(body_of({choice(7, "a")}));
  check_garbage(R"({"choices":[{"index":0,"message":{"content":")"
                "\xC3"
                R"("},"finish_reason":"stop"}]})");
  check_garbage(R"({"choices":[{"index":0,"message":{"content":"\ud800"},"finish_reason":"stop"}]})");
}

TEST_CASE("http reply: 100,000 brackets are garbage, and no crash") {
  check_garbage(std::string(100'000, '['));
  check_garbage("{\"choices\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}");
  check_garbage("{\"a\":\"\\\"[\"," + std::string(1'000'000, '{'));
}

TEST_CASE("http reply: brackets within a text are no nesting") {
  const std::string text = "\\\"" + std::string(1000, '[');
  const auto reply = http::parse_reply(body_of({choice(0, text)}), 1);
  REQUIRE(reply.has_value());
  CHECK(reply->choices.front().completion.text == text);
}

TEST_CASE(
    "http reply: tokens come from the usage of an only choice, or from the choice, and are never made up") {
  const auto one = http::parse_reply(chat_body({"a"}), 1);
  REQUIRE(one.has_value());
  CHECK(one->choices.front().completion.tokens == 3U);
  CHECK(one->usage == domain::Usage{10, 4, 3});

  Json first = choice(0, "a");
  first["token_ids"] = {1, 2, 3, 4, 5};
  Json second = choice(1, "b");
  second["token_ids"] = -5;
  const auto two = http::parse_reply(body_of({first, second}), 2);
  REQUIRE(two.has_value());
  CHECK(two->choices[0].completion.tokens == 5U);
  CHECK_FALSE(two->choices[1].completion.tokens.has_value());
  CHECK(two->usage == domain::Usage{});
}

TEST_CASE("http reply: counts that no reply can have are unknown, and a cache has at most the prompt") {
  const auto usage = [](const Json& said) { return http::usage_of(Json::object({{"usage", said}})); };
  const auto cached = [](std::uint64_t tokens) { return Json::object({{"cached_tokens", tokens}}); };
  const std::uint64_t most = (std::uint64_t{1} << 32U) - 1;
  CHECK(usage({{"prompt_tokens", most}, {"completion_tokens", most}}) ==
        domain::Usage{most, std::nullopt, most});
  for (const std::uint64_t beyond : {most + 1, ~std::uint64_t{0}}) {
    CHECK(usage({{"prompt_tokens", beyond}, {"completion_tokens", beyond}}) == domain::Usage{});
    CHECK(usage({{"prompt_tokens", 9U}, {"prompt_tokens_details", cached(beyond)}}) ==
          domain::Usage{9, std::nullopt, std::nullopt});
    CHECK(usage({{"prompt_tokens", beyond}, {"prompt_tokens_details", cached(4)}}) == domain::Usage{});
    CHECK(usage({{"completion_tokens_details", {{"reasoning_tokens", beyond}}}}) == domain::Usage{});
  }
  CHECK(usage({{"prompt_tokens", 9U}, {"prompt_tokens_details", cached(10)}}) ==
        domain::Usage{9, 9, std::nullopt});
  CHECK(usage({{"prompt_tokens", 9U}, {"prompt_tokens_details", cached(4)}}) ==
        domain::Usage{9, 4, std::nullopt});
  CHECK(usage({{"prompt_tokens", -9}, {"completion_tokens", 1.5}}) == domain::Usage{});
}

TEST_CASE("http reply: log-probabilities are summed where every token has one") {
  Json with = choice(0, "a");
  with["logprobs"] = {{"content", {{{"logprob", -0.5}}, {{"logprob", -1.25}}}}};
  Json without = choice(1, "b");
  without["logprobs"] = {{"content", {{{"logprob", -0.5}}, {{"token", "x"}}}}};
  const auto reply = http::parse_reply(body_of({with, without}), 2);
  REQUIRE(reply.has_value());
  CHECK(reply->choices[0].completion.logprob == -1.75F);
  CHECK_FALSE(reply->choices[1].completion.logprob.has_value());
}

namespace {

using Decisions = std::vector<domain::Decision>;

Json scored(const std::string& token, double logprob) {
  Json bytes = Json::array();
  for (const char byte : token) bytes.push_back(static_cast<unsigned char>(byte));
  return {{"token", token}, {"logprob", logprob}, {"bytes", bytes}};
}

/// What is known of a choice with this text and these tokens, in a chat's form.
std::optional<Decisions> decisions_of(const std::string& text, const Json& tokens,
                                      const std::vector<std::string>& stop = {}) {
  Json one = choice(0, text);
  one["logprobs"] = {{"content", tokens}};
  auto reply = http::parse_reply(body_of({one}), 1);
  REQUIRE(reply.has_value());
  CHECK_FALSE(reply->choices[0].completion.decisions.has_value());
  http::cut_at_stop(*reply, stop);
  http::note_decisions(*reply);
  return reply->choices[0].completion.decisions;
}

}  // namespace

TEST_CASE("http reply: tokens of low probability are decisions, at their byte in the text") {
  const Json tokens = {scored("So", -2),         scored(" it", -0.1), scored(" may", -1.234),
                       scored("\xC3\xA4", -0.5), scored("x", -0.494), scored("!", -9999)};
  CHECK(decisions_of("So it may\xC3\xA4x!", tokens) == Decisions{{0, 200}, {5, 123}, {9, 50}, {12, 65535}});
  CHECK(decisions_of("a", Json::array({scored("a", -0.1)})) == Decisions{});
  // By their text, where there are no bytes.
  CHECK(decisions_of("ab", {{{"token", "a"}, {"logprob", 0}},
                            {{"token", "b"}, {"logprob", -1}, {"bytes", nullptr}}}) == Decisions{{1, 100}});
  // A token that ends the text is not in it.
  CHECK(decisions_of("a", {scored("a", -1), scored("<|end|>", -3)}) == Decisions{{0, 100}});
  CHECK(decisions_of("", Json::array({scored("<|end|>", -3)})) == Decisions{});
}

TEST_CASE("http reply: a text that ends at a stop string keeps the decisions before it") {
  const Json tokens = {scored("one", -1), scored(" two", -2), scored("###", -3), scored(" x", -4)};
  CHECK(decisions_of("one two### x", tokens, {"##"}) == Decisions{{0, 100}, {3, 200}});
  CHECK(decisions_of("one two### x", tokens, {"wo"}) == Decisions{{0, 100}, {3, 200}});
}

TEST_CASE("http reply: tokens that are not spelled as in the text are passed over") {
  const std::string emoji = "\xF0\x9F\x98\x80";
  // Parts of a character as U+FFFD, as bytes of their own, or as nothing until the last.
  const Json replaced = {scored("a", -1), scored("\xEF\xBF\xBD", -2), scored("\xEF\xBF\xBD", -3),
                         scored("b", -4)};
  CHECK(decisions_of("a" + emoji + "b", replaced) == Decisions{{0, 100}, {1, 300}, {5, 400}});
  const auto byte = [](std::initializer_list<int> bytes, double logprob) {
    return Json{{"token", "?"}, {"logprob", logprob}, {"bytes", bytes}};
  };
  CHECK(decisions_of("a" + emoji, {scored("a", -1), byte({0xF0, 0x9F}, -2), byte({0x98, 0x80}, -3)}) ==
        Decisions{{0, 100}, {1, 200}, {3, 300}});
  CHECK(decisions_of(emoji + "b", {scored("", -2), scored(emoji, -1), scored("b", -1)}) ==
        Decisions{{0, 200}, {4, 100}});
  // A blank that the server trimmed; a part of a character at the end.
  CHECK(decisions_of("The end", {scored(" The", -1), scored(" end", -2)}) == Decisions{{0, 100}, {3, 200}});
  CHECK(decisions_of("The end", Json::array({scored("\n\n", -3), scored(" The", -1), scored(" end", -2)})) ==
        Decisions{{0, 300}, {3, 200}});
  CHECK(decisions_of("a" + emoji, {scored("a", -1), scored("\xEF\xBF\xBD", -2)}) ==
        Decisions{{0, 100}, {1, 200}});
}

TEST_CASE("http reply: tokens that do not make up the text tell nothing of it") {
  CHECK_FALSE(decisions_of("something else", {scored("one", -1), scored(" two", -2)}).has_value());
  CHECK_FALSE(decisions_of("one two and more", {scored("one", -1), scored(" two", -2)}).has_value());
  CHECK_FALSE(decisions_of("one two", Json::array({scored(" two", -1), scored("one", -2)})).has_value());
  CHECK_FALSE(decisions_of("one", Json::array()).has_value());
  CHECK_FALSE(decisions_of("one", Json::array({Json{{"logprob", -1}}})).has_value());
  CHECK_FALSE(decisions_of("one", Json::array({Json{{"logprob", "x"}, {"token", "one"}}})).has_value());
  CHECK_FALSE(decisions_of("one", Json::array({Json{{"logprob", -1}, {"token", "one"}, {"bytes", {1, 256}}}}))
                  .has_value());
  Json none = choice(0, "one");
  auto reply = http::parse_reply(body_of({none}), 1);
  REQUIRE(reply.has_value());
  http::note_decisions(*reply);
  CHECK_FALSE(reply->choices[0].completion.decisions.has_value());
}

TEST_CASE("http reply: raw completions list tokens and log-probabilities apart") {
  Json raw = {{"index", 0}, {"text", "one two"}, {"finish_reason", "stop"}};
  raw["logprobs"] = {{"tokens", {"one", " two"}}, {"token_logprobs", {-0.1, -2}}, {"text_offset", {17, 20}}};
  Json short_list = raw;
  short_list["index"] = 1;
  short_list["logprobs"]["tokens"] = {"one"};
  auto reply = http::parse_reply(body_of({raw, short_list}), 2);
  REQUIRE(reply.has_value());
  http::note_decisions(*reply);
  CHECK(reply->choices[0].completion.logprob == -2.1F);
  CHECK(reply->choices[0].completion.decisions == Decisions{{3, 200}});
  CHECK(reply->choices[1].completion.logprob == -2.1F);
  CHECK_FALSE(reply->choices[1].completion.decisions.has_value());
}

TEST_CASE("http reply: decisions lie in the text without the prefix that a server repeats") {
  Json one = choice(0, "Before: one two");
  one["logprobs"] = {{"content", {scored("one", -1), scored(" two", -2)}}};
  auto reply = http::without_prefix(*http::parse_reply(body_of({one}), 1), "Before: ");
  REQUIRE(reply.has_value());
  http::note_decisions(*reply);
  CHECK(reply->choices[0].completion.decisions == Decisions{{0, 100}, {3, 200}});
}

TEST_CASE("http reply: tokens by the hundred thousand that are not in the text end soon") {
  Json tokens = Json::array();
  for (int i = 0; i < 100'000; ++i) tokens.push_back(scored("x", -1));
  CHECK_FALSE(decisions_of(std::string(1'000'000, 'y'), tokens).has_value());
}
