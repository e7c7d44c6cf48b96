#include "restatement.hpp"

#include "policy_fixture.hpp"

#include <viltree/policy/reprompt.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace viltree;
using namespace viltree::http::testing;

namespace {

using domain::FinishReason;

const std::string kPrefix =
    "To find the sum, I add the three numbers.\n\n"
    "Step 1: The first two make 3 + 4 = 7.\n\n"
    "**Step 2:** With the third it is 7 + 5 = 12.\n\n";
const std::string kNext = "Step 3: That is all. The answer is \\boxed{12}.";

/// What is left, or why it is rejected.
std::string mended(const std::string& text, const std::string& prefix = kPrefix,
                   FinishReason finish = FinishReason::kStop) {
  domain::Completion completion{text, finish, 7, std::nullopt};
  const auto mended = http::Restatement(prefix).mend(completion);
  if (mended.rejected) return "rejected";
  CHECK(mended.stripped == (completion.text != text));
  CHECK(completion.tokens == 7);
  return completion.text;
}

std::string without_blanks(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  return text;
}

}  // namespace

TEST_CASE("http restatement: what goes on from the prefix stays as it is") {
  for (const char* text :
       {"", " ", "\n\nStep 3: That is all.", "Step 3: With the third it is 7 + 5 = 12.", "Step 3: So.",
        "The sum is 12.", "Sure enough, the result is 12.", "Surely we continue.", "Here is why: 12 = 12.",
        "Let's continue with the next row.\n\n", "Okay, so the result is 12.",
        "To find the mean, I divide by 3.", "I check: the first two make 3 + 4 = 7.",
        "Continuing, we get: 12.", "```\n12\n```", "<b>12</b>"})
    CHECK(mended(text) == text);
}

TEST_CASE("http restatement: a restatement of the prefix, or of its end, is taken off") {
  const std::string last = "Step 2: With the third it is 7 + 5 = 12.";
  const std::string last_two = "Step 1: The first two make 3 + 4 = 7.\n" + last;
  for (const std::string& restated :
       {kPrefix, "\n" + kPrefix, without_blanks(kPrefix) + "\n", last + "\n\n", "*" + last + "*\n\n",
        last_two + "\n\n", last_two + " ", std::string("With the third it is 7 + 5 = 12.\n\n"),
        std::string("With the third it is 7 + 5 = 12\n"),
        std::string("## Step 2: With the third it is 7+5=12:\n\n"), last + "\n\n" + last + "\n\n",
        kPrefix + last + "\n\n"})
    CHECK(mended(restated + kNext) == kNext);
}

TEST_CASE("http restatement: our own tags and words are taken off wherever they are") {
  const std::string open = "<unfinished>";
  const std::string close = "</unfinished>";
  const std::string instruction(policy::kRepromptHead);
  for (const std::string& text :
       {open + kNext + close, close + "\n\n" + kNext, close + kNext, kNext + "\n" + close + "\n",
        open + kPrefix + close + kNext, open + "\n" + kPrefix + kNext + "\n\n" + close,
        open + kPrefix + close + "\n\n" + open + kNext + close, instruction + kPrefix + close + kNext})
    CHECK(mended(text) == kNext);
  CHECK(mended("Step 3: a.\n\n" + close + "\n\nStep 4: b.") == "Step 3: a.\n\nStep 4: b.");
  CHECK(mended("Step 3: a." + close + "\n\nStep 4: b.") == "Step 3: a.\n\nStep 4: b.");
  CHECK(mended(kNext + "</unfin", kPrefix, FinishReason::kLength) == kNext);
  CHECK(mended(kNext + "</unfin") == kNext + "</unfin");
  // A solution may be about such tags.
  const std::string about = "The tag </unfinished> closes the element.\n\n";
  CHECK(mended("So </unfinished> is right.", about) == "So </unfinished> is right.");
}

