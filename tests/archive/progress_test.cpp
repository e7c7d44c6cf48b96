#include <viltree/archive/progress.hpp>

#include <doctest/doctest.h>

using namespace viltree::archive;

TEST_CASE("progress: status.json reads back, and unknown stays unknown") {
  Progress progress;
  progress.state = State::kBudget;
  progress.message = "why";
  progress.problems = 9;
  progress.totals.rollouts = 4;
  progress.totals.verdicts.add(viltree::domain::Verdict::kTruncated, 3);
  progress.totals.usage.completion_tokens = 0;
  const Progress back = *progress_from_json(to_json(progress, "now"));
  CHECK(back.state == State::kBudget);
  CHECK(back.message == "why");
  CHECK(back.totals.verdicts == progress.totals.verdicts);
  CHECK(back.totals.usage.completion_tokens == 0);
  CHECK_FALSE(back.totals.usage.prompt_tokens);
  CHECK_FALSE(back.totals.usage.reasoning_tokens);
  CHECK_FALSE(back.totals.prefill_share());
  CHECK(back.endpoints.empty());
  CHECK_FALSE(back.seconds_left);
  CHECK_FALSE(progress_from_json("{\"state\": \"run").has_value());
  CHECK_FALSE(progress_from_json("{}").has_value());
}

TEST_CASE("progress: endpoints, reasoning tokens and prefill read back, and an older file has none") {
  Progress progress;
  progress.totals.usage.reasoning_tokens = 5;
  progress.totals.prefill_computed = 8;
  progress.totals.prefill_bound = 6;
  progress.totals.uncounted = 3;
  progress.totals.left_out = 4;
  Endpoint endpoint;
  endpoint.url = "u";
  endpoint.condition = "paused";
  endpoint.limit = 7;
  endpoint.costs = {{"usage", "none"}};
  progress.endpoints = {endpoint};
  std::string text = to_json(progress, "now");
  const Progress back = *progress_from_json(text);
  CHECK(back.totals.usage.reasoning_tokens == 5);
  CHECK(back.totals.prefill_share() == 0.75);
  CHECK(back.totals.uncounted == 3);
  CHECK(back.totals.left_out == 4);
  REQUIRE(back.endpoints.size() == 1);
  CHECK(back.endpoints[0].condition == "paused");
  CHECK(back.endpoints[0].limit == 7);
  CHECK(back.endpoints[0].costs[0].text == "none");
  for (const char* key : {"\"endpoints\"", "\"prefill\"", "\"reasoning_tokens\"", "\"uncounted_rollouts\"",
                          "\"left_out_labels\""}) {
    text.replace(text.find(key) + 1, 1, "_");
  }
  const auto older = progress_from_json(text);
  REQUIRE(older.has_value());
  CHECK(older->endpoints.empty());
  CHECK_FALSE(older->totals.prefill_bound);
}

TEST_CASE("progress: metrics have a label for every server and its condition") {
  Progress progress;
  for (const char* url : {"a", "b"}) {
    Endpoint endpoint;
    endpoint.url = url;
    endpoint.model = "m";
    endpoint.condition = "lost";
    endpoint.requests = 3;
    progress.endpoints.push_back(endpoint);
  }
  progress.totals.prefill_computed = 8;
  progress.totals.prefill_bound = 6;
  const std::string metrics = to_metrics(progress);
  CHECK(metrics.find("viltree_endpoint_requests{model=\"m\",url=\"b\"} 3") != std::string::npos);
  CHECK(metrics.find("condition=\"lost\",model=\"m\",url=\"a\"} 1") != std::string::npos);
  CHECK(metrics.find("condition=\"ready\",model=\"m\",url=\"a\"} 0") != std::string::npos);
  CHECK(metrics.find("viltree_prefill_share 0.75") != std::string::npos);
}

TEST_CASE("progress: the cost counts cached tokens at their own price, and is unknown without counts") {
  const Prices prices{2, 1, 10};
  CHECK(cost({1'000'000, 500'000, 100'000}, prices) == doctest::Approx(1.0 + 0.5 + 1.0));
  CHECK_FALSE(cost({std::nullopt, std::nullopt, 5}, prices));
}

TEST_CASE("progress: metrics name verdicts and leave out what is unknown") {
  Progress progress;
  progress.totals.verdicts.add(viltree::domain::Verdict::kWrong, 7);
  const std::string metrics = to_metrics(progress);
  CHECK(metrics.find("viltree_rollouts{verdict=\"wrong\"} 7") != std::string::npos);
  CHECK(metrics.find("viltree_tokens{") == std::string::npos);
}
