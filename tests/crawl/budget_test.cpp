#include "outcome.hpp"
#include "support.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/storage/manifest.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::crawl;
using namespace viltree::crawl::test;

namespace {

/// Every third sample.
std::function<std::optional<policy::Uncompleted>(std::size_t, const policy::Sample&)>
refusing_now_and_then() {
  return [times = 0](std::size_t, const policy::Sample&) mutable -> std::optional<policy::Uncompleted> {
    if (++times % 3 != 0) return std::nullopt;
    return given_up("gave up after 42 attempts: 504: too slow");
  };
}

}  // namespace

TEST_CASE("crawl: a spent budget delivers what is finished, and a larger one goes on to the same bytes") {
  int partial_units = 0;
  for (std::uint64_t budget = 600; budget < 2600; budget += 200) {
    CAPTURE(budget);
    const TemporaryFolder folder;
    Session first(folder.path());
    first.options.open_trees = 2;
    first.options.budget.tokens = budget;
    const archive::Progress spent = first.go();
    if (spent.state == archive::State::kFinished) continue;
    CHECK(spent.state == archive::State::kBudget);
    CHECK(first.notes.said("budget used up"));
    std::uint64_t delivered_trees = 0;
    for (const storage::UnitEntry& unit : manifest_of(first).units) {
      delivered_trees += unit.trees;
      partial_units += unit.complete ? 0 : 1;
    }
    CHECK(delivered_trees == spent.totals.trees);
    Session second(folder.path());
    CHECK(second.go().state == archive::State::kFinished);
    CHECK(delivered(folder.path()) == undisturbed());
    CHECK(asked_twice(first.policy, second.policy) == 0);
  }
  CHECK(partial_units > 0);
}

TEST_CASE("crawl: no budget of tokens is passed by one token, and a larger one brings the same bytes") {
  for (std::uint64_t budget = 40; budget < 4000; budget = budget * 5 / 3) {
    for (std::uint64_t seed = 1; seed < 4; ++seed) {
      CAPTURE(budget);
      CAPTURE(seed);
      const TemporaryFolder folder;
      Session first(folder.path(), seed);
      first.options.budget.tokens = budget;
      first.policy.sequences = static_cast<std::uint32_t>(8 << seed);
      const archive::Progress spent = first.go();
      CHECK(first.policy.generated <= budget);
      CHECK(spent.totals.usage.completion_tokens.value_or(0) == first.policy.generated);
      if (spent.state == archive::State::kFinished) continue;
      CHECK(spent.state == archive::State::kBudget);
      Session more(folder.path(), seed + 1);
      more.options.budget.tokens = budget * 2;
      (void)more.go();
      CHECK(first.policy.generated + more.policy.generated <= budget * 2);
      Session rest(folder.path());
      CHECK(rest.go().state == archive::State::kFinished);
      CHECK(delivered(folder.path()) == undisturbed());
      CHECK(asked_twice(first.policy, more.policy) == 0);
    }
  }
}

TEST_CASE(
    "crawl: no budget of tokens is passed where samples fail half-way, or completions are thrown away") {
  for (std::uint64_t budget = 100; budget < 4000; budget = budget * 5 / 3) {
    for (const bool wasteful : {false, true}) {
      CAPTURE(budget);
      CAPTURE(wasteful);
      const TemporaryFolder folder;
      Session session(folder.path());
      session.options.budget.tokens = budget;
      session.policy.halves = !wasteful;
      session.policy.wasteful = wasteful;
      session.options.search.max_tokens = wasteful ? 2 : 32;  // as long as they may be, almost all
      if (!wasteful) session.policy.fault = refusing_now_and_then();
      const archive::Progress end = session.go();
      CHECK(session.policy.generated <= budget);
      CHECK(end.totals.usage.completion_tokens.value_or(0) == session.policy.generated);
    }
  }
}

