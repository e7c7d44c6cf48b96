#include "adaptive_limit.hpp"
#include "breaker.hpp"
#include "chat_template.hpp"
#include "models.hpp"
#include "share_at_work.hpp"

#include <viltree/core/random.hpp>

#include <cmath>
#include <deque>
#include <queue>
#include <set>
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

  /// From now on this share of all requests is refused, whatever the load is.
  void set_noise(double share) { noise_ = share; }
  /// From now on what goes beyond so many sequences is refused; 0: nothing is.
  void set_capacity(std::uint32_t sequences) { capacity_ = sequences; }

  struct Outcome {
    std::uint32_t limit = 0;
    double busy = 0;  ///< share of the slots' time, `from` seconds after the beginning
  };

  /// Runs until so many requests are answered or refused.
  Outcome run(AdaptiveLimit& limit, std::uint64_t requests, double from) {
    from += now_;
    double worked = 0;
    for (std::uint64_t done = 0; done < requests; ++done) {
      while (under_way_.size() < limit.value()) send(limit.sent(static_cast<double>(under_way_.size() + 1)));
      const Sequence first = running_.top();
      running_.pop();
      under_way_.erase(first.number);
      now_ = first.end;
      if (now_ > from) worked += std::min(first.work, now_ - from);
      if (first.refused) {
        const auto before = std::distance(under_way_.begin(), under_way_.lower_bound(first.number));
        limit.overloaded(first.level, static_cast<double>(before));
      } else {
        limit.answered(first.level, 1, first.tokens, moment(now_));
      }
    }
    return {limit.value(), worked / (static_cast<double>(free_.size()) * (now_ - from))};
  }

 private:
  struct Sequence {
    double end;
    std::uint64_t number;
    double work;
    std::uint64_t tokens;
    AdaptiveLimit::Level level;
    bool refused;
    bool operator<(const Sequence& other) const { return end > other.end; }
  };

  void send(AdaptiveLimit::Level level) {
    constexpr double kRoundTrip = 0.02;  // of a refusal
    const bool full = capacity_ > 0 && taken() >= capacity_;
    under_way_.insert(++sent_);
    if (full || random_.uniform() < noise_)
      return running_.push({now_ + kRoundTrip, sent_, 0, 0, level, true});
    // Lengths are log-normal: a few are long.
    const double z =
        std::sqrt(-2 * std::log(1 - random_.uniform())) * std::cos(6.283185307 * random_.uniform());
    const auto tokens = static_cast<std::uint64_t>(1 + 50 * std::exp(0.8 * z));
    auto slot = std::min_element(free_.begin(), free_.end());
    const double work = 0.01 * static_cast<double>(tokens);
    const double end = std::max(now_, *slot) + work;
    *slot = end;
    running_.push({end, sent_, work, tokens, level, false});
    ends_.insert(end);
  }

  /// Sequences that it works on or lets wait.
  std::uint32_t taken() {
    ends_.erase(ends_.begin(), ends_.upper_bound(now_));
    return static_cast<std::uint32_t>(ends_.size());
  }

  std::vector<double> free_;  ///< when each slot is free
  std::multiset<double> ends_;
  std::uint64_t sent_ = 0;
  std::set<std::uint64_t> under_way_;
  double now_ = 0;
  double noise_ = 0;
  std::uint32_t capacity_ = 0;
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

TEST_CASE("http limit: a share of refusals that no load explains costs nothing but itself") {
  for (const std::uint32_t slots : {8U, 64U, 512U}) {
    for (const double noise : {0.02, 0.07, 0.2, 0.4}) {
      CAPTURE(slots);
      CAPTURE(noise);
      MadeUpQueue server(slots, 3);
      server.set_noise(noise);
      AdaptiveLimit limit(256, 1, 8192);
      const auto outcome = server.run(limit, 150'000, 20);
      CHECK(outcome.limit >= slots);
      CHECK(outcome.busy > 0.9);
    }
  }
}

TEST_CASE("http limit: what a server refuses beyond a capacity that moves is load, with noise and without") {
  for (const double noise : {0.0, 0.1}) {
    CAPTURE(noise);
    MadeUpQueue server(1024, 4);
    server.set_noise(noise);
    AdaptiveLimit limit(256, 1, 8192);
    for (const std::uint32_t capacity : {400U, 100U, 300U}) {
      CAPTURE(capacity);
      server.set_capacity(capacity);
      const auto outcome = server.run(limit, 100'000, 0);
      CHECK(outcome.busy * 1024 > 0.9 * capacity);
      CHECK(outcome.limit <= 1.1 * capacity + 1);
    }
  }
}

TEST_CASE("http limit: a server that refuses everything gets little, and few overloads are no reason") {
  AdaptiveLimit limit(64, 1, 8192);
  for (int i = 0; i < 3; ++i) limit.overloaded(limit.sent(64), 0);
  CHECK(limit.value() == 64);
  for (int i = 0; i < 1000; ++i) limit.overloaded(limit.sent(64), 0);
  CHECK(limit.value() == 1);
}

TEST_CASE("http limit: a fixed one stays") {
  AdaptiveLimit limit = AdaptiveLimit::fixed(7);
  for (int i = 0; i < 1000; ++i) {
    limit.answered(limit.sent(7), 1, 100, seconds(1));
  }
  limit.overloaded(limit.sent(7), 3);
  CHECK(limit.value() == 7);
}

TEST_CASE("http limit: replies to what was not sent at a full level say nothing") {
  AdaptiveLimit limit(64, 1, 8192);
  for (int i = 0; i < 1000; ++i) {
    limit.answered(limit.sent(3), 1, 100, seconds(i));
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
