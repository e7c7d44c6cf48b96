#pragma once

#include "scripted_server.hpp"

#include <viltree/http/http_policy.hpp>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <doctest/doctest.h>

namespace viltree::http::testing {

/// Options for that server which never wait between attempts.
inline HttpOptions options_for(const ScriptedServer& server) {
  HttpOptions options;
  options.endpoints = {{.url = server.url()}};
  options.prompt.user = "{question}";
  options.limits.timeout = std::chrono::minutes(10);
  options.limits.retries = 3;
  options.limits.backoff_base = std::chrono::milliseconds(0);
  options.probe = false;
  return options;
}

inline std::unique_ptr<policy::Policy> made(HttpOptions options) {
  auto policy = make_http_policy(std::move(options));
  REQUIRE_MESSAGE(policy.has_value(), policy.error().message);
  return std::move(*policy);
}

/// Until what another thread does has come about.
inline void wait_for(const std::function<bool()>& condition) {
  while (!condition()) std::this_thread::yield();
}

inline std::unique_ptr<policy::Policy> started(HttpOptions options) {
  auto policy = made(std::move(options));
  const auto status = policy->start();
  REQUIRE_MESSAGE(status.has_value(), status.error().message);
  return policy;
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline domain::Problem question(std::string text) {
  domain::Problem problem;
  problem.id = "p1";
  problem.question = std::move(text);
  return problem;
}

inline policy::Sample sample_of(policy::Policy& policy, std::uint32_t n = 1, std::string prefix = {}) {
  auto prompt = policy.prepare(question("What is 1 + 1?"));
  REQUIRE(prompt.has_value());
  return {.prompt = *prompt, .prefix = std::move(prefix), .n = n, .max_tokens = 50, .seed = 7};
}

inline std::future<policy::SampleResult> ask(policy::Policy& policy, policy::Sample sample) {
  auto promise = std::make_shared<std::promise<policy::SampleResult>>();
  auto future = promise->get_future();
  policy.sample(std::move(sample),
                [promise](policy::SampleResult result) { promise->set_value(std::move(result)); });
  return future;
}

}  // namespace viltree::http::testing