TEST_CASE("http restatement: a first line that talks of the continuation is taken off") {
  for (const char* words :
       {"Sure, here is the continuation:\n\n", "Sure! Here's the continuation:\n", "Certainly! ",
        "**Continuation:**\n\n", "Here is the rest of the solution: ", "Okay, let me continue.\n\n",
        "Of course, I will go on from where it was left off:\n",
        "Sure, here is the continuation:\n\n<unfinished>\n"})
    CHECK(mended(words + kNext) == kNext);
  CHECK(mended("Sure, here is the continuation:\n\n" + kPrefix + kNext) == kNext);
  for (const char* step : {"Okay, continuing the sum, 17 + 3 = 20. So the answer is 20.",
                           "Of course, what comes next is $x$. Done.", "Sure, I continue with 12 / 4. Done."})
    CHECK(mended(step) == step);
  CHECK(mended(kPrefix + "Here is the continuation:\n\n" + kNext) == kNext);
}

TEST_CASE("http restatement: what does not go on, or begins again, is rejected") {
  for (const std::string& text :
       {kPrefix, std::string("</unfinished>"), std::string("Sure, here is the continuation:"),
        std::string("To find the sum, I add the th"), std::string("Step 2: With the third it is 7 + 5 = 12."),
        "To find the sum, I add the three numbers.\n\nStep 1: They make 12.\n\n" + kNext,
        "Let me write it again.\n\n" + kPrefix + kNext,
        "To find the sum of all, I add the numbers.\n\nStep 1: The first two make 3 + 4 = 7.\n\n" + kNext,
        "Step 1: The first two make 3 + 4 = 7.\n\nStep 2: The third is 5.\n\n" + kNext,
        "Step 2: With the third it is 7 + 5 = 13.\n\n" + kNext,
        "1. With the third it is 7 + 5 = 12.\n\n" + kNext})
    CHECK(mended(text) == "rejected");
}

TEST_CASE("http restatement: numbers go on, and a prefix that ends within a word is gone on from there") {
  const std::string prefix = "1. The bar of Monday reaches 5.\n2. The bar of Tuesday reaches 5.\n";
  CHECK(mended("3. The bar of Tuesday reaches 5.\n", prefix) == "3. The bar of Tuesday reaches 5.\n");
  for (const char* headline :
       {"Case 2:\n", "## Case 2\n", "**Case 2**\n\n", "1. Now the other case of both.\n"}) {
    const std::string cases = "Case 1:\n1. Multiply both sides by 2\n" + std::string(headline);
    CHECK(mended("1. Multiply both sides by 3\n", cases) == "1. Multiply both sides by 3\n");
    CHECK(mended("1. Multiply both sides by 2\n2. So.\n", cases) == "rejected");
  }
  CHECK(mended("1. Multiply both sides by 3\n", "1. Multiply both sides by 2\nThat is x.\n") == "rejected");
  CHECK(mended("The total height is 10.5 cm", "The total height is 10.\n\n") ==
        "The total height is 10.5 cm");
  CHECK(mended("The total height is 10, which is even.", "The total height is 10.\n\n") == "which is even.");
  const std::string cut = "The numbers are 1, 2, 3, 4, 5, 6, 7, 8, 9, 1";
  CHECK(mended("0, 11", cut) == "0, 11");
  CHECK(mended(cut + "0, 11", cut) == "0, 11");
  CHECK(mended("So x = 3, done.", "x = 3.\n\n") == "So x = 3, done.");
  CHECK(mended("x = 3.\n\nDone.", "x = 3.\n\n") ==
        "x = 3.\n\nDone.");  // too short to be told from a step said twice
}

TEST_CASE("http restatement: any bytes, and long ones, are gone through in good time") {
  const std::string line(40, 'a');
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += line + "\n";
  CHECK(mended(many, many) == "rejected");
  CHECK(mended(std::string(1'000'000, 'a') + "b", std::string(1'000'000, 'a')) == "b");
  CHECK(mended("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9 = x.\nb",
               "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9 = x.\n") == "b");
  CHECK(mended("**\n\n", "**\n\n") == "**\n\n");
}

