#include "token_counts.hpp"

#include "choices.hpp"
#include "policy_fixture.hpp"
#include "streamed_reply.hpp"

#include <nlohmann/json.hpp>

using namespace viltree;
using namespace viltree::http;
using namespace viltree::http::testing;
using domain::FinishReason;
using Json = nlohmann::json;

namespace {

constexpr std::uint32_t kLimit = 50;

std::string body_with(const std::vector<Json>& choices, std::optional<std::uint64_t> completion_tokens) {
  Json body = Json::parse(body_of(choices));
  if (completion_tokens) body["usage"] = {{"prompt_tokens", 9}, {"completion_tokens", *completion_tokens}};
  return body.dump();
}

ParsedReply parsed(const std::vector<Json>& choices, std::optional<std::uint64_t> completion_tokens) {
  auto reply = parse_reply(body_with(choices, completion_tokens), static_cast<std::uint32_t>(choices.size()));
  REQUIRE(reply.has_value());
  return *std::move(reply);
}

std::string text_of(std::size_t bytes) {
  return std::string(bytes, 'x');
}

const policy::Finding* finding_of(const policy::EndpointState& state, std::string_view what) {
  for (const policy::Finding& finding : state.findings) {
    if (finding.what == what) return &finding;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("http token counts: what can be is left as it is") {
  const std::vector<std::pair<std::vector<Json>, std::optional<std::uint64_t>>> cases = {
      {{choice(0, text_of(200))}, 50},
      {{choice(0, text_of(200))}, std::nullopt},
      {{choice(0, text_of(200))}, kLimit + kFewTokensMore},
      {{choice(0, "a"), choice(1, "b"), choice(2, "")}, 2},
      {{choice(0, text_of(400)), choice(1, text_of(300)), choice(2, "c")}, 100},
      {{choice(0, "")}, 0},
  };
  for (const auto& [choices, usage] : cases) {
    ParsedReply reply = parsed(choices, usage);
    const CountCheck check = check_counts(reply, kLimit);
    CHECK(check.longest == 0);
    CHECK_FALSE(check.undercounted);
    CHECK(reply.usage.completion_tokens == usage);
    for (const Choice& one : reply.choices) CHECK(one.completion.finish == FinishReason::kStop);
  }
}

TEST_CASE(
    "http token counts: an answer that is longer than asked for is truncated, and costs what it costs") {
  ParsedReply counted = parsed({choice(0, text_of(2800))}, 692);
  CHECK(check_counts(counted, kLimit).longest == 692);
  CHECK(counted.usage.completion_tokens == 692);
  CHECK(counted.choices[0].completion.finish == FinishReason::kLength);
  CHECK(counted.choices[0].completion.tokens == 692);

  ParsedReply uncounted = parsed({choice(0, text_of(2800)), choice(1, "b")}, std::nullopt);
  CHECK(check_counts(uncounted, kLimit).longest == 700);
  CHECK(uncounted.usage.completion_tokens == 2801 + 2);
  CHECK(uncounted.choices[0].completion.finish == FinishReason::kLength);
  CHECK(uncounted.choices[1].completion.finish == FinishReason::kStop);

  ParsedReply one_of_several = parsed({choice(0, text_of(3000)), choice(1, text_of(150))}, 700);
  CHECK(check_counts(one_of_several, kLimit).longest == 666);
  CHECK(one_of_several.usage.completion_tokens == 700);
  CHECK(one_of_several.choices[0].completion.finish == FinishReason::kLength);
  CHECK(one_of_several.choices[1].completion.finish == FinishReason::kStop);
}

TEST_CASE("http token counts: long tokens, counted within the limit, are no reason to reserve more") {
  // A loop of tokens of 64 bytes.
  ParsedReply looped = parsed({choice(0, text_of(131'072), "length")}, 2048);
  const CountCheck check = check_counts(looped, 2048);
  CHECK(check.longest == 0);
  CHECK_FALSE(check.undercounted);
  CHECK(looped.usage.completion_tokens == 2048);
  CHECK(looped.choices[0].completion.tokens == 2048);
  ParsedReply one_of_several =
      parsed({choice(0, text_of(131'072), "length"), choice(1, text_of(1000))}, 2048 + 250);
  CHECK(check_counts(one_of_several, 2048).longest == 0);
  ParsedReply ended = parsed({choice(0, text_of(4000))}, 40);
  CHECK(check_counts(ended, kLimit).longest == 0);
  CHECK(ended.choices[0].completion.finish == FinishReason::kStop);
  // No token is so long: that is no count.
  ParsedReply uncounted = parsed({choice(0, text_of(131'072))}, 1);
  CHECK(check_counts(uncounted, 2048).longest == 131'072 / 4);
}

TEST_CASE("http token counts: a token is letters, whatever these take") {
  std::string thai;
  for (int i = 0; i < 1000; ++i) thai += "\u0E01";
  ParsedReply reply = parsed({choice(0, thai)}, 250);  // of 12 bytes each
  CHECK_FALSE(check_counts(reply, 500).undercounted);
  CHECK(reply.choices[0].completion.tokens == 250);
  ParsedReply nothing = parsed({choice(0, thai)}, 1);
  CHECK(check_counts(nothing, 500).undercounted);
}

TEST_CASE("http token counts: choices that nobody asked for cost, and truncate nothing") {
  const std::string body =
      body_with({choice(0, text_of(160)), choice(1, text_of(160)), choice(2, text_of(160))}, 120);
  auto whole = parse_reply(body, 1);
  REQUIRE(whole.has_value());
  StreamedReply stream(1, true, Thinking::kText);
  for (int index = 0; index < 3; ++index) {
    const Json piece = {
        {"choices", {{{"index", index}, {"delta", {{"content", text_of(160)}}}, {"finish_reason", "stop"}}}}};
    stream.read("data: " + piece.dump() + "\n\n");
  }
  const Json usage = {{"choices", Json::array()},
                      {"usage", {{"prompt_tokens", 9}, {"completion_tokens", 120}}}};
  stream.read("data: " + usage.dump() + "\n\ndata: [DONE]\n\n");
  auto streamed = stream.take();
  REQUIRE(streamed.has_value());
  for (ParsedReply* reply : {&*whole, &*streamed}) {
    CHECK(reply->unasked == 2);
    CHECK(check_counts(*reply, kLimit).longest == 120);
    CHECK(reply->usage.completion_tokens == 120);
    REQUIRE(reply->choices.size() == 1);
    CHECK(reply->choices[0].completion.finish == FinishReason::kStop);
    CHECK_FALSE(reply->choices[0].completion.tokens.has_value());
  }
}

TEST_CASE("http token counts: tokens that are in no text cost, and truncate nothing") {
  ParsedReply reply = parsed({choice(0, "42")}, 500);
  CHECK(check_counts(reply, kLimit).longest == 500);
  CHECK(reply.choices[0].completion.finish == FinishReason::kStop);
}

TEST_CASE("http token counts: a usage that cannot be is replaced by the most that the texts can be") {
  // One sibling of three is counted.
  ParsedReply reply =
      parsed({choice(0, text_of(400)), choice(1, text_of(420), "length"), choice(2, text_of(30))}, 60);
  CHECK(check_counts(reply, 1000).undercounted);
  CHECK(reply.usage.completion_tokens == 401 + 421 + 31);
  // The limit is the most.
  ParsedReply limited =
      parsed({choice(0, text_of(400)), choice(1, text_of(420), "length"), choice(2, text_of(30))}, 60);
  const CountCheck check = check_counts(limited, 120);
  CHECK(check.undercounted);
  CHECK(check.longest == 0);
  CHECK(limited.usage.completion_tokens == 120 + 120 + 31);
  // A single answer's own count is unknown then, and so is what was counted as nothing.
  ParsedReply single = parsed({choice(0, text_of(400))}, 1);
  CHECK(check_counts(single, 1000).undercounted);
  CHECK(single.usage.completion_tokens == 401);
  CHECK_FALSE(single.choices[0].completion.tokens.has_value());
  ParsedReply nothing = parsed({choice(0, "a"), choice(1, "b")}, 0);
  CHECK(check_counts(nothing, 1000).undercounted);
  CHECK(nothing.usage.completion_tokens == 4);
}

TEST_CASE("http token counts: the tokens that a server lists for each sibling are believed before its sum") {
  Json first = choice(0, "abc");
  Json second = choice(1, "defg");
  first["token_ids"] = {1, 2, 3};
  second["token_ids"] = {4, 5, 6, 7};
  ParsedReply reply = parsed({first, second}, 3);
  CHECK(check_counts(reply, kLimit).undercounted);
  CHECK(reply.usage.completion_tokens == 7);
}

TEST_CASE("http token counts: what a server does with the limit is told once, and reserved from then on") {
  const std::string too_long = body_with({choice(0, text_of(2800))}, 692);
  for (const bool stream : {false, true}) {
    CAPTURE(stream);
    Reply reply{200, too_long};
    if (stream) {
      const Json piece = {
          {"choices", {{{"index", 0}, {"delta", {{"content", text_of(2800)}}}, {"finish_reason", "stop"}}}}};
      const Json usage = {{"choices", Json::array()},
                          {"usage", {{"prompt_tokens", 9}, {"completion_tokens", 692}}}};
      reply = {.body = "data: " + piece.dump() + "\n\ndata: " + usage.dump() + "\n\ndata: [DONE]\n\n",
               .headers = {{"Content-Type", "text/event-stream"}}};
    }
    ScriptedServer server({reply, reply});
    auto options = options_for(server);
    options.stream = stream;
    const auto policy = started(options);
    CHECK(policy->most_tokens(kLimit) == kLimit);
    for (int i = 0; i < 2; ++i) {
      const auto result = ask(*policy, sample_of(*policy)).get();
      REQUIRE(result.has_value());
      CHECK(result->completions[0].finish == FinishReason::kLength);
      CHECK(result->bill.usage.completion_tokens == 692);
    }
    CHECK(policy->most_tokens(kLimit) == 2 * 692);
    CHECK(policy->most_tokens(10'000) == 10'000);
    const auto health = policy->health();
    const auto* finding = finding_of(health.endpoints[0], "length limit");
    REQUIRE(finding != nullptr);
    CHECK(finding->kind == policy::Finding::Kind::kCosts);
    CHECK(has(finding->text, "in 2 replies: asked for 50 tokens of a completion at most, up to 692 came"));
    CHECK(health.endpoints[0].findings.size() == 1);
  }
}

TEST_CASE("http token counts: a usage that cannot be is told, and a bill has the estimate") {
  ScriptedServer server({{200, body_with({choice(0, text_of(400)), choice(1, text_of(420))}, 40)}});
  const auto policy = started(options_for(server));
  const auto result = ask(*policy, sample_of(*policy, 2)).get();
  REQUIRE(result.has_value());
  CHECK(result->bill.usage.completion_tokens == 100);
  const auto health = policy->health();
  const auto* finding = finding_of(health.endpoints[0], "token counts");
  REQUIRE(finding != nullptr);
  CHECK(has(finding->text, "less than the texts can be in 1 replies"));
}
