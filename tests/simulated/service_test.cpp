#include "chat_body.hpp"
#include "chat_service.hpp"
#include "completion.hpp"
#include "samples.hpp"
#include "service_fixture.hpp"
#include "temporary_folder.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/core/limits.hpp>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::simulated;
using Json = nlohmann::json;

namespace {

std::unique_ptr<ChatService> open(const ServerOptions& options = {}) {
  return open_service(options);
}

HttpReply post(ChatService& service, const Json& body) {
  return post_chat(service, body);
}

/// The status, and that the error object is complete.
int status_of(const HttpReply& reply) {
  if (reply.status != 200) {
    const Json error = Json::parse(reply.body).at("error");
    CHECK_FALSE(error.at("message").get<std::string>().empty());
    CHECK(error.at("code") == reply.status);
  }
  return reply.status;
}

std::string text_of(const HttpReply& reply, std::size_t choice = 0) {
  return Json::parse(reply.body).at("choices").at(choice).at("message").at("content").get<std::string>();
}

}  // namespace

TEST_CASE("service: replies are those of the embedded policy for the same seed, with usage") {
  const auto service = open();
  for (const auto& problem : one_of_each()) {
    const Model model = model_of(problem);
    const std::string prefix = complete(model, "", {}, {40, 3}).text;
    const Json reply =
        Json::parse(post(*service, with(chat_body(problem, prefix, 3, 20), "return_token_ids", true)).body);
    std::uint64_t tokens = 0;
    for (std::uint64_t i = 0; i < 3; ++i) {
      const Json& choice = reply.at("choices").at(i);
      const auto expected = complete(model, prefix, {}, {1024, 20 + i});
      CHECK(choice.at("message").at("content") == expected.text);
      CHECK(choice.at("token_ids").size() == *expected.tokens);
      CHECK(choice.at("index") == i);
      CHECK(choice.at("finish_reason") == "stop");
      tokens += *expected.tokens;
    }
    CHECK(reply.at("usage").at("completion_tokens") == tokens);
    CHECK(reply.at("usage").at("prompt_tokens") > kImageTokens);
    CHECK(reply.at("usage").at("total_tokens") ==
          reply["usage"]["prompt_tokens"].get<std::uint64_t>() + tokens);
  }
}

TEST_CASE("service: a last assistant message is continued with both flags, and is a finished turn without") {
  const auto service = open();
  const auto problem = make_problem(kSeed, 0);
  const std::string prefix = complete(model_of(problem), "", {}, {30, 3}).text;
  Json body = chat_body(problem, prefix, 1, 5);
  CHECK(text_of(post(*service, body)) == complete(model_of(problem), prefix, {}, {1024, 5}).text);
  Json without = body;
  without.erase("continue_final_message");
  without.erase("add_generation_prompt");
  CHECK(text_of(post(*service, without)) == complete(model_of(problem), "", {}, {1024, 5}).text);
  CHECK(status_of(post(*service, with(body, "add_generation_prompt", true))) == 400);
  CHECK(status_of(post(*service, with(body, "continue_final_message", false))) == 400);
  body["messages"].push_back({{"role", "user"}, {"content", "Go on."}});
  CHECK(status_of(post(*service, body)) == 400);
}

TEST_CASE("service: sampling options are obeyed") {
  const auto service = open();
  const auto problem = make_problem(kSeed, 0);
  const Json body = chat_body(problem, "", 1, 5);
  const policy::SamplingOptions cold{0.4, 0.7, {"\n\n"}};
  Json sampled = with(with(body, "temperature", 0.4), "top_p", 0.7);
  CHECK(text_of(post(*service, with(sampled, "stop", "\n\n"))) ==
        complete(model_of(problem), "", cold, {1024, 5}).text);
  const Json kept = with(with(sampled, "stop", {"x!", "\n\n"}), "include_stop_str_in_output", true);
  CHECK(text_of(post(*service, kept)) == complete(model_of(problem), "", cold, {1024, 5}).text + "\n\n");
  const Json cut = Json::parse(post(*service, with(body, "max_completion_tokens", 3)).body);
  CHECK(cut["choices"][0]["finish_reason"] == "length");
  CHECK(cut["usage"]["completion_tokens"] == 3);
  const Json tokens = Json::parse(post(*service, with(with(body, "logprobs", true), "max_tokens", 3)).body);
  CHECK(tokens["choices"][0]["logprobs"]["content"].size() == 3);
}

