#include "policy_fixture.hpp"

#include <thread>

#include <nlohmann/json.hpp>

using namespace viltree;
using namespace viltree::http::testing;
using core::ErrorKind;

namespace {

core::Error start_error(const http::HttpOptions& options) {
  const auto status = made(options)->start();
  REQUIRE_FALSE(status.has_value());
  return status.error();
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("http start: the only model is taken, and a configured one must be listed") {
  ScriptedServer server;
  auto options = options_for(server);
  CHECK(started(options)->model() == "test-model");
  options.endpoints.front().model = "test-model";
  CHECK(started(options)->model() == "test-model");
  options.endpoints.front().model = "other";
  const auto error = start_error(options);
  CHECK(error.kind == ErrorKind::kInvalidInput);
  CHECK(has(error.message, "\"other\""));
  CHECK(has(error.message, "it has: test-model"));
}

TEST_CASE("http start: an empty list is no objection to a configured model") {
  ScriptedServer server;
  server.set_models({200, R"({"data":[]})"});
  auto options = options_for(server);
  CHECK(has(start_error(options).message, "lists no model"));
  options.endpoints.front().model = "mine";
  CHECK(started(options)->model() == "mine");
}

TEST_CASE("http start: several models need a choice") {
  ScriptedServer server;
  server.set_models({200, R"({"data":[{"id":"a"},{"id":"b"}]})"});
  auto options = options_for(server);
  CHECK(has(start_error(options).message, "a, b"));
  options.endpoints.front().model = "b";
  CHECK(started(options)->model() == "b");
}

TEST_CASE("http start: nobody there is told with the address and a hint") {
  http::HttpOptions options;
  {
    const ScriptedServer gone;
    options = options_for(gone);
  }
  const auto error = start_error(options);
  CHECK(error.kind == ErrorKind::kTransient);
  CHECK(has(error.message, options.endpoints.front().url));
  CHECK(has(error.message, "is the server running?"));
}

TEST_CASE("http start: a server that speaks no TLS is told apart from a model server") {
  ScriptedServer server;
  auto options = options_for(server);
  options.endpoints.front().url.replace(0, 4, "https");
  CHECK(start_error(options).kind == ErrorKind::kTransient);
}

TEST_CASE("http start: 401 says that a key is missing, and another server's page is no model list") {
  ScriptedServer server;
  server.set_models({401, R"({"error":"Unauthorized"})"});
  const auto refused = start_error(options_for(server));
  CHECK(refused.kind == ErrorKind::kInvalidInput);
  CHECK(has(refused.message, "api_key_env"));
  for (const char* body : {"<html>", "{}", R"({"data":[{"name":"x"}]})", R"({"data":7})"}) {
    server.set_models({200, body});
    const auto error = start_error(options_for(server));
    CHECK(error.kind == ErrorKind::kInvalidInput);
    CHECK(has(error.message, "no model list"));
  }
}

TEST_CASE("http start: a server that is still loading is asked again, but not for long") {
  ScriptedServer server;
  server.set_models({503, R"({"error":{"message":"Loading model"}})"});
  const auto error = start_error(options_for(server));
  CHECK(error.kind == ErrorKind::kTransient);
  CHECK(has(error.message, "Loading model"));
  CHECK(server.model_requests().size() == 3);
}

TEST_CASE("http start: it may be tried again after a failure") {
  ScriptedServer server;
  server.set_models({404, ""});
  const auto policy = made(options_for(server));
  CHECK_FALSE(policy->start().has_value());
  server.set_models({200, models_body("m", "vllm")});
  CHECK(policy->start().has_value());
}

TEST_CASE("http start: stop() ends it") {
  ScriptedServer server;
  server.set_models({.how = Reply::How::kNever});
  const auto policy = made(options_for(server));
  auto status = std::async(std::launch::async, [&] { return policy->start(); });
  policy->stop();
  const auto result = status.get();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().kind == ErrorKind::kCancelled);
}
