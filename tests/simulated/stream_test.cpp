#include "completion.hpp"
#include "dialect.hpp"
#include "reply_stream.hpp"
#include "samples.hpp"
#include "service_fixture.hpp"

#include <viltree/core/text.hpp>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::simulated;
using Json = nlohmann::json;

namespace {

Json body_with_usage(const std::string& dialect, std::uint32_t n) {
  auto request = continuation(dialect, foreign_problem(), "", n, 30);
  request.body["stream"] = true;
  request.body["stream_options"] = {{"include_usage", true}};
  return request.body;
}

Reply reply_of(std::vector<std::string> texts) {
  Reply reply;
  reply.model = "m";
  for (std::string& text : texts) {
    Choice choice;
    choice.index = static_cast<std::uint32_t>(reply.choices.size());
    choice.tokens = 4;
    choice.finish = domain::FinishReason::kStop;
    choice.text = std::move(text);
    reply.choices.push_back(std::move(choice));
  }
  return reply;
}

}  // namespace

TEST_CASE("streams: siblings are interleaved, each with its role first and its finish reason last") {
  for (const std::string& name : dialect_names()) {
    if (find_dialect(name)->most_siblings == 1) continue;
    CAPTURE(name);
    const auto service = open_dialect(name);
    const Streamed streamed = read_stream(post_chat(*service, body_with_usage(name, 3)));
    REQUIRE(streamed.choices.size() == 3);
    for (const auto& [index, choice] : streamed.choices) {
      CHECK(choice.has_role);
      CHECK(choice.finishes == 1);
      CHECK(choice.deltas > 10);
    }
    const std::vector<int> start(streamed.order.begin(), streamed.order.begin() + 6);
    CHECK(start == std::vector<int>{0, 0, 1, 1, 2, 2});
  }
}

TEST_CASE("streams: the usage comes in a chunk of its own where it is asked for and known") {
  for (const std::string& name : dialect_names()) {
    CAPTURE(name);
    const auto service = open_dialect(name);
    const bool raw = name == "llama-cpp-python";
    const Json body = body_with_usage(name, 1);
    const auto send = [&](const Json& it) { return raw ? post_raw(*service, it) : post_chat(*service, it); };
    const Json plain = without(without(body, "stream"), "stream_options");
    const Json usage = Json::parse(send(plain).body)["usage"];
    const Streamed streamed = read_stream(send(body));
    if (find_dialect(name)->usage_in_streams) {
      CHECK(streamed.usage == usage);
    } else {
      CHECK(streamed.usage.is_null());
    }
    CHECK(read_stream(send(without(body, "stream_options"))).usage.is_null());
  }
}

TEST_CASE("streams: errors before the first byte are ordinary ones") {
  const auto service = open_dialect("vllm");
  const auto reply = post_chat(*service, with(body_with_usage("vllm", 1), "temperature", -1));
  CHECK(reply.status == 400);
  CHECK(reply.content_type == "application/json");
  CHECK(reply.chunk_ends.empty());
}

TEST_CASE("streams: characters of several bytes are never split between events") {
  const Reply reply =
      reply_of({"Gr\xC3\xB6\xC3\x9F"
                "e \xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC \xF0\x9F\x99\x82"});
  const Dialect& dialect = *find_dialect("vllm");
  ReplyStream stream(reply, dialect);
  std::string text;
  for (std::uint32_t decoded = 0; decoded <= 4; ++decoded) {
    for (const std::string& event : stream.advance({decoded})) {
      CHECK(core::is_utf8(event));
      const Json delta = Json::parse(event.substr(6))["choices"][0]["delta"];
      text += delta["content"].get<std::string>();
    }
  }
  CHECK(text == reply.choices[0].text);
}

TEST_CASE("streams: however the tokens come, each choice has its whole text and one end") {
  const Reply reply = reply_of({"one two three four", "", "a b c d"});
  const Dialect& dialect = *find_dialect("openai");
  const std::vector<std::vector<std::vector<std::uint32_t>>> courses = {{{4, 4, 4}},
                                                                        {{0, 0, 0}, {1, 1, 1}, {4, 4, 4}},
                                                                        {{4, 0, 0}, {4, 2, 4}, {4, 4, 4}},
                                                                        {{0, 0, 1}, {4, 4, 4}}};
  for (const auto& course : courses) {
    ReplyStream stream(reply, dialect);
    std::map<int, std::string> texts;
    std::map<int, int> ends;
    for (const auto& decoded : course) {
      for (const std::string& event : stream.advance(decoded)) {
        const Json choice = Json::parse(event.substr(6))["choices"][0];
        CHECK(ends[choice["index"]] == 0);
        texts[choice["index"]] += choice["delta"].value("content", "");
        ends[choice["index"]] += choice["finish_reason"].is_null() ? 0 : 1;
      }
    }
    for (const Choice& choice : reply.choices) {
      CHECK(texts[static_cast<int>(choice.index)] == choice.text);
      CHECK(ends[static_cast<int>(choice.index)] == 1);
    }
    CHECK(stream.close() == std::vector<std::string>{"data: [DONE]\n\n"});
  }
}

TEST_CASE("streams: tokens' log-probabilities come with their tokens") {
  const auto service = open_dialect("vllm");
  Json body = chat_body(foreign_problem(), "", 1, 30);
  body["logprobs"] = true;
  const Json whole = Json::parse(post_chat(*service, body).body)["choices"][0]["logprobs"]["content"];
  body["stream"] = true;
  const auto reply = post_chat(*service, body);
  Json streamed = Json::array();
  std::size_t begin = 0;
  for (const std::size_t end : reply.chunk_ends) {
    const Json event = Json::parse(reply.body.substr(begin + 6, end - begin - 6), nullptr, false);
    begin = end;
    if (event.is_discarded()) continue;
    const Json& logprobs = event["choices"][0]["logprobs"];
    if (!logprobs.is_null())
      streamed.insert(streamed.end(), logprobs["content"].begin(), logprobs["content"].end());
  }
  CHECK(streamed == whole);
}
