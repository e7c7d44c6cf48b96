#include "adaptive_limit.hpp"
#include "breaker.hpp"
#include "chat_template.hpp"
#include "models.hpp"
#include "share_at_work.hpp"

#include <viltree/core/random.hpp>

#include <cmath>
#include <deque>
#include <queue>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::http;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

AdaptiveLimit::Duration moment(double at) {
  return std::chrono::duration_cast<AdaptiveLimit::Duration>(std::chrono::duration<double>(at));
}

/// A server that works on `slots` sequences at once, each at one token in 10 ms, and lets the others wait in
/// order; and a client that keeps to the limit. Times are made up.
class MadeUpQueue {
 public:
  MadeUpQueue(std::uint32_t slots, std::uint64_t seed) : free_(slots, 0.0), random_(seed) {}

  struct Outcome {
    std::uint32_t limit = 0;
    double busy = 0;  ///< share of the slots' time from `from` on
  };

  /// Runs until `requests` are answered.
  Outcome run(AdaptiveLimit& limit, std::uint64_t requests, double from) {
    double now = 0;
    double worked = 0;
    std::uint32_t in_flight = 0;
    const auto slots = static_cast<double>(free_.size());
    for (std::uint64_t done = 0; done < requests; ++done) {
      while (in_flight < limit.value()) {
        ++in_flight;
        static_cast<void>(limit.sent(in_flight));
        send(now);
      }
      const Sequence first = running_.top();
      running_.pop();
      now = first.end;
      --in_flight;
      if (now > from) worked += std::min(first.work, now - from);
      limit.answered(1, first.tokens, moment(now));
    }
    return {limit.value(), worked / (slots * (now - from))};
  }

 private:
  struct Sequence {
    double end;
    double sent;
    double work;
    std::uint64_t tokens;
    bool operator<(const Sequence& other) const { return end > other.end; }
  };

  void send(double now) {
    // Lengths are log-normal: a few are long.
    const double z =
        std::sqrt(-2 * std::log(1 - random_.uniform())) * std::cos(6.283185307 * random_.uniform());
    const auto tokens = static_cast<std::uint64_t>(1 + 50 * std::exp(0.8 * z));
    auto slot = std::min_element(free_.begin(), free_.end());
    const double work = 0.01 * static_cast<double>(tokens);
    const double end = std::max(now, *slot) + work;
    *slot = end;
    running_.push({end, now, work, tokens});
  }

  std::vector<double> free_;  ///< when each slot is free
  core::Random random_;
  std::priority_queue<Sequence> running_;
};

}  // namespace

