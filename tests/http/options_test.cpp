#include "policy_fixture.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

using namespace viltree;
using namespace viltree::http::testing;
using http::HttpOptions;

namespace {

HttpOptions fine() {
  HttpOptions options;
  options.endpoints = {{.url = "http://127.0.0.1:1/v1"}};
  return options;
}

std::string refusal(const std::function<void(HttpOptions&)>& change) {
  HttpOptions options = fine();
  change(options);
  const auto policy = http::make_http_policy(options);
  if (policy) return {};
  CHECK(policy.error().kind == core::ErrorKind::kInvalidInput);
  return policy.error().message;
}

std::string url_refusal(const std::string& url) {
  return refusal([&](HttpOptions& options) { options.endpoints.front().url = url; });
}

}  // namespace

TEST_CASE("http options: there are endpoints, each with a weight") {
  CHECK(refusal([](HttpOptions&) {}).empty());
  CHECK(has(refusal([](HttpOptions& o) { o.endpoints.clear(); }), "policy.endpoints"));
  CHECK(refusal([](HttpOptions& o) { o.endpoints.push_back(o.endpoints.front()); }).empty());
  CHECK(has(refusal([](HttpOptions& o) { o.endpoints.front().weight = 0; }), "weight"));
}

TEST_CASE("http options: an unknown dialect is refused with the known ones and the nearest") {
  const auto message = refusal([](HttpOptions& o) { o.endpoints.front().dialect = "llama_server"; });
  CHECK(has(message, "vllm"));
  CHECK(has(message, "did you mean llama-server?"));
  for (const auto& name : http::dialect_names()) {
    CHECK(refusal([&](HttpOptions& o) { o.endpoints.front().dialect = name; }).empty());
  }
}

TEST_CASE("http options: plain http goes to loopback alone, unless a host is allowed by name") {
  CHECK(url_refusal("http://localhost:8000/v1").empty());
  CHECK(url_refusal("http://[::1]:8000/v1").empty());
  CHECK(url_refusal("http://127.8.9.1/v1/").empty());
  CHECK(url_refusal("https://models.example/v1").empty());
  for (const char* url :
       {"http://models.example/v1", "http://10.0.0.1:8000/v1", "http://127.0.0.1.example/v1"}) {
    CHECK(has(url_refusal(url), "allow_plain_http_to"));
  }
  CHECK(refusal([](HttpOptions& o) {
          o.endpoints.front().url = "http://10.0.0.1:8000/v1";
          o.limits.allow_plain_http_to = {"10.0.0.1"};
        }).empty());
}

TEST_CASE("http options: an address is http or https, and holds no secret and no query") {
  for (const char* url : {"", "127.0.0.1:8000/v1", "ftp://127.0.0.1/v1", "file:///etc/passwd",
                          "http://127.0.0.1/v1?a=b", "http://127.0.0.1/v1#x"}) {
    CHECK_FALSE(url_refusal(url).empty());
  }
  const auto message = url_refusal("https://me:hunter2@models.example/v1");
  CHECK(has(message, "api_key_env"));
  CHECK_FALSE(has(message, "hunter2"));
}

TEST_CASE("http options: a key comes from a set variable or a readable file, and is one word") {
  const auto with_env = [](HttpOptions& o) { o.endpoints.front().api_key_env = "VILTREE_TEST_NO_KEY"; };
  unsetenv("VILTREE_TEST_NO_KEY");
  CHECK(has(refusal(with_env), "VILTREE_TEST_NO_KEY"));
  setenv("VILTREE_TEST_NO_KEY", "two\nHost: lines", 1);
  CHECK(has(refusal(with_env), "no usable API key"));
  CHECK_FALSE(has(refusal(with_env), "lines"));
  setenv("VILTREE_TEST_NO_KEY", "good", 1);
  CHECK(refusal(with_env).empty());
  CHECK(has(refusal([&](HttpOptions& o) {
              with_env(o);
              o.endpoints.front().api_key_file = "/dev/null";
            }),
            "both given"));
  unsetenv("VILTREE_TEST_NO_KEY");
}

TEST_CASE("http options: a key's file may end in a newline") {
  const auto path = std::filesystem::temp_directory_path() / ("viltree_key_" + std::to_string(getpid()));
  std::ofstream(path) << "sk-from-a-file\n";
  ScriptedServer server;
  auto options = options_for(server);
  options.endpoints.front().api_key_file = path;
  const auto policy = started(options);
  std::filesystem::remove(path);
  CHECK(server.model_requests().front().header("authorization") == "Bearer sk-from-a-file");
  CHECK(has(refusal([&](HttpOptions& o) { o.endpoints.front().api_key_file = path; }),
            "cannot read an API key"));
}

