#include "oddities.hpp"
#include "service_fixture.hpp"

#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace viltree::simulated {

namespace {

constexpr std::uint32_t kSiblings = 64;

std::unique_ptr<ChatService> odd_service(const std::string& oddities) {
  ServerOptions options;
  options.oddities = oddities;
  return open_service(options);
}

nlohmann::json odd_choices(const std::string& oddities) {
  const auto body = chat_body(make_problem(1, 0), "", kSiblings, 5);
  return nlohmann::json::parse(post_chat(*odd_service(oddities), body).body)["choices"];
}

HttpReply odd_stream(const std::string& oddities) {
  const auto body = with(chat_body(make_problem(1, 0), "", 3, 5), "stream", true);
  return post_chat(*odd_service(oddities), body);
}

}  // namespace

TEST_CASE("oddities: what is odd with a choice follows from its seed, and the others are as they were") {
  const auto plain = odd_choices("");
  const auto odd = odd_choices("null:0.2,tool-call:0.2");
  CHECK(odd_choices("null:0.2,tool-call:0.2") == odd);
  int changed = 0;
  for (std::uint32_t i = 0; i < kSiblings; ++i) {
    if (odd[i] == plain[i]) continue;
    ++changed;
    CHECK(odd[i]["message"]["content"].is_null());
    CHECK(odd[i]["message"].contains("tool_calls") == (odd[i]["finish_reason"] == "tool_calls"));
  }
  CHECK(changed > 10);
  CHECK(changed < 45);
}

TEST_CASE("oddities: each does what it says to a choice") {
  const auto first = [](const std::string& oddities) { return odd_choices(oddities)[0]; };
  const auto plain = first("");
  CHECK(first("null:1")["finish_reason"] == "stop");
  CHECK(first("null-length:1")["finish_reason"] == "length");
  CHECK(first("refusal:1")["message"]["refusal"].is_string());
  CHECK(first("abort:1")["finish_reason"] == "abort");
  CHECK(first("abort:1")["message"] == plain["message"]);
  CHECK(first("no-word:1")["finish_reason"].is_null());
  CHECK(first("capitals")["finish_reason"] == "STOP");
  std::string text;
  const auto in_parts = first("parts");
  for (const auto& part : in_parts["message"]["content"]) text += part["text"].get<std::string>();
  CHECK(text == plain["message"]["content"]);
  const auto same = odd_choices("same-index");
  for (const auto& choice : same) CHECK(choice["index"] == 0);
}

TEST_CASE("oddities: a model that is reprompted repeats what it was shown, and one that goes on does not") {
  const auto problem = make_problem(1, 0);
  const std::string prefix = "I count.\n\nRow 1 has two.\n\n";
  const auto said = [&](const std::string& oddities, const std::string& dialect) {
    ServerOptions options;
    options.dialect = dialect;
    options.oddities = oddities;
    auto body = continuation(dialect, problem, prefix, 1, 5).body;
    body["logprobs"] = true;
    const auto choice = nlohmann::json::parse(post_chat(*open_service(options), body).body)["choices"][0];
    std::string tokens;
    for (const auto& token : choice["logprobs"]["content"]) tokens += token["token"].get<std::string>();
    CHECK(tokens == choice["message"]["content"]);
    return choice["message"]["content"].get<std::string>();
  };
  const std::string plain = said("", "openai");
  CHECK(said("tags:1", "openai") == "<unfinished>" + plain + "\n</unfinished>");
  CHECK(said("preamble:1", "openai") == "Sure, here is the continuation:\n\n" + plain);
  CHECK(said("restated:1", "openai") == prefix + plain);
  CHECK(said("restated-step:1", "openai") == "**Row 1 has two.**\n\n" + plain);
  CHECK(said("restarted:1", "openai") == "I write it again from the start.\n\n" + prefix + plain);
  for (const char* kind :
       {"tags:1", "preamble:1", "restated:1", "restated-step:1", "restarted:1", "only-restated:1"})
    CHECK(said(kind, "vllm") == said("", "vllm"));
}