TEST_CASE("http limit: it finds a server's size, keeps it busy, and does not pile work up before it") {
  for (const std::uint32_t slots : {8U, 100U, 512U}) {
    for (const std::uint64_t seed : {1U, 2U}) {
      CAPTURE(slots);
      CAPTURE(seed);
      MadeUpQueue server(slots, seed);
      AdaptiveLimit limit(512, 1, 8192);
      const auto outcome = server.run(limit, 200'000, 5);
      CHECK(outcome.limit >= slots);
      CHECK(outcome.limit <= std::max(1024U, 4 * slots));
      CHECK(outcome.busy > 0.96);
    }
  }
}

TEST_CASE("http limit: an overload takes a quarter off, once for all that was sent at that level") {
  AdaptiveLimit limit(64, 1, 8192);
  const auto level = limit.sent(64);
  limit.overloaded(level);
  CHECK(limit.value() == 48);
  limit.overloaded(level);
  CHECK(limit.value() == 48);
  limit.overloaded(limit.sent(48));
  CHECK(limit.value() == 36);
  for (int i = 0; i < 100; ++i) limit.overloaded(limit.sent(1));
  CHECK(limit.value() == 1);
}

TEST_CASE("http limit: a fixed one stays") {
  AdaptiveLimit limit = AdaptiveLimit::fixed(7);
  for (int i = 0; i < 1000; ++i) {
    static_cast<void>(limit.sent(7));
    limit.answered(1, 100, seconds(1));
  }
  limit.overloaded(limit.sent(7));
  CHECK(limit.value() == 7);
}

TEST_CASE("http limit: replies to what was not sent at a full level say nothing") {
  AdaptiveLimit limit(64, 1, 8192);
  for (int i = 0; i < 1000; ++i) {
    static_cast<void>(limit.sent(3));
    limit.answered(1, 100, seconds(i));
  }
  CHECK(limit.value() == 64);
}

TEST_CASE("http share at work: what siblings of one reply did of the time that the longest took") {
  ShareAtWork share;
  CHECK(share.value() == 1.0);
  share.answered(1, 70, 70);
  CHECK(share.value() == 1.0);
  for (int i = 0; i < 1000; ++i) share.answered(4, 100, 50);
  CHECK(share.value() == doctest::Approx(0.5).epsilon(1e-3));
  share.answered(3, 0, 0);  // nothing was generated
  CHECK(share.value() == doctest::Approx(0.5).epsilon(1e-3));

  ShareAtWork whole = ShareAtWork::whole();
  whole.answered(4, 100, 50);
  CHECK(whole.value() == 1.0);
}

TEST_CASE("http breaker: a series of failures opens it, canaries come at growing pauses, a reply closes it") {
  Breaker breaker(seconds(1), seconds(4));
  for (std::uint32_t i = 1; i < Breaker::kFailures; ++i)
    CHECK_FALSE(breaker.failed(seconds(10), "no", false));
  CHECK(breaker.closed());
  CHECK(breaker.failed(seconds(10), "no", false));
  CHECK_FALSE(breaker.closed());
  CHECK(breaker.next_try() == seconds(11));
  CHECK_FALSE(breaker.failed(seconds(10), "late", false));  // what was under way
  CHECK(breaker.next_try() == seconds(11));
  breaker.still_failing(seconds(11), "still");
  CHECK(breaker.next_try() == seconds(13));
  breaker.still_failing(seconds(13), "still");
  breaker.still_failing(seconds(17), "still");
  CHECK(breaker.next_try() == seconds(21));
  CHECK(breaker.reason() == "still");
  breaker.answered();
  CHECK(breaker.closed());
  CHECK(breaker.failed(seconds(30), "nobody there", true));
  CHECK(breaker.next_try() == seconds(31));
}

TEST_CASE("http breaker: a reply between failures begins the series anew") {
  Breaker breaker(seconds(1), seconds(4));
  for (int i = 0; i < 100; ++i) {
    for (std::uint32_t k = 1; k < Breaker::kFailures; ++k) breaker.failed(seconds(1), "no", false);
    breaker.answered();
  }
  CHECK(breaker.closed());
}

TEST_CASE(
    "http models: samples are shared out by weight, and the same sample always goes to the same model") {
  const std::vector<double> weights = {1, 3, 1};
  std::vector<int> count(3);
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    const std::size_t chosen = choose_by_weight(weights, seed);
    REQUIRE(chosen == choose_by_weight(weights, seed));
    ++count[chosen];
  }
  CHECK(std::abs(count[0] - 1000) < 120);
  CHECK(std::abs(count[1] - 3000) < 150);
  CHECK(choose_by_weight({0.5}, 99) == 0);
}

TEST_CASE("http chat template: by name or as a text, with and without a system message") {
  const auto chatml = find_chat_template("chatml");
  REQUIRE(chatml.has_value());
  const auto with = render(*chatml, "Be brief.");
  CHECK(with.before == "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n");
  CHECK(with.after == "<|im_end|>\n<|im_start|>assistant\n");
  CHECK(render(*chatml, "").before == "<|im_start|>user\n");
  const auto gemma = find_chat_template("gemma");
  REQUIRE(gemma.has_value());
  CHECK(render(*gemma, "Be brief.").before == "<start_of_turn>user\nBe brief.\n\n");
  const auto own = find_chat_template("Q: {user}\nA: ");
  REQUIRE(own.has_value());
  CHECK(render(*own, "").before == "Q: ");
  CHECK(render(*own, "").after == "\nA: ");
  CHECK_FALSE(find_chat_template("chatlm").has_value());
  CHECK_FALSE(find_chat_template("").has_value());
}
