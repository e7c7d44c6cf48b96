#include "thinking.hpp"

#include "choices.hpp"
#include "policy_fixture.hpp"
#include "probe.hpp"
#include "streamed_reply.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace viltree;
using namespace viltree::http;
using namespace viltree::http::testing;
using Json = nlohmann::json;

namespace {

using domain::FinishReason;

Json thinking_choice(const Json& content, const char* name, const std::string& thoughts,
                     const std::string& finish = "stop") {
  Json one = choice(0, "", finish);
  one["message"]["content"] = content;
  one["message"][name] = thoughts;
  return one;
}

/// The same as events.
std::string streamed(const Json& one, const char* name) {
  const Json& message = one.at("message");
  std::string events;
  const auto add = [&events](const Json& delta, const Json& finish) {
    const Json piece = {{"index", 0}, {"delta", delta}, {"finish_reason", finish}};
    events += "data: " + Json{{"choices", Json::array({piece})}}.dump() + "\n\n";
  };
  for (const char letter : message.at(name).get<std::string>())
    add({{name, std::string(1, letter)}}, nullptr);
  add({{"content", message.at("content")}}, nullptr);
  add(Json::object(), one.at("finish_reason"));
  return events + "data: [DONE]\n\n";
}

ReplyResult read_stream(const std::string& events, Thinking thinking) {
  StreamedReply reply(1, false, thinking);
  reply.read(events);
  return reply.take();
}

std::string told(const ReplyResult& reply) {
  if (!reply)
    return reply.error().kind == ReplyDefect::Kind::kSplitReasoning ? "refused" : reply.error().what;
  if (!reply->lost.empty()) return "lost";
  const Choice& one = reply->choices.front();
  return std::string(name(one.completion.finish)) + ": " + one.completion.text + " (" + one.thoughts + ")";
}

/// What is left of a text.
std::string rest_of(const std::string& text, bool opened = false) {
  ParsedReply reply;
  reply.choices.push_back({0, {text, FinishReason::kStop, 9, std::nullopt}});
  drop_thoughts(reply, opened);
  CHECK(reply.choices.front().thoughts + reply.choices.front().completion.text == text);
  CHECK(reply.choices.front().completion.tokens == 9);
  return reply.choices.front().completion.text;
}

}  // namespace

TEST_CASE(
    "http thinking: thoughts apart from the text are refused where they should be in it, streamed or not") {
  for (const char* name : {"reasoning_content", "reasoning"}) {
    const Json one = thinking_choice("7", name, "hm");
    const Json cut = thinking_choice(nullptr, name, "hm", "length");
    for (const Thinking thinking : {Thinking::kText, Thinking::kDrop, Thinking::kLeft}) {
      const bool refused = thinking == Thinking::kText;
      CHECK(told(parse_reply(body_of({one}), 1, thinking)) == (refused ? "refused" : "stop: 7 (hm)"));
      CHECK(told(read_stream(streamed(one, name), thinking)) == (refused ? "refused" : "stop: 7 (hm)"));
      CHECK(told(parse_reply(body_of({cut}), 1, thinking)) == (refused ? "refused" : "length:  (hm)"));
      CHECK(told(read_stream(streamed(cut, name), thinking)) == (refused ? "refused" : "length:  (hm)"));
    }
  }
  Json parts = choice(0, "");
  const Json thought = {{"type", "thinking"}, {"thinking", {{{"type", "text"}, {"text", "hm"}}}}};
  parts["message"]["content"] = Json::array({thought, {{"type", "text"}, {"text", "7"}}});
  CHECK(told(parse_reply(body_of({parts}), 1)) == "refused");
  CHECK(told(parse_reply(body_of({parts}), 1, Thinking::kDrop)).starts_with("stop: 7 ("));
}

TEST_CASE("http thinking: what is dropped is all up to the end of the thoughts") {
  CHECK(rest_of("<think>\nhm\n</think>\n\nSo 7.") == "So 7.");
  CHECK(rest_of("hm\n</think>\nSo 7.") == "So 7.");
  CHECK(rest_of("<think></think>So 7.") == "So 7.");
  CHECK(rest_of("<thinking>a</thinking> b </thinking>c") == "c");
  CHECK(rest_of("<think>\nSo 7.").empty());
  CHECK(rest_of(" \n<reasoning>So 7.").empty());
  CHECK(rest_of("<think>\nSo 7.\n</think>").empty());
  CHECK(rest_of("So 7, I think.") == "So 7, I think.");
  CHECK(rest_of("\nSo 7 <think>") == "\nSo 7 <think>");
  CHECK(rest_of("So 7.", true).empty());
  CHECK(rest_of("hm</think>So 7.", true) == "So 7.");
  CHECK(rest_of("", true).empty());
  CHECK(rest_of("").empty());
}