TEST_CASE("service: what is not served, or makes no sense, is refused clearly") {
  const auto service = open();
  const Json body = chat_body(make_problem(kSeed, 0), "", 1, 5);
  const std::vector<std::pair<std::string, Json>> wrong = {
      {"stream", "yes"},
      {"stream_options", 3},
      {"n", 0},
      {"n", 100'000},
      {"n", "2"},
      {"n", 18446744073709551615ULL},
      {"max_tokens", 0},
      {"temperature", -1},
      {"temperature", "hot"},
      {"top_p", 0},
      {"top_p", 1.5},
      {"stop", 7},
      {"stop", {""}},
      {"seed", 1.5},
      {"logprobs", 3},
      {"top_logprobs", 2},
      {"frequency_penalty", 0.5},
      {"tools", Json::array()},
      {"messages", Json::array()},
      {"messages", 3},
      {"messages", {3}},
      {"messages", {{{"role", "tool"}, {"content", ""}}}},
      {"messages", {{{"role", 3}, {"content", ""}}}},
      {"messages", {{{"role", "user"}}}},
      {"messages", {{{"role", "user"}, {"content", {3}}}}},
      {"messages", {{{"role", "user"}, {"content", {{{"type", "audio"}}}}}}},
      {"messages", {{{"role", "user"}, {"content", {{{"type", "image_url"}, {"image_url", "x"}}}}}}},
      {"messages",
       {{{"role", "user"},
         {"content", {{{"type", "image_url"}, {"image_url", {{"url", "http://a/b.png"}}}}}}}}},
      {"messages",
       {{{"role", "user"},
         {"content", {{{"type", "image_url"}, {"image_url", {{"url", "data:image/png;base64,*"}}}}}}}}}};
  for (const auto& [key, value] : wrong) {
    CAPTURE(key);
    CAPTURE(value.dump());
    CHECK(status_of(post(*service, with(body, key, value))) == 400);
  }
  CHECK(status_of(post(*service, with(with(body, "frequency_penalty", 0), "top_k", -1))) == 200);
  CHECK(status_of(post(*service, with(body, "model", "gpt"))) == 404);
  CHECK(status_of(service->reply_to({"POST", "/v1/chat/completions", "{\"model\":"})) == 400);
  CHECK(status_of(service->reply_to({"POST", "/v1/chat/completions", "[1]"})) == 400);
  CHECK(status_of(service->reply_to({"GET", "/nowhere", ""})) == 404);
  CHECK(status_of(service->reply_to({"GET", "/v1/chat/completions", ""})) == 405);
  CHECK(status_of(service->reply_to({"POST", "/health", ""})) == 405);
  CHECK(service->reply_to({"GET", "/health?x=1", ""}).status == 200);
  CHECK(Json::parse(service->reply_to({"GET", "/v1/models", ""}).body)["data"][0]["id"] == kModelName);
}

TEST_CASE("service: deep nesting is refused before it is parsed") {
  const auto service = open();
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  CHECK(status_of(service->reply_to({"POST", "/v1/chat/completions", deep})) == 400);
  CHECK(status_of(service->reply_to({"POST", "/v1/chat/completions", std::string(100'000, '{')})) == 400);
}

TEST_CASE("service: pictures beyond the limits are refused") {
  const auto service = open();
  domain::Problem problem = make_problem(kSeed, 0);
  std::string huge = *problem.images[0].bytes;
  huge[16] = huge[20] = '\x7F';
  domain::Problem large = problem;
  large.images[0].bytes = std::make_shared<const std::string>(huge);
  CHECK(status_of(post(*service, chat_body(large, "", 1, 1))) == 400);
  domain::Problem many = problem;
  many.images.assign(core::limits::kImagesPerProblem + 1, problem.images[0]);
  CHECK(status_of(post(*service, chat_body(many, "", 1, 1))) == 400);
  many.images.pop_back();
  CHECK(status_of(post(*service, chat_body(many, "", 1, 1))) == 200);
}

TEST_CASE("service: foreign questions are answered, from the text alone") {
  const auto service = open();
  CHECK(boxed_answer(text_of(post(*service, chat_body(foreign_problem(), "", 1, 1)))));
}

TEST_CASE("service: every request has its line in the log, with what was asked and what was paid") {
  const TemporaryFolder folder;
  ServerOptions options;
  options.request_log = folder.file("log.jsonl");
  const auto service = open(options);
  const auto problem = make_problem(kSeed, 0);
  const std::string prefix = complete(model_of(problem), "", {}, {30, 3}).text;
  const Json body = chat_body(problem, prefix, 2, 9);
  const Json reply = Json::parse(post(*service, body).body);
  static_cast<void>(service->reply_to({"GET", "/nowhere", ""}));
  static_cast<void>(service->reply_to({"POST", "/v1/chat/completions", "nonsense"}));
  static_cast<void>(service->refuse(413, "too large"));
  const auto lines = lines_of(options.request_log);
  REQUIRE(lines.size() == 4);
  const Json first = Json::parse(lines[0]);
  CHECK(first["n"] == 1);
  CHECK(first["path"] == "/v1/chat/completions");
  CHECK(first["status"] == 200);
  CHECK(first["seed"] == 9);
  CHECK(first["n_siblings"] == 2);
  CHECK(first["prefix_bytes"] == prefix.size());
  CHECK(first["prefix_hash"] == core::hex64(core::hash64(prefix)));
  CHECK(first["question_hash"] == core::hex64(core::hash64(problem.question)));
  CHECK(first["body_hash"] == core::hex64(core::hash64(body.dump())));
  CHECK(first["images"] == Json::array({problem.images[0].sha256}));
  CHECK(first["completion_tokens"] == reply["usage"]["completion_tokens"]);
  CHECK(Json::parse(lines[1])["status"] == 404);
  CHECK(Json::parse(lines[2])["status"] == 400);
  CHECK(Json::parse(lines[3])["status"] == 413);
  options.request_log = folder.file("no/such/folder");
  CHECK_FALSE(ChatService::open(options));
}
