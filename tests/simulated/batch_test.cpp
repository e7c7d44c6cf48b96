#include "batch.hpp"

#include "chat_service.hpp"

#include <viltree/core/random.hpp>

#include <algorithm>
#include <cmath>
#include <map>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::simulated;
using std::chrono::milliseconds;

namespace {

using Ids = std::vector<Batch::JobId>;

BatchJob job_of(std::vector<std::uint32_t> tokens, std::vector<TokenId> prompt = {1, 2, 3}) {
  BatchJob job;
  job.context = std::move(prompt);
  for (const std::uint32_t count : tokens) {
    BatchSequence sequence;
    sequence.tokens = count;
    job.sequences.push_back(sequence);
  }
  return job;
}

Ids ids_of(const std::vector<Batch::Done>& done) {
  Ids ids;
  for (const auto& it : done) ids.push_back(it.job);
  return ids;
}

std::vector<TokenId> range(TokenId from, TokenId to) {
  std::vector<TokenId> tokens;
  for (TokenId token = from; token < to; ++token) tokens.push_back(token);
  return tokens;
}

}  // namespace

TEST_CASE("batch: sequences run in slots, first come first served, and a request ends with its last") {
  Batch batch({.slots = 2, .token_rate = 1000});
  const auto first = batch.submit(milliseconds(0), job_of({10, 30}));
  const auto second = batch.submit(milliseconds(0), job_of({5}));
  REQUIRE((first && second));
  CHECK(batch.next() == milliseconds(10));
  CHECK(batch.counts(milliseconds(0)).waiting == 1);
  CHECK(ids_of(batch.advance(milliseconds(14))).empty());
  CHECK(ids_of(batch.advance(milliseconds(15))) == Ids{*second});
  CHECK(ids_of(batch.advance(milliseconds(29))).empty());
  CHECK(ids_of(batch.advance(milliseconds(30))) == Ids{*first});
  CHECK_FALSE(batch.next());
  const BatchCounts counts = batch.counts(milliseconds(50));
  CHECK(counts.busy_slot_seconds == doctest::Approx(0.045));
  CHECK(counts.most_waiting == 1);
}

TEST_CASE("batch: a late call loses no time of a slot") {
  Batch batch({.slots = 1, .token_rate = 1000});
  Ids ids;
  for (int i = 0; i < 10; ++i) ids.push_back(batch.submit(milliseconds(0), job_of({10})).value());
  CHECK(ids_of(batch.advance(milliseconds(100))) == ids);
  CHECK(batch.counts(milliseconds(100)).busy_slot_seconds == doctest::Approx(0.1));
}

TEST_CASE("batch: beyond the queue a request is refused whole, and leaves nothing behind") {
  Batch batch({.slots = 2, .queue = 3, .token_rate = 1000});
  CHECK_FALSE(batch.submit(milliseconds(0), job_of({1, 1, 1, 1, 1, 1})));
  CHECK(batch.submit(milliseconds(0), job_of({9, 9, 9})));
  CHECK_FALSE(batch.submit(milliseconds(1), job_of({1, 1, 1})));
  CHECK(batch.submit(milliseconds(1), job_of({1, 1})));
  CHECK_FALSE(batch.submit(milliseconds(2), job_of({1})));
  CHECK(batch.submit(milliseconds(9), job_of({1})));
  CHECK(batch.advance(milliseconds(100)).size() == 3);
  CHECK(batch.counts(milliseconds(100)).running == 0);
  CHECK(batch.counts(milliseconds(100)).waiting == 0);
}

TEST_CASE("batch: beyond the capacity, which may change, a request is refused whole") {
  BatchOptions options;
  options.token_rate = 1000;
  options.capacity = Capacity::parse("3,1:10").value();
  Batch batch(options);
  const auto at = [](int ms) { return milliseconds(1000 + ms); };
  CHECK(batch.submit(at(0), job_of({12, 12})));
  CHECK_FALSE(batch.submit(at(0), job_of({1, 1})));
  CHECK(batch.submit(at(0), job_of({12})));
  CHECK_FALSE(batch.submit(at(11), job_of({1})));
  CHECK(batch.submit(at(12), job_of({1})));
  CHECK_FALSE(batch.submit(at(12), job_of({1})));
  CHECK(batch.submit(at(20), job_of({1, 1, 1})));
}

