#include "completion.hpp"
#include "samples.hpp"
#include "tokens.hpp"

#include <viltree/simulated/policy.hpp>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::simulated;

namespace {

policy::SampleResult ask(policy::Policy& policy, policy::Sample sample) {
  std::promise<policy::SampleResult> promise;
  auto future = promise.get_future();
  policy.sample(std::move(sample),
                [&promise](policy::SampleResult result) { promise.set_value(std::move(result)); });
  return future.get();
}

policy::Sample sample_of(policy::Policy& policy, const domain::Problem& problem, std::uint32_t n,
                         std::uint64_t seed) {
  policy::Sample sample;
  sample.prompt = policy.prepare(problem).value();
  sample.n = n;
  sample.seed = seed;
  return sample;
}

}  // namespace

TEST_CASE("policy: sibling i is the completion of seed + i, and usage adds up") {
  const auto policy = make_policy({}).value();
  REQUIRE(policy->start());
  const auto problem = make_problem(kSeed, 0);
  const auto result = ask(*policy, sample_of(*policy, problem, 4, 70)).value();
  REQUIRE(result.completions.size() == 4);
  CHECK(result.bill.model == kModelName);
  std::uint64_t tokens = 0;
  for (std::uint64_t i = 0; i < 4; ++i) {
    DrawOptions draw;
    draw.seed = 70 + i;
    CHECK(result.completions[i].text == complete(model_of(problem), "", {}, draw).text);
    tokens += *result.completions[i].tokens;
  }
  CHECK(result.bill.usage.completion_tokens == tokens);
  CHECK(result.bill.usage.prompt_tokens == count_tokens(problem.question) + kImageTokens);
  CHECK(policy->counts().requests == 1);
}

TEST_CASE("policy: completions say their decisions where they are asked for, and are the same") {
  PolicyOptions options;
  options.logprobs = true;
  const auto scored = make_policy(options).value();
  const auto plain = make_policy({}).value();
  const auto problem = make_problem(kSeed, 0);
  const auto with = ask(*scored, sample_of(*scored, problem, 20, 70)).value();
  const auto without = ask(*plain, sample_of(*plain, problem, 20, 70)).value();
  std::size_t count = 0;
  for (std::size_t i = 0; i < with.completions.size(); ++i) {
    CHECK(with.completions[i].text == without.completions[i].text);
    CHECK_FALSE(without.completions[i].decisions.has_value());
    REQUIRE(with.completions[i].decisions.has_value());
    double nats = 0;
    for (const domain::Decision& decision : *with.completions[i].decisions) {
      CHECK(decision.offset < with.completions[i].text.size());
      CHECK(decision.centinats >= domain::kLeastDecision);
      nats += decision.centinats / 100.0;
    }
    CHECK(nats <= -*with.completions[i].logprob + 0.1);
    count += with.completions[i].decisions->size();
  }
  CHECK(count > 0);
}

TEST_CASE("policy: problems without a scene are answered too") {
  const auto policy = make_policy({}).value();
  domain::Problem choice = foreign_problem();
  choice.choices = {"one", "two"};
  const auto result = ask(*policy, sample_of(*policy, choice, 8, 1)).value();
  for (const auto& completion : result.completions) {
    const auto letter = boxed_answer(completion.text);
    CHECK((letter == "A" || letter == "B"));
  }
  CHECK(boxed_answer(ask(*policy, sample_of(*policy, foreign_problem(), 1, 1)).value().completions[0].text));
}

TEST_CASE("policy: every question is answered exactly once, also across stop") {
  constexpr int kQuestions = 400;
  std::atomic<int> answered = 0;
  std::atomic<int> cancelled = 0;
  std::atomic<bool> stopped = false;
  std::atomic<bool> late = false;
  PolicyOptions options;
  options.threads = 2;
  const auto policy = make_policy(options).value();
  const auto sample = sample_of(*policy, make_problem(kSeed, 3), 4, 1);
  const auto ask_many = [&] {
    for (int i = 0; i < kQuestions; ++i) {
      policy->sample(sample, [&](const policy::SampleResult& result) {
        late = late || (stopped && result);
        ++answered;
        if (!result && result.error().why == policy::Uncompleted::Why::kStopped) ++cancelled;
      });
    }
  };
  std::vector<std::jthread> askers;
  for (int i = 0; i < 3; ++i) askers.emplace_back(ask_many);
  policy->stop();
  stopped = true;
  askers.clear();
  policy->stop();
  CHECK(answered == 3 * kQuestions);
  CHECK_FALSE(late);
  const auto after = ask(*policy, sample);
  REQUIRE_FALSE(after);
  CHECK(after.error().why == policy::Uncompleted::Why::kStopped);
}

TEST_CASE("policy: options out of their range are refused by name") {
  PolicyOptions options;
  options.sampling.top_p = 0;
  CHECK(make_policy(options).error().message.find("top_p") != std::string::npos);
  options = {};
  options.sampling.temperature = -1;
  CHECK(make_policy(options).error().message.find("temperature") != std::string::npos);
  options = {};
  options.threads = 0;
  CHECK(make_policy(options).error().message.find("threads") != std::string::npos);
  options = {};
  options.sampling.stop = {""};
  CHECK(make_policy(options).error().kind == core::ErrorKind::kInvalidInput);
  options = {};
  options.max_sequences = 0;
  CHECK_FALSE(make_policy(options));
}