TEST_CASE("oddities: the forms of a stream change none of its texts") {
  const auto texts = [](const std::string& body) {
    std::map<int, std::string> all;
    for (std::size_t at = 0; (at = body.find("data: {\"id\"", at)) != std::string::npos; ++at) {
      const auto event = nlohmann::json::parse(body.substr(at + 6, body.find("\n\n", at) - at - 6));
      for (const auto& choice : event["choices"])
        all[choice["index"]] += choice["delta"].value("content", "");
    }
    return all;
  };
  const auto count = [](const std::string& body, const std::string& part) {
    std::size_t times = 0;
    for (std::size_t at = 0; (at = body.find(part, at)) != std::string::npos; ++at) ++times;
    return times;
  };
  const std::string plain = odd_stream("").body;
  const std::string odd = odd_stream("keep-alive,finish-twice,no-done").body;
  CHECK(texts(odd) == texts(plain));
  CHECK(count(plain, "\"finish_reason\":\"stop\"") == 3);
  CHECK(count(odd, "\"finish_reason\":\"stop\"") == 6);
  CHECK(count(odd, "[DONE]") == 0);
  for (const char* alive :
       {": keep-alive\n\n", "data: : keep-alive\n\n", "data: \n\n", "event: ping\n", "data: ping\n\n"})
    CHECK(count(odd, alive) > 0);
}

TEST_CASE("oddities: a server that heeds no limit, and one whose usage counts the first choice alone") {
  const auto reply_of = [](const std::string& oddities, int max_tokens) {
    const auto body = with(chat_body(make_problem(1, 0), "", 3, 5), "max_tokens", max_tokens);
    return nlohmann::json::parse(post_chat(*odd_service(oddities), body).body);
  };
  const auto limited = reply_of("", 4);
  CHECK(limited["choices"][0]["finish_reason"] == "length");
  CHECK(limited["usage"]["completion_tokens"] == 12);
  const auto endless = reply_of("ignores-limit", 4);
  CHECK(endless["choices"] == reply_of("", 4096)["choices"]);
  CHECK(endless["choices"][0]["finish_reason"] == "stop");
  CHECK(endless["usage"]["completion_tokens"] > 60);
  const auto lying = reply_of("usage-of-one", 4);
  CHECK(lying["choices"] == limited["choices"]);
  CHECK(lying["usage"]["completion_tokens"] == 4);
}

TEST_CASE("oddities: a model thinks before a turn, and within it goes on where it was") {
  const auto problem = make_problem(1, 0);
  const auto said = [&](const std::string& oddities, const std::string& prefix, std::uint32_t tokens = 1024) {
    ServerOptions options;
    options.oddities = oddities;
    auto body = chat_body(problem, prefix, 1, 5);
    body["max_tokens"] = tokens;
    auto reply = nlohmann::json::parse(post_chat(*open_service(options), body).body);
    auto choice = reply["choices"][0];
    choice["usage"] = reply["usage"];
    return choice;
  };
  const auto text = [&](const std::string& oddities, const std::string& prefix) {
    return said(oddities, prefix)["message"]["content"].get<std::string>();
  };
  const std::string plain = text("", "");
  const std::string thoughtful = text("thinking", "");
  CHECK(thoughtful.starts_with("<think>\n"));
  CHECK(thoughtful.ends_with("\n</think>\n\n" + plain));
  CHECK(text("thinking-opened", "") == thoughtful.substr(8));
  const std::string thoughts = thoughtful.substr(0, thoughtful.size() - plain.size());
  const auto apart = said("thinking-apart", "");
  CHECK(apart["message"]["content"] == plain);
  CHECK("<think>\n" + apart["message"]["reasoning_content"].get<std::string>() + "\n</think>\n\n" ==
        thoughts);
  CHECK(apart["usage"]["completion_tokens_details"]["reasoning_tokens"] > 0);
  // From the end of each of its steps on, the whole goes on as it did.
  CHECK(text("thinking", thoughts) == text("", ""));
  CHECK(text("thinking", "<think>\nHm.\n\n").ends_with("\n</think>\n\n" + plain));
  CHECK(text("thinking", "I count.\n\n") == text("", "I count.\n\n"));
  // The limit of tokens counts thoughts.
  const auto cut = said("thinking", "", 5);
  CHECK(cut["finish_reason"] == "length");
  CHECK(thoughts.starts_with(cut["message"]["content"].get<std::string>()));
  CHECK(cut["usage"]["completion_tokens"] == 5);
  CHECK(said("thinking-apart", "", 5)["message"]["content"].is_null());
  CHECK(said("thinking,unclosed:1", "")["finish_reason"] == "length");
  CHECK(text("thinking,unclosed:1", "") + "\n</think>\n\n" == thoughts);
  CHECK(said("thinking-apart,unclosed:1", "")["message"]["content"].is_null());
}

TEST_CASE("oddities: a specification that makes no sense is told by its part") {
  for (const char* wrong :
       {"null", "null:2", "null:x", "keep-alive:0.5", "odd:0.1", "null:0.6,abort:0.6", ",,"})
    CHECK_FALSE(Oddities::parse(wrong).has_value());
  CHECK(Oddities::parse("nul:0.1").error().message.find("\"nul:0.1\"") != std::string::npos);
  CHECK(Oddities::parse("").has_value());
}

}  // namespace viltree::simulated