TEST_CASE(
    "http thinking: a text beside thoughts of its own begins with its first word, and keeps its decisions") {
  ParsedReply reply;
  domain::Completion completion{"<think>\na</think>\n\nSo 7.", FinishReason::kStop, 9, -2.0F};
  completion.decisions = {{8, 60}, {19, 70}, {22, 80}};
  reply.choices.push_back({0, completion});
  reply.choices.push_back({1, {"\n\nSo 8.", FinishReason::kStop, 9, std::nullopt}, {}, "hm"});
  reply.choices.push_back({2, {"So 9.", FinishReason::kStop, 9, std::nullopt}, {}, "hm"});
  drop_thoughts(reply, true);
  CHECK(reply.choices[0].completion.decisions == std::vector<domain::Decision>{{0, 70}, {3, 80}});
  CHECK(reply.choices[0].completion.logprob == -2.0F);
  CHECK(reply.choices[1].completion.text == "So 8.");
  CHECK(reply.choices[2].completion.text == "So 9.");
}

namespace {

Json request_of(const std::string& dialect, Thinking thinking, Continuation continuation,
                const std::string& prefix) {
  WriterOptions options;
  options.model = "m";
  options.dialect = find_dialect(dialect);
  options.continuation = continuation;
  options.thinking = thinking;
  const ChatPrompt prompt({make_segment("?")}, 0);
  const Body body = RequestWriter(options).write(prompt, make_prefix(prefix), {});
  std::string text;
  for (const Segment& segment : body.segments()) text += *segment;
  return Json::parse(text);
}

}  // namespace

TEST_CASE("http thinking: where thoughts are dropped a model may think before a turn, and not within one") {
  for (const Thinking thinking : {Thinking::kText, Thinking::kDrop, Thinking::kLeft}) {
    for (const Continuation continuation : {Continuation::kMessage, Continuation::kReprompt}) {
      for (const char* prefix : {"", "So"}) {
        const bool within = continuation == Continuation::kMessage && *prefix != 0;
        const bool thinks = thinking == Thinking::kDrop && !within;
        const Json llama = request_of("llama-server", thinking, continuation, prefix);
        CHECK(llama.contains("chat_template_kwargs") == !thinks);
        CHECK(llama.at("reasoning_format") == (thinks ? "deepseek" : "none"));
        CHECK(llama.at("top_k") == 0);
        CHECK(request_of("sglang", thinking, continuation, prefix).at("separate_reasoning") == thinks);
      }
    }
  }
}

TEST_CASE(
    "http thinking: streamed and whole replies give the same completions, and thoughts cut off are no "
    "answer") {
  const std::vector<std::string> texts = {"<think>\na\n</think>\n\nSo 7.", "<think>\nSo 7.",
                                          "<think>\nSo 8."};
  for (const bool stream : {false, true}) {
    Json choices = Json::array();
    std::string events;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const std::string finish = i == 0 ? "stop" : "length";
      choices.push_back(choice(static_cast<int>(i), texts[i], finish));
      const Json piece = {{"index", i}, {"delta", {{"content", texts[i]}}}, {"finish_reason", finish}};
      events += "data: " + Json{{"choices", Json::array({piece})}}.dump() + "\n\n";
    }
    http::testing::Reply reply{.body = Json{{"choices", choices}}.dump()};
    if (stream)
      reply = {.body = events + "data: [DONE]\n\n", .headers = {{"Content-Type", "text/event-stream"}}};
    ScriptedServer server({reply});
    auto options = options_for(server);
    options.thinking = Thinking::kDrop;
    options.stream = stream;
    const auto policy = started(options);
    const auto result = ask(*policy, sample_of(*policy, 3)).get();
    REQUIRE(result.has_value());
    std::string came;
    for (const auto& one : result->completions)
      came += std::string(name(one.finish)) + ": " + one.text + "\n";
    CHECK(came == "stop: So 7.\nlength: \nlength: \n");
    CHECK(server.chat_requests().size() == 1);
  }
}

TEST_CASE("http thinking: a template that opens thoughts is refused when a text first shows it") {
  ScriptedServer server({{.body = chat_body({"a\n</think>\n\nSo 7."})}});
  const auto policy = started(options_for(server));
  const auto result = ask(*policy, sample_of(*policy, 1)).get();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().why == policy::Uncompleted::Why::kRefusesUs);
  CHECK(has(result.error().reason, "policy.thinking to drop"));
  CHECK(result.error().bill.requests == 1);
}

TEST_CASE("http thinking: a mark that is astray among texts without one is no template's") {
  ScriptedServer server({{.body = chat_body({"So 7.", "a\n</think>\n\nSo 7."})}});
  const auto policy = started(options_for(server));
  CHECK(ask(*policy, sample_of(*policy, 2)).get().has_value());
}

