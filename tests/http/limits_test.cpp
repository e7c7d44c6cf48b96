#include "policy_fixture.hpp"

#include <viltree/core/limits.hpp>

#include <atomic>
#include <thread>

using namespace viltree;
using namespace viltree::http::testing;
using core::ErrorKind;

TEST_CASE("http limits: no more sequences than allowed are at the server, and all are answered in the end") {
  ScriptedServer server;
  server.set_default({.how = Reply::How::kHold});
  auto options = options_for(server);
  options.limits.in_flight = 3;
  const auto policy = started(options);
  CHECK(policy->max_sequences() == 7);  // three at the server, and a few to choose from
  std::vector<std::future<policy::SampleResult>> results;
  for (int i = 0; i < 10; ++i) results.push_back(ask(*policy, sample_of(*policy)));
  for (std::size_t sent = 3; sent < 10; ++sent) {
    server.wait_for_requests(sent);
    CHECK(server.chat_requests().size() == sent);
    server.release(1);
  }
  server.release(3);
  for (auto& result : results) CHECK(result.get().has_value());
  CHECK(server.greatest_concurrency() == 3);
}

TEST_CASE("http limits: siblings go together where the limit allows, and no request is beyond it") {
  ScriptedServer server;
  server.set_default({.how = Reply::How::kHold});
  auto options = options_for(server);
  options.limits.in_flight = 4;
  const auto policy = started(options);
  auto large = ask(*policy, sample_of(*policy, 6));
  auto small = ask(*policy, sample_of(*policy, 3));
  server.wait_for_requests(1);
  server.release(1);
  // The rest of the large one first, and the small one beside it: a free place is not left idle.
  server.wait_for_requests(3);
  server.release(2);
  CHECK(large.get()->completions.size() == 6);
  CHECK(small.get()->completions.size() == 3);
  CHECK(server.chat_requests().size() == 3);
}

TEST_CASE("http limits: connections are used again") {
  ScriptedServer server;
  auto options = options_for(server);
  options.limits.in_flight = 1;
  const auto policy = started(options);
  for (int i = 0; i < 20; ++i) REQUIRE(ask(*policy, sample_of(*policy)).get().has_value());
  CHECK(server.connections() == 2);  // one for the questions at the start
}

TEST_CASE("http limits: waiting for a place costs a request nothing of its time") {
  // Both have the same time, and the first holds the only place for all of it: were the second's time running
  // meanwhile, it would be over before it is sent.
  ScriptedServer server({{.how = Reply::How::kNever}, {.how = Reply::How::kNever}});
  auto options = options_for(server);
  options.limits.in_flight = 1;
  options.limits.retries = 0;
  options.limits.timeout = std::chrono::milliseconds(50);
  const auto policy = started(options);
  auto first = ask(*policy, sample_of(*policy));
  auto second = ask(*policy, sample_of(*policy));
  CHECK(first.get().has_value());
  CHECK(second.get().has_value());
  CHECK(policy->counts().failures == 2);
}

TEST_CASE("http limits: a reply beyond the size limit is cut off") {
  ScriptedServer server({{200, std::string(core::limits::kReplyBytes + 1, ' ')}});
  const auto policy = started(options_for(server));
  CHECK(ask(*policy, sample_of(*policy)).get().has_value());
  CHECK(policy->counts().failures == 1);
}

TEST_CASE(
    "http limits: stop() cancels what is in flight, waiting and resting, and no callback runs after it") {
  ScriptedServer server({{.status = 503, .how = Reply::How::kHold, .headers = {{"Retry-After", "500"}}}});
  server.set_default({.how = Reply::How::kNever});
  auto options = options_for(server);
  options.limits.in_flight = 2;
  const auto policy = started(options);
  std::atomic<int> cancelled{0};
  std::atomic<int> calls{0};
  for (int i = 0; i < 8; ++i) {
    policy->sample(sample_of(*policy), [&](const policy::SampleResult& result) {
      ++calls;
      if (!result && result.error().why == policy::Uncompleted::Why::kStopped) ++cancelled;
    });
  }
  server.wait_for_requests(2);
  server.release(1);
  wait_for([&] { return policy->counts().failures == 1; });
  // One was told to come later, another is in flight, the others wait.
  policy->stop();
  CHECK(calls == 8);
  CHECK(cancelled == 8);
  const auto late = ask(*policy, sample_of(*policy)).get();
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().why == policy::Uncompleted::Why::kStopped);
  const auto start = policy->start();
  REQUIRE_FALSE(start.has_value());
  CHECK(start.error().kind == ErrorKind::kCancelled);
  policy->stop();
}

TEST_CASE("http limits: samples from many threads, with a stop among them, are each answered once") {
  ScriptedServer server;
  auto options = options_for(server);
  options.limits.in_flight = 8;
  const auto policy = started(options);
  constexpr int kThreads = 4;
  constexpr int kSamples = 100;
  std::atomic<int> calls{0};
  std::atomic<int> completed{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, sample = sample_of(*policy, 2)] {
        for (int i = 0; i < kSamples; ++i) {
          policy->sample(sample, [&](const policy::SampleResult& result) {
            ++calls;
            if (result) ++completed;
          });
        }
      });
    }
    server.wait_for_requests(50);
    policy->stop();
  }
  CHECK(calls == kThreads * kSamples);
  CHECK(completed > 0);
  CHECK(server.greatest_concurrency() <= 4);
}

TEST_CASE("http limits: a callback may ask again") {
  ScriptedServer server;
  const auto policy = started(options_for(server));
  const auto sample = sample_of(*policy);
  std::promise<int> done;
  int left = 50;
  std::function<void(policy::SampleResult)> again = [&](const policy::SampleResult& result) {
    if (!result || --left == 0) return done.set_value(left);
    policy->sample(sample, again);
  };
  policy->sample(sample, again);
  CHECK(done.get_future().get() == 0);
}