TEST_CASE("http options: headers have names that are none of ours, once each, and values that are set") {
  const auto with = [](std::string name, std::string env = "VILTREE_TEST_HEADER") {
    return refusal([&](HttpOptions& o) { o.headers = {{name, env}}; });
  };
  unsetenv("VILTREE_TEST_HEADER");
  CHECK(has(with("X-Team"), "VILTREE_TEST_HEADER (header X-Team) is not set"));
  setenv("VILTREE_TEST_HEADER", "blue team, {\"a\": 1}", 1);
  CHECK(with("X-Team").empty());
  CHECK(with("Authorization").empty());
  CHECK(has(with("X-Team", ""), "names no environment variable"));
  for (const char* name : {"", "X Team", "X-Team:", "X\r\nHost", "caf\u00e9"})
    CHECK(has(with(name), "is not the name of a header"));
  for (const char* name : {"Host", "content-LENGTH", "Content-Type", "Transfer-Encoding", "Connection",
                           "Proxy-Authorization", "Accept", "Expect"})
    CHECK(has(with(name), "is written by viltree itself"));
  CHECK(has(
      refusal([](HttpOptions& o) {
        o.endpoints.front().headers = {{"X-Team", "VILTREE_TEST_HEADER"}, {"x-team", "VILTREE_TEST_HEADER"}};
      }),
      "x-team is given twice"));
  CHECK(has(refusal([](HttpOptions& o) {
              o.headers = {{"authorization", "VILTREE_TEST_HEADER"}};
              o.endpoints.front().api_key_env = "HOME";
            }),
            "both given"));
  for (const char* value : {"", " ", "two\nHost: lines", "two\r", "caf\u00e9"}) {
    setenv("VILTREE_TEST_HEADER", value, 1);
    CHECK(with("X-Team").empty() == (std::string(value) == "two\r"));  // blanks at the ends are none of it
    CHECK_FALSE(has(with("X-Team"), "lines"));
  }
  unsetenv("VILTREE_TEST_HEADER");
}

TEST_CASE("http options: a ca_file can be read, and has a certificate in it") {
  const auto path =
      (std::filesystem::temp_directory_path() / ("viltree_ca_" + std::to_string(getpid()))).string();
  const auto of_all = [&](HttpOptions& o) { o.ca_file = path; };
  const auto of_one = [&](HttpOptions& o) { o.endpoints.front().ca_file = path; };
  CHECK(has(refusal(of_all), path + " (ca_file) cannot be read: No such file"));
  std::ofstream(path) << "-----BEGIN PRIVATE KEY-----\n";
  CHECK(has(refusal(of_one), path + " (ca_file) holds no certificate in PEM form"));
  std::ofstream(path) << "# ours\n-----BEGIN CERTIFICATE-----\n";
  CHECK(refusal(of_all).empty());
  CHECK(refusal(of_one).empty());
  std::filesystem::remove(path);
  CHECK(has(refusal([](HttpOptions& o) { o.ca_file = "/"; }), "is a folder"));
}

TEST_CASE("http options: extra keys are a JSON object with none of ours") {
  CHECK(refusal([](HttpOptions& o) { o.extra = R"({"top_k": 3})"; }).empty());
  CHECK(has(refusal([](HttpOptions& o) { o.extra = "[1]"; }), "no JSON object"));
  CHECK(has(refusal([](HttpOptions& o) { o.extra = R"({"seed": 3})"; }), "seed: viltree writes that itself"));
  CHECK(
      has(refusal([](HttpOptions& o) { o.endpoints.front().extra = R"({"n": 3})"; }), "n: viltree decides"));
}

TEST_CASE("http options: numbers and templates that cannot be meant are refused") {
  CHECK(has(refusal([](HttpOptions& o) { o.sampling.temperature = -1; }), "temperature"));
  CHECK(has(refusal([](HttpOptions& o) { o.sampling.top_p = 0; }), "top_p"));
  CHECK(has(refusal([](HttpOptions& o) { o.sampling.stop = {""}; }), "stop"));
  CHECK(has(refusal([](HttpOptions& o) { o.prompt.user = "Solve it."; }), "{question}"));
  CHECK(has(refusal([](HttpOptions& o) { o.limits.timeout = std::chrono::seconds(0); }), "time-out"));
  CHECK(has(refusal([](HttpOptions& o) { o.limits.connect_timeout = std::chrono::hours(100); }), "time-out"));
  CHECK(has(refusal([](HttpOptions& o) { o.limits.in_flight = 1'000'000; }), "in_flight"));
  CHECK(has(refusal([](HttpOptions& o) { o.limits.backoff_cap = std::chrono::seconds(0); }), "backoff_cap"));
}