TEST_CASE("simulated capacity: numbers one after the other, each for its time") {
  CHECK_FALSE(Capacity::parse("").value().bounded());
  const Capacity capacity = Capacity::parse("400,100").value();
  CHECK(capacity.at(milliseconds(9'999)) == 400);
  CHECK(capacity.at(milliseconds(10'000)) == 100);
  CHECK(capacity.at(milliseconds(20'000)) == 400);
  CHECK(Capacity::parse("7:1").value().at(milliseconds(5)) == 7);
  for (const char* wrong : {"0", "a", "1,", ",1", "1:", "1:0", "1:x", "-1", "1;2", "1:2:3"}) {
    CAPTURE(wrong);
    CHECK_FALSE(Capacity::parse(wrong).has_value());
  }
}

TEST_CASE("batch: a cancelled request frees its slots at once, and its places in the queue") {
  Batch batch({.slots = 1, .token_rate = 1000});
  const auto first = batch.submit(milliseconds(0), job_of({100, 100})).value();
  const auto second = batch.submit(milliseconds(0), job_of({10})).value();
  batch.cancel(milliseconds(20), first);
  batch.cancel(milliseconds(20), 999);
  CHECK(batch.counts(milliseconds(20)).running == 1);
  CHECK(batch.counts(milliseconds(20)).waiting == 0);
  CHECK(ids_of(batch.advance(milliseconds(30))) == Ids{second});
  CHECK(ids_of(batch.advance(milliseconds(500))).empty());
  CHECK(batch.counts(milliseconds(500)).busy_slot_seconds == doctest::Approx(0.03));
}

TEST_CASE("batch: prompts are computed one after the other, once a request, and cached tokens are free") {
  Batch batch({.token_rate = 1000, .prefill_rate = 1000, .cache_tokens = 1000});
  const auto first = batch.submit(milliseconds(0), job_of({10, 20}, range(0, 100))).value();
  const auto second = batch.submit(milliseconds(0), job_of({10}, range(0, 150))).value();
  CHECK(batch.decoded(first, milliseconds(105)) == std::vector<std::uint32_t>{5, 5});
  CHECK(batch.decoded(second, milliseconds(105)) == std::vector<std::uint32_t>{0});
  CHECK(ids_of(batch.advance(milliseconds(119))).empty());
  CHECK(ids_of(batch.advance(milliseconds(120))) == Ids{first});
  const auto done = batch.advance(milliseconds(160));
  REQUIRE(ids_of(done) == Ids{second});
  CHECK(done[0].cached_tokens == 100);
  const BatchCounts counts = batch.counts(milliseconds(160));
  CHECK(counts.prompt_tokens == 250);
  CHECK(counts.computed_tokens == 150);
  CHECK(counts.cached_tokens == 100);
  CHECK(counts.bound_tokens == 150);
}

TEST_CASE("batch: without a cache every prompt is computed, and the bound says what one would have saved") {
  Batch batch({.slots = 1, .token_rate = 1000});
  for (int i = 0; i < 3; ++i) REQUIRE(batch.submit(milliseconds(0), job_of({1}, range(0, 50))));
  CHECK(batch.advance(milliseconds(10)).size() == 3);
  CHECK(batch.counts(milliseconds(10)).computed_tokens == 150);
  CHECK(batch.counts(milliseconds(10)).bound_tokens == 50);
}

TEST_CASE("batch: what a sequence has generated is in the cache from its end on") {
  Batch batch({.token_rate = 1000, .cache_tokens = 1000});
  BatchJob job = job_of({5}, {1, 2, 3});
  job.open_turn = {4};
  job.sequences[0].after = {4, 5, 6, 7, 8, 9};
  REQUIRE(batch.submit(milliseconds(0), job));
  REQUIRE(batch.submit(milliseconds(0), job_of({1}, range(1, 7))));
  CHECK(batch.counts(milliseconds(0)).computed_tokens == 4 + 2);
  CHECK(batch.advance(milliseconds(5)).size() == 2);
  REQUIRE(batch.submit(milliseconds(6), job_of({1}, range(1, 12))));
  CHECK(batch.counts(milliseconds(6)).computed_tokens == 6 + 2);
  CHECK(batch.counts(milliseconds(6)).bound_tokens == 6 + 2);
}

TEST_CASE("batch: a cache that is too small computes again, and more than the bound") {
  Batch batch({.slots = 1, .cache_tokens = 60});
  for (int round = 0; round < 3; ++round) {
    for (TokenId family = 0; family < 3; ++family) {
      REQUIRE(batch.submit(milliseconds(round), job_of({1}, range(1000 * family, 1000 * family + 40))));
      static_cast<void>(batch.advance(milliseconds(round)));
    }
  }
  const BatchCounts counts = batch.counts(milliseconds(9));
  CHECK(counts.bound_tokens == 120);
  CHECK(counts.computed_tokens > 200);
  CHECK(counts.computed_tokens + counts.cached_tokens == counts.prompt_tokens);
}

TEST_CASE("batch: whatever comes, slots are kept, everything ends, and nothing runs before its time") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    core::Random random(seed);
    const auto slots = static_cast<std::uint32_t>(random.between(1, 5));
    Batch batch({.slots = slots, .queue = 20, .token_rate = 100, .prefill_rate = 1000, .cache_tokens = 50});
    std::map<Batch::JobId, Batch::Time> begun;
    Batch::Time now{};
    std::size_t ended = 0;
    for (int step = 0; step < 300; ++step) {
      now += milliseconds(random.between(0, 40));
      std::vector<std::uint32_t> tokens;
      for (auto n = random.between(1, 4); n > 0; --n)
        tokens.push_back(static_cast<std::uint32_t>(random.between(0, 20)));
      const auto from = static_cast<TokenId>(random.between(0, 3));
      const auto id = batch.submit(now, job_of(tokens, range(from, from + 30)));
      if (id) begun.emplace(*id, now + milliseconds(10) * *std::max_element(tokens.begin(), tokens.end()));
      if (id && random.uniform() < 0.2) {
        batch.cancel(now, *id);
        begun.erase(*id);
      }
      for (const auto& done : batch.advance(now)) {
        REQUIRE(begun.contains(done.job));
        CHECK(begun.at(done.job) <= now);
        begun.erase(done.job);
        ++ended;
      }
      CHECK(batch.counts(now).running <= slots);
      CHECK(batch.counts(now).waiting <= 20);
    }
    ended += batch.advance(now + std::chrono::hours(1)).size();
    CHECK(batch.counts(now).running == 0);
    CHECK(batch.counts(now).waiting == 0);
    CHECK(ended > 20);
  }
}