TEST_CASE("http thinking: that a template opens thoughts is learned, and thoughts cut off are no text") {
  const auto cut = [](const std::string& text) {
    Json body = Json::parse(chat_body({text}));
    body["choices"][0]["finish_reason"] = "length";
    return body.dump();
  };
  ScriptedServer server({{.body = chat_body({"a\n</think>\n\nSo 7."})}, {.body = cut("Step 1: hm")}});
  auto options = options_for(server);
  options.thinking = Thinking::kDrop;
  const auto policy = started(options);
  CHECK(ask(*policy, sample_of(*policy, 1)).get()->completions.front().text == "So 7.");
  const auto second = ask(*policy, sample_of(*policy, 1)).get();
  REQUIRE(second.has_value());
  CHECK(second->completions.front().text.empty());
  CHECK(second->completions.front().finish == FinishReason::kLength);
}

TEST_CASE("http thinking: what goes on from a prefix and thinks anew is lost, and blanks before it stay") {
  const auto left = [](const std::string& text, const std::string& thoughts = "") {
    ParsedReply reply;
    reply.choices.push_back({0, {text, FinishReason::kStop, 9, std::nullopt}, {}, thoughts});
    const auto lost = drop_thoughts_within(reply);
    CHECK(lost.size() + reply.choices.size() == 1);
    return lost.empty() ? reply.choices.front().completion.text : "lost: " + lost.front().why;
  };
  CHECK(left("\nStep 2: b = 4.\n") == "\nStep 2: b = 4.\n");
  CHECK(left("\nStep 2: b = 4.\n", "hm") == "\nStep 2: b = 4.\n");
  CHECK(left("<think>hm</think>\n\nStep 2") == "Step 2");
  CHECK(left("<think>hm").empty());
  CHECK(left("Step 2: b = 4.\n</think>\n\nWe have a = 3") ==
        "lost: a completion that thinks anew within what it goes on from");
  CHECK(has(left("<think>hm</think> Step 2 </think> We have"), "lost"));
  CHECK(has(left("Step 2 <think>hm</think> We have"), "lost"));
}

TEST_CASE("http thinking: a continuation that thinks anew is asked for again and told of") {
  ScriptedServer server(
      {{.body = chat_body({"b\n</think>\n\nWe have a", " c"})}, {.body = chat_body({" d"})}});
  auto options = options_for(server);
  options.thinking = Thinking::kDrop;
  const auto policy = started(options);
  const auto result = ask(*policy, sample_of(*policy, 2, "Step 1: a")).get();
  REQUIRE(result.has_value());
  CHECK(result->completions[0].text == " d");
  CHECK(result->completions[1].text == " c");
  const auto findings = policy->health().endpoints.front().findings;
  REQUIRE(findings.size() == 1);
  CHECK(findings.front().what == "lost siblings");
  CHECK(has(findings.front().text, "thinks anew"));
}

namespace {

/// A thinking model behind a server: how it gives its thoughts, and what its template makes of a prefix.
struct ThinkingModel {
  bool apart = false;             ///< they are in a member of their own
  bool parses_continued = false;  ///< and so is what goes on from a prefix
  bool opens = false;             ///< the template writes the first mark
  bool takes_out = false;         ///< the template takes thoughts out of a prefix
  bool refuses = false;           ///< or refuses them
  bool never_ends = false;
  bool keeps = false;  ///< nothing is seen of them but their tokens
};

class ThinkingServer final : public Questioner {
 public:
  explicit ThinkingServer(ThinkingModel model) : model_(model) {}

  std::optional<HttpReply> ask(HttpRequest request) override {
    std::string text;
    for (const Segment& segment : request.body->segments()) text += *segment;
    return reply_to(Json::parse(text));
  }
  void pause(std::chrono::milliseconds) override {}

 private:
  HttpReply reply_to(const Json& body) {
    HttpReply reply;
    reply.status = 200;
    const Json& messages = body.at("messages");
    std::string prefix = messages.size() > 1 ? messages.back().at("content").get<std::string>() : "";
    const std::size_t thought = prefix.find("</think>\n\n");
    const bool has_thoughts = prefix.starts_with("<think>");
    if (has_thoughts && model_.refuses) {
      reply.status = 400;
      reply.body = R"({"error":{"message":"the final message does not appear in the template's output"}})";
      return reply;
    }
    if (has_thoughts && model_.takes_out)
      prefix = thought == std::string::npos ? "" : prefix.substr(thought + 10);
    const std::size_t tokens = 100 + prefix.size();
    Json message = {{"content", "0, 11, 12"}};
    if (prefix.empty()) message = thinking(body.dump());
    if (!prefix.empty() && model_.parses_continued)
      message = {{"content", nullptr}, {"reasoning_content", "0, 11"}};
    if (messages.front().at("content").is_array())
      message = {{"content", std::to_string(body.dump().size())}};
    const bool cut = prefix.empty() && model_.never_ends;
    const Json one = {{"index", 0}, {"message", message}, {"finish_reason", cut ? "length" : "stop"}};
    Json usage = {{"prompt_tokens", tokens}, {"completion_tokens", 9}};
    if (model_.keeps) usage["completion_tokens_details"] = {{"reasoning_tokens", 5}};
    reply.body = Json{{"choices", Json::array({one})}, {"usage", usage}}.dump();
    return reply;
  }