TEST_CASE("crawl: a budget of tokens is passed by what was under way at most where the limit is not heeded") {
  for (std::uint64_t budget = 100; budget < 2000; budget = budget * 5 / 3) {
    CAPTURE(budget);
    const TemporaryFolder folder;
    Session session(folder.path());
    session.options.budget.tokens = budget;
    session.options.search.max_tokens = 3;
    session.policy.ignores_limit = true;
    session.policy.sequences = 4;
    std::uint64_t known = 0;  // when the first answer was there
    session.notes.on_progress = [&](const archive::Progress& progress) {
      if (known == 0) known = progress.totals.usage.completion_tokens.value_or(0);
    };
    const archive::Progress end = session.go();
    CHECK(end.state == archive::State::kBudget);
    CHECK(end.totals.usage.completion_tokens == session.policy.generated);
    // One sample was under way when nobody knew.
    CHECK(session.policy.generated <= std::max(budget, known));
  }
}

TEST_CASE("crawl: a budget of money is not passed once prompts are known") {
  for (const double usd : {0.002, 0.003, 0.004}) {
    CAPTURE(usd);
    const TemporaryFolder folder;
    Session session(folder.path());
    session.options.budget.usd = usd;
    session.options.prices = {1, 0, 2};
    const archive::Progress spent = session.go();
    CHECK(spent.state == archive::State::kBudget);
    CHECK(spent.totals.trees > 0);
    REQUIRE(spent.cost.has_value());
    CHECK(*spent.cost <= usd);
    CHECK(*spent.cost > usd / 2);
  }
}

TEST_CASE("crawl: one sample of two requests does not make prompts dear for good") {
  for (const bool twice : {false, true}) {
    CAPTURE(twice);
    const TemporaryFolder folder;
    Session session(folder.path());
    session.options.budget.usd = 0.01;
    session.options.prices = {10, 0, 0.1};
    session.policy.sequences = 4;
    if (twice) session.policy.twice = [times = 0](const policy::Sample&) mutable { return ++times == 1; };
    const archive::Progress spent = session.go();
    CHECK(spent.state == archive::State::kBudget);
    CHECK(*spent.cost <= 0.01);
    CHECK(*spent.cost > 0.0098);
  }
}

TEST_CASE("crawl: where nobody counts tokens, every completion is taken to be as long as it may be") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.policy.counts_tokens = false;
  session.options.budget.tokens = 3200;
  const archive::Progress spent = session.go();
  CHECK(spent.state == archive::State::kBudget);
  CHECK(spent.totals.rollouts <= 100);
  CHECK(spent.totals.rollouts > 50);
  Session again(folder.path());
  again.policy.counts_tokens = false;
  again.options.budget.tokens = 3200;
  CHECK(again.go().totals.rollouts <= 100);
}

TEST_CASE("crawl: most of a budget goes into trees that are finished") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.options.budget.tokens = 1500;
  session.policy.sequences = 16;
  (void)session.go();
  const double spent = static_cast<double>(session.policy.generated);
  std::uint64_t in_trees = 0;
  for (const storage::UnitEntry& unit : manifest_of(session).units)
    in_trees += unit.counts.at("completion_tokens");
  CHECK(spent > 1000);
  CHECK(static_cast<double>(in_trees) > 0.8 * spent);
}

TEST_CASE("crawl: the first problems alone, then the rest") {
  const TemporaryFolder folder;
  Session first(folder.path());
  first.options.budget.problems = 6;
  const archive::Progress part = first.go();
  CHECK(part.state == archive::State::kBudget);
  CHECK(part.totals.trees == 6);
  CHECK(manifest_of(first).units.back().trees == 2);
  Session all(folder.path());
  all.options.budget.problems = 14;
  CHECK(all.go().state == archive::State::kFinished);
  CHECK(delivered(folder.path()) == undisturbed());
  CHECK(asked_twice(first.policy, all.policy) == 0);
}
