#include "policy_fixture.hpp"

#include <array>
#include <climits>
#include <thread>

#include <netdb.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <unistd.h>

using namespace viltree;
using namespace viltree::http::testing;
using core::ErrorKind;

namespace {

core::Error start_error(const http::HttpOptions& options) {
  const auto status = made(options)->start();
  REQUIRE_FALSE(status.has_value());
  return status.error();
}

/// This machine's own name, where it leads back to this machine; else empty. libcurl knows "localhost" by
/// itself, and looks every other name up on a thread.
std::string own_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || std::string(name.data()) == "localhost") return {};
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(name.data(), nullptr, &hints, &found) != 0) return {};
  const auto* address = reinterpret_cast<const sockaddr_in*>(found->ai_addr);
  const bool loopback = address->sin_addr.s_addr == htonl(INADDR_LOOPBACK);
  freeaddrinfo(found);
  return loopback ? name.data() : std::string();
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

TEST_CASE(
    "http start: a pattern in the list says nothing of a configured model, and the usual tag is passed "
    "over") {
  ScriptedServer server;
  auto options = options_for(server);
  for (const char* listed : {"*", "openai/*", "openai/gpt-*-mini", "openai/gpt-4-mini:latest"}) {
    server.set_models({200, models_body(listed, "openai")});
    options.endpoints.front().model = "openai/gpt-4-mini";
    options.endpoints.front().dialect = "vllm";
    const auto policy = started(options);
    CHECK(policy->model() == "openai/gpt-4-mini");
    const bool pattern = std::string_view(listed).find('*') != std::string_view::npos;
    CHECK(policy->health().endpoints.front().findings.size() == (pattern ? 1 : 0));
    options.endpoints.front().model = "azure/other";
    if (pattern) {
      CHECK(started(options)->model() == "azure/other");
    } else {
      CHECK(has(start_error(options).message, "has no model \"azure/other\""));
    }
  }
  server.set_models({200, models_body("*", "openai")});
  options.endpoints.front().model.clear();
  CHECK(has(start_error(options).message, "lists a pattern alone"));
}

TEST_CASE("http start: a server without a list is believed to have what is configured") {
  ScriptedServer server;
  auto options = options_for(server);
  for (const Reply& reply : {Reply{404, ""}, Reply{405, ""}, Reply{500, "{}"}, Reply{503, ""},
                             Reply{200, "<html>"}, Reply{200, "{}"}}) {
    server.set_models(reply);
    options.endpoints.front().model = "mine";
    options.endpoints.front().dialect = "vllm";
    const auto policy = started(options);
    CHECK(policy->model() == "mine");
    const auto findings = policy->health().endpoints.front().findings;
    REQUIRE(findings.size() == 1);
    CHECK(findings.front().what == "models");
    CHECK(has(findings.front().text, "\"mine\" of dialect vllm is believed"));
    options.endpoints.front().dialect = "auto";
    CHECK(has(start_error(options).message, "dialect in the configuration"));
  }
  for (const Reply& reply : {Reply{401, ""}, Reply{403, ""}, Reply{301, ""}}) {
    server.set_models(reply);
    options.endpoints.front().dialect = "vllm";
    CHECK(start_error(options).kind == ErrorKind::kInvalidInput);
  }
}

TEST_CASE("http start: where the list of models is elsewhere, that is told") {
  ScriptedServer server;
  auto options = options_for(server);
  std::string& url = options.endpoints.front().url;
  url.resize(url.size() - 3);
  const auto error = start_error(options);
  CHECK(error.kind == ErrorKind::kInvalidInput);
  CHECK(has(error.message, url + "/models: HTTP 404"));
  CHECK(has(error.message, "set the endpoint's url to " + server.url()));
  // One that is configured is believed, and its questions say what is asked in vain.
  options.endpoints.front().model = "mine";
  options.endpoints.front().dialect = "vllm";
  options.probe = true;
  server.set_default({404, R"({"detail":"Not Found"})"});
  CHECK(has(
      start_error(options).message,
      "asked was " + url + "/chat/completions: is the model's name right, and does the endpoint's url end"));
}

TEST_CASE("http start: what limits its pace is told") {
  ScriptedServer server;
  auto options = options_for(server);
  options.limits.rate = {.requests_per_minute = 60'000, .tokens_per_minute = 0};
  options.endpoints.front().rate = {.requests_per_minute = 0, .tokens_per_minute = 90'000'000};
  const auto policy = started(options);
  const auto findings = policy->health().endpoints.front().findings;
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].text == "at most 60000 requests a minute");
  CHECK(findings[1].text == "at most 90000000 tokens a minute");
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

TEST_CASE("http start: a server with a name is heard as one with an address") {
  const std::string name = own_name();
  if (name.empty()) {
    MESSAGE("skipped: this machine's name does not lead to 127.0.0.1");
    return;
  }
  ScriptedServer server({{200, chat_body({"held"}), Reply::How::kHold}});
  auto options = options_for(server);
  std::string& url = options.endpoints.front().url;
  url.replace(url.find("127.0.0.1"), std::string("127.0.0.1").size(), name);
  options.limits.allow_plain_http_to = {name};
  options.limits.timeout = std::chrono::seconds(10);
  options.limits.retries = 0;
  const auto policy = started(options);
  auto future = ask(*policy, sample_of(*policy));
  server.wait_for_requests(1);  // the reply comes later than all that libcurl does of itself
  server.release(1);
  CHECK(future.get().has_value());
  CHECK(policy->counts().failures == 0);
  CHECK(server.model_requests().size() == 1);
}