TEST_CASE("http restatement: what was decided behind what is taken off keeps its place") {
  const std::string restated = "Step 2: With the third it is 7 + 5 = 12.\n\n";
  domain::Completion completion{restated + kNext, FinishReason::kStop, 30, -1.5F};
  const auto size = static_cast<std::uint32_t>(restated.size());
  completion.decisions = {{3, 60}, {size, 70}, {size + 8, 80}};
  CHECK(http::Restatement(kPrefix).mend(completion).stripped);
  CHECK(completion.decisions == std::vector<domain::Decision>{{0, 70}, {8, 80}});
  CHECK(completion.logprob == -1.5F);
}

namespace {

http::HttpOptions reprompting(const ScriptedServer& server) {
  http::HttpOptions options = options_for(server);
  options.endpoints.front().dialect = "openai";
  options.reprompt = true;
  return options;
}

std::string streamed(const std::vector<std::string>& texts) {
  std::string body;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    for (const std::string& piece :
         {texts[i].substr(0, 9), texts[i].substr(std::min<std::size_t>(9, texts[i].size()))}) {
      const nlohmann::json choice = {
          {"index", i}, {"delta", {{"content", piece}}}, {"finish_reason", nullptr}};
      body += "data: " + nlohmann::json{{"choices", nlohmann::json::array({choice})}}.dump() + "\n\n";
    }
    const nlohmann::json end = {{"index", i}, {"delta", nlohmann::json::object()}, {"finish_reason", "stop"}};
    body += "data: " + nlohmann::json{{"choices", nlohmann::json::array({end})}}.dump() + "\n\n";
  }
  const nlohmann::json usage = {{"prompt_tokens", 10}, {"completion_tokens", 3 * texts.size()}};
  return body + "data: " + nlohmann::json{{"choices", nlohmann::json::array()}, {"usage", usage}}.dump() +
         "\n\ndata: [DONE]\n\n";
}

}  // namespace

TEST_CASE("http restatement: streamed and whole replies are mended alike, counted, and paid for") {
  const std::vector<std::string> texts = {kPrefix + "a", "b</unfinished>", kPrefix, "c"};
  for (const bool stream : {false, true}) {
    const auto reply = [stream](const std::vector<std::string>& said) {
      http::testing::Reply made{.body = stream ? streamed(said) : chat_body(said)};
      if (stream) made.headers = {{"Content-Type", "text/event-stream"}};
      return made;
    };
    ScriptedServer server({reply(texts), reply({kPrefix}), reply({kPrefix}), reply({kPrefix})});
    auto options = reprompting(server);
    options.stream = stream;
    const auto policy = started(options);
    const auto result = ask(*policy, sample_of(*policy, 4, kPrefix)).get();
    REQUIRE(result.has_value());
    std::string came;
    for (const auto& one : result->completions)
      came += std::string(name(one.finish)) + ": " + one.text + "\n";
    CHECK(came == "stop: a\nstop: b\nlost: \nstop: c\n");
    CHECK(result->bill.usage.completion_tokens == 21);
    CHECK(result->bill.requests == 4);
    CHECK(result->bill.discarded == 4);
    const auto findings = policy->health().endpoints.front().findings;
    REQUIRE(findings.size() == 1);
    CHECK(findings.front().what == "restated prefixes");
    CHECK(
        findings.front().text ==
        "6 completions repeated what they should have gone on from, or talked of it: taken off 2, 4 rejected "
        "and asked for again or given up");
  }
}

TEST_CASE("http restatement: a server that repeats prefixes which it goes on from has none to take off") {
  ScriptedServer server({{.body = chat_body({"a"})}});
  auto options = reprompting(server);
  options.endpoints.front().dialect = "llama-server";
  const auto policy = started(options);
  CHECK(ask(*policy, sample_of(*policy, 1, kPrefix)).get().value().completions.front().text == "a");
}

TEST_CASE(
    "http restatement: where every completion is rejected the prefix is refused, and a root is left alone") {
  ScriptedServer server;
  server.set_default({.body = chat_body({kPrefix})});
  const auto policy = started(reprompting(server));
  CHECK(ask(*policy, sample_of(*policy, 1, "")).get()->completions.front().text == kPrefix);
  const auto result = ask(*policy, sample_of(*policy, 1, kPrefix)).get();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().refused());
  CHECK(has(result.error().reason, "does not go on"));
}
