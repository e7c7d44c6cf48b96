#include <viltree/domain/bill.hpp>
#include <viltree/domain/completion.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/domain/verdict.hpp>

#include <doctest/doctest.h>

using namespace viltree::domain;

TEST_CASE("evidence: without a decided rollout the value is unknown, not zero") {
  Evidence evidence;
  CHECK_FALSE(evidence.mc());
  evidence.add(Verdict::kTruncated, 3);
  evidence.add(Verdict::kFailed);
  CHECK_FALSE(evidence.mc());
  CHECK(evidence.total() == 4);
  evidence.add(Verdict::kRight);
  evidence.add(Verdict::kWrong, 3);
  CHECK(evidence.mc() == 0.25);
}

TEST_CASE("names: every verdict and finish reason reads back") {
  for (std::size_t i = 0; i < kVerdictKinds; ++i) {
    const auto verdict = static_cast<Verdict>(i);
    CHECK(verdict_from(name(verdict)) == verdict);
  }
  CHECK(finish_reason_from("length") == FinishReason::kLength);
  CHECK_FALSE(verdict_from("maybe"));
}

TEST_CASE("usage: unknown stays unknown, and known counts add up") {
  Usage usage;
  usage.add({.prompt_tokens = 5, .cached_tokens = {}, .completion_tokens = 7});
  usage.add({.prompt_tokens = {}, .cached_tokens = {}, .completion_tokens = {}, .reasoning_tokens = 3});
  CHECK(usage.reasoning_tokens == 3);
  usage.add({.prompt_tokens = 1, .cached_tokens = {}, .completion_tokens = {}});
  CHECK(usage.prompt_tokens == 6);
  CHECK_FALSE(usage.cached_tokens);
  CHECK(usage.completion_tokens == 7);
}

TEST_CASE("usage: the sum of one answer's parts is known only where every part is") {
  Usage usage{.prompt_tokens = 5, .cached_tokens = 2, .completion_tokens = {}};
  usage.add_part({.prompt_tokens = 6, .cached_tokens = {}, .completion_tokens = 7});
  CHECK(usage == Usage{.prompt_tokens = 11, .cached_tokens = {}, .completion_tokens = {}});
  usage.add_part({.prompt_tokens = 1, .cached_tokens = 1, .completion_tokens = 1});
  CHECK(usage == Usage{.prompt_tokens = 12, .cached_tokens = {}, .completion_tokens = {}});
}

TEST_CASE("bill: a sum of requests knows what every one of them counted, and begins with none") {
  Bill sum = Bill::nothing();
  CHECK(sum.uncounted(0) == 0);
  sum.add({{9, 4, 12}, 1, 1, "m"});
  CHECK(sum == Bill{{9, 4, 12}, 1, 1, "m"});
  CHECK(sum.uncounted(3) == 0);
  sum.add({{9, std::nullopt, std::nullopt}, 2, 2, {}});
  CHECK(sum == Bill{{18, std::nullopt, std::nullopt}, 3, 3, "m"});
  CHECK(sum.uncounted(3) == 6);
}

TEST_CASE("problem: the fingerprint follows what the policy and the checker see, and no more") {
  Problem problem;
  problem.id = "a";
  problem.question = "How many?";
  problem.answer = "3";
  const std::string before = fingerprint(problem);
  problem.source = "elsewhere";
  CHECK(fingerprint(problem) == before);
  problem.answer = "4";
  CHECK(fingerprint(problem) != before);
}
