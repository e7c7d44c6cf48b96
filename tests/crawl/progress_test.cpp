#include <viltree/crawl/progress.hpp>

#include <doctest/doctest.h>

using namespace viltree::crawl;

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
  CHECK_FALSE(back.seconds_left);
  CHECK_FALSE(progress_from_json("{\"state\": \"run").has_value());
  CHECK_FALSE(progress_from_json("{}").has_value());
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