  /// Another thought and another answer each time.
  Json thinking(const std::string&) {
    const std::string number = std::to_string(++times_);
    if (model_.keeps) return {{"content", number}};
    if (model_.apart) return {{"content", number}, {"reasoning_content", "hm " + number}};
    const std::string begin = model_.opens ? "hm " : "<think>\nhm ";
    return {{"content", begin + number + (model_.never_ends ? "" : "\n</think>\n\n" + number)}};
  }

  ThinkingModel model_;
  int times_ = 0;
};

struct Found {
  core::Status status;
  std::string text;  ///< of the finding about thinking; empty: none
  bool opens_thoughts = false;
};

Found found_of(const ThinkingModel& model, Thinking thinking,
               Continuation continuation = Continuation::kMessage) {
  WriterOptions options;
  options.model = "m";
  options.dialect = find_dialect("vllm");
  options.continuation = continuation;
  options.thinking = thinking;
  LaneSetup setup{
      {"http://here/v1", {}, find_dialect("vllm")}, RequestWriter(options), 1, false, true, {}, {}};
  ThinkingServer server(model);
  Found found{probe(server, setup, {}), {}, setup.opens_thoughts};
  for (const auto& finding : setup.findings) {
    if (finding.what == "thinking") found.text += finding.text;
  }
  return found;
}

bool says(const Found& found, const std::string& part) {
  CAPTURE(part);
  if (!found.status) return has(found.status.error().message, part);
  return has(found.text, part);
}

}  // namespace

TEST_CASE("http probe: a model that thinks is seen, and what becomes of its thoughts is said once") {
  const Found text = found_of({}, Thinking::kText);
  REQUIRE_MESSAGE(text.status.has_value(), text.status.error().message);
  CHECK(
      text.text ==
      "the model thinks in its text: its thoughts are the first steps of a solution (policy.thinking: text)");
  for (const Continuation continuation : {Continuation::kMessage, Continuation::kReprompt}) {
    for (const bool apart : {false, true}) {
      const Found drop = found_of({.apart = apart}, Thinking::kDrop, continuation);
      REQUIRE_MESSAGE(drop.status.has_value(), drop.status.error().message);
      CHECK(says(drop, apart ? "apart from the text" : "in the text"));
      CHECK(says(drop, "paid for and dropped"));
      CHECK_FALSE(drop.opens_thoughts);
    }
  }
  const Found opened = found_of({.opens = true}, Thinking::kDrop);
  REQUIRE(opened.status.has_value());
  CHECK(opened.opens_thoughts);
  const Found endless = found_of({.opens = true, .never_ends = true}, Thinking::kDrop);
  REQUIRE(endless.status.has_value());
  CHECK(says(endless, "no end of thoughts"));
  const Found kept = found_of({.keeps = true}, Thinking::kText);
  REQUIRE(kept.status.has_value());
  CHECK(says(kept, "the server keeps its thoughts"));
}

TEST_CASE("http probe: thoughts that cannot be gone on from stop the run, with the cause and what to do") {
  for (const auto& [model, cause] : std::vector<std::pair<ThinkingModel, std::string>>{
           {{.apart = true}, "takes the model's thoughts out of the text"},
           {{.opens = true}, "its chat template opens the thoughts"},
           {{.takes_out = true}, "takes thoughts out of a prefix"},
           {{.refuses = true}, "does not appear in the template's output"}}) {
    const Found found = found_of(model, Thinking::kText);
    REQUIRE_FALSE(found.status.has_value());
    CHECK(found.status.error().kind == core::ErrorKind::kInvalidInput);
    CHECK(says(found, cause));
    CHECK(says(found, "policy.thinking to drop"));
    CHECK(says(found, "policy.extra: {chat_template_kwargs: {enable_thinking: false}}"));
  }
  const Found reprompted = found_of({}, Thinking::kText, Continuation::kReprompt);
  CHECK(says(reprompted, "it would think anew"));
  CHECK(says(reprompted, "goes on with policy.probe: false"));
  CHECK(says(found_of({.apart = true, .parses_continued = true}, Thinking::kDrop),
             "without a reasoning parser"));
}
