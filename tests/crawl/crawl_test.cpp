#include "support.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/codec/codec.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/storage/journal.hpp>
#include <viltree/storage/lines.hpp>
#include <viltree/storage/manifest.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <utility>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::crawl;
using namespace viltree::crawl::test;
using core::ErrorKind;
using core::ExitCode;
using core::FatalError;

namespace {

/// What an undisturbed crawl delivers.
const std::map<std::string, std::string>& undisturbed() {
  static const std::map<std::string, std::string> kFiles = [] {
    const TemporaryFolder folder;
    Session session(folder.path());
    (void)session.go();
    return delivered(folder.path());
  }();
  return kFiles;
}

storage::Manifest manifest_of(const Session& session) {
  return **storage::load_manifest(session.run.file_system(), session.run.manifest());
}

/// Questions that were asked in both sessions.
std::size_t asked_twice(const FakePolicy& first, const FakePolicy& second) {
  std::vector<FakePolicy::Asked> all = first.asked;
  all.insert(all.end(), second.asked.begin(), second.asked.end());
  std::sort(all.begin(), all.end());
  return static_cast<std::size_t>(all.end() - std::unique(all.begin(), all.end()));
}

ExitCode exit_of(Session& session) {
  try {
    (void)session.go();
  } catch (const FatalError& error) {
    session.notes.lines.emplace_back(error.what());
    return error.code();
  }
  return ExitCode::kDone;
}

/// Answers in the journal.
std::size_t journaled(const Session& session) {
  std::size_t count = 0;
  const auto on_record = [&](std::string_view, std::uint64_t) -> core::Status {
    ++count;
    return {};
  };
  REQUIRE(storage::read_journal(session.run.file_system(), session.run.journal(), 0, on_record).has_value());
  return count;
}

/// Every third sample.
std::function<std::optional<policy::Uncompleted>(std::size_t, const policy::Sample&)>
refusing_now_and_then() {
  return [times = 0](std::size_t, const policy::Sample&) mutable -> std::optional<policy::Uncompleted> {
    if (++times % 3 != 0) return std::nullopt;
    return given_up("gave up after 42 attempts: 504: too slow");
  };
}

policy::Health outage(std::chrono::milliseconds lasts) {
  return {policy::Outage{lasts, "connection refused"}, {}};
}

}  // namespace

TEST_CASE("crawl: all units are committed in order, and the rows are numbered through the run") {
  const TemporaryFolder folder;
  Session session(folder.path());
  const archive::Progress end = session.go();
  CHECK(end.state == archive::State::kFinished);
  CHECK(end.totals.trees == 14);
  const storage::Manifest manifest = manifest_of(session);
  REQUIRE(manifest.units.size() == 4);
  CHECK(manifest.units.back().problems == 2);
  std::uint64_t expected = 0;
  for (const storage::UnitEntry& unit : manifest.units) {
    CHECK(unit.complete);
    CHECK(storage::verify_file(session.run.file_system(), folder.path(), unit.shard));
    const auto reader =
        *storage::LineFileReader::open(session.run.file_system(), folder.path() / unit.shard.path);
    CHECK(reader.for_each_line([&](std::uint64_t, std::string_view line) -> core::Status {
      CHECK(codec::decode_row(line)->index == expected++);
      return {};
    }));
  }
  CHECK(expected == end.rows_committed);
  CHECK(expected > 50);
}

TEST_CASE("crawl: order of answers, workers, open trees and room at the policy do not change a byte") {
  for (std::uint64_t order = 2; order < 6; ++order) {
    CAPTURE(order);
    const TemporaryFolder folder;
    Session session(folder.path(), order);
    session.background = &core::threads();
    session.options.workers = static_cast<std::uint32_t>(order);
    session.options.open_trees = static_cast<std::uint32_t>(order * 2 - 3);
    session.policy.sequences = static_cast<std::uint32_t>(16 >> (order - 2));
    (void)session.go();
    CHECK(delivered(folder.path()) == undisturbed());
  }
}

TEST_CASE("crawl: interrupted at any moment and resumed, it delivers the same and asks nothing twice") {
  for (std::uint64_t tick = 3; tick < 140; tick += 9) {
    CAPTURE(tick);
    const TemporaryFolder folder;
    Session first(folder.path());
    first.clock.on_tick = [&](std::uint64_t now) { first.stop = first.stop || now == tick; };
    const archive::State state = first.go().state;
    if (state == archive::State::kFinished && tick > 80) break;  // it was over before
    CHECK(state == archive::State::kInterrupted);
    Session second(folder.path(), 2);
    CHECK(second.go().state == archive::State::kFinished);
    CHECK(delivered(folder.path()) == undisturbed());
    CHECK(asked_twice(first.policy, second.policy) == 0);
  }
}

TEST_CASE(
    "crawl: refused by the server in the middle, it goes on later; only what was in flight is asked again") {
  const TemporaryFolder folder;
  Session first(folder.path());
  first.policy.fault = [](std::size_t asked, const policy::Sample&) -> std::optional<policy::Uncompleted> {
    if (asked < 60) return std::nullopt;
    return refuses_us("401: no such key");
  };
  CHECK(exit_of(first) == ExitCode::kPolicy);
  CHECK(first.notes.said("401: no such key"));
  Session second(folder.path(), 2);
  (void)second.go();
  CHECK(delivered(folder.path()) == undisturbed());
  CHECK(asked_twice(first.policy, second.policy) <= first.policy.sequences);
}

TEST_CASE("crawl: answers that came with the policy's refusal, or after it, are kept") {
  for (std::uint64_t order = 1; order < 12; ++order) {
    CAPTURE(order);
    const TemporaryFolder folder;
    Session session(folder.path(), order);
    session.policy.fault = [](std::size_t asked,
                              const policy::Sample& sample) -> std::optional<policy::Uncompleted> {
      if (asked < 60 || sample.seed % 3 != 0) return std::nullopt;
      return refuses_us("401: no such key");
    };
    CHECK(exit_of(session) == ExitCode::kPolicy);
    CHECK(session.policy.answered > 20);
    CHECK(journaled(session) == session.policy.answered);
  }
}

TEST_CASE("crawl: answers that came before the patience was over are kept") {
  for (std::uint64_t order = 1; order < 12; ++order) {
    CAPTURE(order);
    const TemporaryFolder folder;
    Session session(folder.path(), order);
    session.options.patience = std::chrono::seconds(1);
    session.policy.state = [&] {
      const bool over = session.policy.asked.size() >= 50;
      // One more comes at the very end.
      if (over) session.policy.deliver_one();
      return over ? outage(std::chrono::seconds(2)) : policy::Health{};
    };
    CHECK(exit_of(session) == ExitCode::kPolicy);
    CHECK(session.policy.answered > 20);
    CHECK(journaled(session) == session.policy.answered);
  }
}

TEST_CASE("crawl: what samples had cost that were stopped counts for the session") {
  for (const bool by_policy : {false, true}) {
    CAPTURE(by_policy);
    const TemporaryFolder folder;
    Session session(folder.path());
    session.policy.halves = true;
    if (by_policy) {
      session.policy.fault = [](std::size_t asked, const policy::Sample&) {
        return asked < 60 ? std::nullopt : std::optional(refuses_us("401: no such key"));
      };
      CHECK(exit_of(session) == ExitCode::kPolicy);
      const auto status = storage::read_file(session.run.file_system(), session.run.status(), 1U << 20U);
      CHECK(archive::progress_from_json(*status)->totals.usage.completion_tokens == session.policy.generated);
    } else {
      // In an outage nothing is waited for.
      session.policy.state = [&]() -> policy::Health {
        if (session.policy.asked.size() < 50) return {};
        session.policy.silent = session.stop = true;
        return outage(std::chrono::seconds(1));
      };
      CHECK(session.go().totals.usage.completion_tokens == session.policy.generated);
    }
    CHECK(session.policy.answered > 20);
    CHECK(journaled(session) == session.policy.answered);
  }
}

TEST_CASE("crawl: siblings that came before a refusal are counted with it, also after a resume") {
  const auto refuse = [](std::size_t, const policy::Sample& sample) -> std::optional<policy::Uncompleted> {
    if (sample.prefix != "add\n") return std::nullopt;
    return refused("400: too long");
  };
  const TemporaryFolder folder;
  Session first(folder.path());
  first.policy.halves = true;
  first.policy.fault = refuse;
  first.clock.on_tick = [&](std::uint64_t now) { first.stop = first.stop || now == 90; };
  const archive::Progress part = first.go();
  CHECK(part.state == archive::State::kInterrupted);
  CHECK(part.totals.refusals > 0);
  CHECK(part.totals.usage.completion_tokens == first.policy.generated);
  Session second(folder.path(), 3);
  second.policy.halves = true;
  second.policy.fault = refuse;
  const archive::Progress end = second.go();
  CHECK(end.state == archive::State::kFinished);
  CHECK(end.totals.usage.completion_tokens == first.policy.generated + second.policy.generated);
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

TEST_CASE("crawl: an outage is told, opens no tree, and changes no label") {
  const TemporaryFolder folder;
  Session session(folder.path());
  const auto lost = [&] { return session.policy.asked.size() >= 50 && session.clock.ticks() < 400; };
  std::uint64_t most_open = 0;
  session.policy.state = [&] {
    session.policy.silent = lost();
    return lost() ? outage(std::chrono::seconds(1)) : policy::Health{};
  };
  session.notes.on_progress = [&](const archive::Progress& progress) {
    if (!progress.message.empty()) most_open = std::max(most_open, progress.trees_open);
  };
  CHECK(session.go().state == archive::State::kFinished);
  CHECK(session.notes.said("policy unreachable: connection refused; its trees wait"));
  CHECK(session.notes.said("policy reachable again"));
  CHECK(session.notes.last.totals.verdicts.of(domain::Verdict::kFailed) == 0);
  CHECK(most_open < 14);
  CHECK(delivered(folder.path()) == undisturbed());
}

TEST_CASE("crawl: an outage beyond the patience ends the session, and the next one goes on") {
  const TemporaryFolder folder;
  Session first(folder.path());
  first.options.patience = std::chrono::seconds(5);
  first.policy.state = [&]() -> policy::Health {
    if (first.policy.asked.size() < 50) return {};
    first.policy.silent = true;
    return outage(std::chrono::milliseconds(first.clock.ticks() * 10));
  };
  CHECK(exit_of(first) == ExitCode::kPolicy);
  CHECK(first.notes.said("policy unreachable for 5 s: connection refused"));
  Session second(folder.path());
  CHECK(second.go().state == archive::State::kFinished);
  CHECK(delivered(folder.path()) == undisturbed());
}

TEST_CASE("crawl: stopped in an outage, it leaves at once, and keeps what had come") {
  const TemporaryFolder folder;
  Session first(folder.path());
  first.policy.state = [&]() -> policy::Health {
    if (first.policy.asked.size() < 50) return {};
    first.policy.silent = true;
    first.stop = true;
    return outage(std::chrono::seconds(1));
  };
  CHECK(first.go().state == archive::State::kInterrupted);
  CHECK(first.policy.held() == 0);
  CHECK_FALSE(first.notes.said("stopping: waiting for"));
  Session second(folder.path(), 2);
  CHECK(second.go().state == archive::State::kFinished);
  CHECK(delivered(folder.path()) == undisturbed());
  CHECK(asked_twice(first.policy, second.policy) <= first.policy.sequences);
}

TEST_CASE("crawl: stopped while the policy starts, it leaves at once, and the same crawl goes on") {
  const TemporaryFolder folder;
  Session first(folder.path());
  std::promise<void> stopped;
  first.policy.on_start = [&]() -> core::Status {
    first.stop = true;
    stopped.get_future().wait();
    return core::fail(ErrorKind::kCancelled, "stopped");
  };
  first.policy.on_stop = [&, once = true]() mutable {
    if (std::exchange(once, false)) stopped.set_value();
  };
  CHECK(first.go().state == archive::State::kInterrupted);
  CHECK(first.policy.asked.empty());
  Session second(folder.path());
  second.stop = true;  // before the start: it is not even tried
  second.policy.on_start = [] { return core::Status(core::fail(ErrorKind::kTransient, "was started")); };
  CHECK(second.go().state == archive::State::kInterrupted);
  Session third(folder.path());
  CHECK(third.go().state == archive::State::kFinished);
  CHECK(delivered(folder.path()) == undisturbed());
}

TEST_CASE("crawl: a policy that does not start ends the session, and the next one goes on") {
  const TemporaryFolder folder;
  Session first(folder.path());
  first.policy.on_start = [] { return core::Status(core::fail(ErrorKind::kTransient, "nobody there")); };
  CHECK(exit_of(first) == ExitCode::kPolicy);
  Session second(folder.path());
  CHECK(second.go().state == archive::State::kFinished);
}

TEST_CASE("crawl: samples that take long because they fail again and again change no label") {
  const TemporaryFolder folder;
  Session session(folder.path());
  std::map<std::uint64_t, int> failures;  // by seed
  session.policy.stumbles = [&](const policy::Sample& sample) {
    return sample.seed % 7 == 0 && ++failures[sample.seed] <= 42;
  };
  const archive::Progress end = session.go();
  CHECK(end.state == archive::State::kFinished);
  CHECK(failures.size() > 3);
  CHECK(end.totals.refusals == 0);
  CHECK(delivered(folder.path()) == undisturbed());
}

TEST_CASE("crawl: when it stops the policies are told, so that nothing rests that is waited for") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.add_judge();
  session.clock.on_tick = [&](std::uint64_t tick) { session.stop = session.stop || tick == 60; };
  CHECK(session.go().state == archive::State::kInterrupted);
  CHECK(session.policy.winds_down);
  CHECK(session.judge.winds_down);
}

TEST_CASE("crawl: a sample that the policy gave up is refused, counted, told, and never wrong") {
  const auto give_up = [](std::size_t, const policy::Sample& sample) -> std::optional<policy::Uncompleted> {
    if (sample.prefix != "add\n") return std::nullopt;
    return given_up("gave up after 42 attempts: 504: too slow");
  };
  const auto refuse = [](std::size_t, const policy::Sample& sample) -> std::optional<policy::Uncompleted> {
    if (sample.prefix != "add\n") return std::nullopt;
    return refused("400: too long");
  };
  const TemporaryFolder folder;
  Session session(folder.path());
  session.policy.fault = give_up;
  const archive::Progress end = session.go();
  CHECK(end.state == archive::State::kFinished);
  CHECK(end.totals.refusals > 0);
  CHECK(session.notes.said("gave up after 42 attempts: 504: too slow"));
  const TemporaryFolder other;
  Session refusing(other.path());
  refusing.policy.fault = refuse;
  (void)refusing.go();
  CHECK(delivered(folder.path()) == delivered(other.path()));
  Session again(folder.path());
  again.policy.fault = give_up;
  CHECK(again.go().state == archive::State::kFinished);
  CHECK(again.policy.asked.empty());
}

TEST_CASE("crawl: what a server lacks is told at the start, and its changes of condition") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.policy.state = [&] {
    policy::EndpointState endpoint;
    endpoint.url = "http://127.0.0.1:1/v1";
    endpoint.model = "m";
    endpoint.findings = {{policy::Finding::Kind::kCosts, "usage", "no cached tokens"},
                         {policy::Finding::Kind::kGood, "siblings", "in one request"}};
    const bool lost = session.policy.asked.size() > 30 && session.policy.asked.size() < 90;
    endpoint.condition =
        lost ? policy::EndpointState::Condition::kLost : policy::EndpointState::Condition::kReady;
    endpoint.reason = lost ? "reset" : "";
    return policy::Health{std::nullopt, {endpoint}};
  };
  const archive::Progress end = session.go();
  CHECK(session.notes.said("http://127.0.0.1:1/v1 (m): usage: no cached tokens"));
  CHECK_FALSE(session.notes.said("in one request"));
  CHECK(session.notes.said("http://127.0.0.1:1/v1 (m) does not answer: reset"));
  CHECK(session.notes.said("http://127.0.0.1:1/v1 (m) is there again"));
  REQUIRE(end.endpoints.size() == 1);
  CHECK(end.endpoints[0].condition == "ready");
  REQUIRE(end.endpoints[0].costs.size() == 1);
  CHECK(end.endpoints[0].costs[0].text == "no cached tokens");
}

TEST_CASE("crawl: a prefix that is refused for good counts as failed, never as wrong, also after a resume") {
  const auto refuse = [](std::size_t, const policy::Sample& sample) -> std::optional<policy::Uncompleted> {
    if (sample.prefix != "add\n") return std::nullopt;
    return refused("400: too long");
  };
  const TemporaryFolder folder;
  Session session(folder.path());
  session.policy.fault = refuse;
  const archive::Progress end = session.go();
  CHECK(end.state == archive::State::kFinished);
  CHECK(end.totals.refusals > 0);
  const TemporaryFolder again;
  Session first(again.path(), 3);
  first.policy.fault = refuse;
  first.clock.on_tick = [&](std::uint64_t now) { first.stop = first.stop || now == 90; };
  (void)first.go();
  Session second(again.path(), 4);
  second.policy.fault = refuse;
  (void)second.go();
  CHECK(delivered(again.path()) == delivered(folder.path()));
}

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

TEST_CASE("crawl: where the memory is used up, units are filled one by one, and nothing changes") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.options.memory_bytes = 1;
  bool beyond = false;
  session.policy.later = [&](const std::string&) {
    const auto manifest = *storage::load_manifest(session.run.file_system(), session.run.manifest());
    const std::uint64_t committed = manifest ? manifest->units.size() : 0;
    for (const auto& asked : session.policy.asked)
      beyond = beyond || std::stoull(asked.problem.substr(1)) / session.options.unit_size > committed + 1;
    return false;
  };
  CHECK(session.go().state == archive::State::kFinished);
  CHECK_FALSE(beyond);
  CHECK(delivered(folder.path()) == undisturbed());
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

TEST_CASE(
    "crawl: until the last trees no more are open than keep the policy busy, and a straggler stops nothing") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.options.unit_size = 1;
  session.policy.sequences = 12;
  std::uint64_t most_open = 0;
  std::uint64_t done_before_straggler = 0;
  session.notes.on_progress = [&](const archive::Progress& progress) {
    const std::uint64_t left = progress.problems - progress.trees_open - progress.totals.trees;
    if (left > progress.trees_open) most_open = std::max(most_open, progress.trees_open);
    if (progress.units_committed == 0) done_before_straggler = progress.totals.trees;
  };
  session.policy.later = [&](const std::string& problem) {
    return problem == "p0" && session.notes.last.totals.trees < 13;
  };
  const archive::Progress end = session.go();
  CHECK(end.state == archive::State::kFinished);
  CHECK(most_open <= 4 + 1);
  CHECK(done_before_straggler >= 13);
}

TEST_CASE("crawl: the share of the least prefill is told of finished trees, also after a resume") {
  const TemporaryFolder folder;
  Session whole(folder.path());
  whole.policy.cache = true;
  const archive::Totals undisturbed_totals = whole.go().totals;
  REQUIRE(undisturbed_totals.prefill_share().has_value());
  CHECK(*undisturbed_totals.prefill_share() > 0);
  const TemporaryFolder other;
  Session first(other.path());
  first.policy.cache = true;
  first.clock.on_tick = [&](std::uint64_t now) { first.stop = first.stop || now == 90; };
  (void)first.go();
  Session second(other.path(), 5);
  second.policy.cache = true;
  const archive::Totals resumed = second.go().totals;
  CHECK(resumed.prefill_bound == undisturbed_totals.prefill_bound);
  CHECK(resumed.prefill_computed == undisturbed_totals.prefill_computed);
  Session third(other.path());
  CHECK(third.go().totals.prefill_bound == resumed.prefill_bound);
}

TEST_CASE("crawl: by entropy, the journal brings the same steps, whenever it was interrupted") {
  const auto prepare = [](Session& session) {
    session.options.search.steps = {.splitter = "entropy", .decision_chars = 0};
    session.policy.scores_tokens = true;
    session.options.search.max_tokens = 1000;
  };
  const TemporaryFolder folder;
  Session whole(folder.path());
  prepare(whole);
  CHECK(whole.go().state == archive::State::kFinished);
  const auto expected = delivered(folder.path());
  CHECK(expected != undisturbed());
  CHECK_FALSE(whole.notes.said("log-probabilities"));
  for (const std::uint64_t tick : {3U, 30U, 90U}) {
    const TemporaryFolder other;
    Session first(other.path());
    prepare(first);
    first.clock.on_tick = [&](std::uint64_t now) { first.stop = first.stop || now == tick; };
    (void)first.go();
    Session second(other.path(), 5);
    prepare(second);
    CHECK(second.go().state == archive::State::kFinished);
    CHECK(delivered(other.path()) == expected);
    CHECK(asked_twice(first.policy, second.policy) == 0);
  }
}

TEST_CASE("crawl: by entropy, completions without log-probabilities are cut by line, told once and counted") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.options.search.steps.splitter = "entropy";
  const archive::Progress progress = session.go();
  CHECK(delivered(folder.path()) == undisturbed());
  const auto about =
      std::count_if(session.notes.lines.begin(), session.notes.lines.end(),
                    [](const auto& line) { return line.find("log-probabilities") != std::string::npos; });
  CHECK(about == 2);
  CHECK(session.notes.said("'fake' gave no log-probabilities"));
  CHECK(
      session.notes.said(std::to_string(progress.totals.rollouts) + " completions had no log-probabilities"));
}

TEST_CASE("crawl: a finished run asks nothing and changes nothing") {
  const TemporaryFolder folder;
  Session first(folder.path());
  (void)first.go();
  Session second(folder.path());
  CHECK(second.go().state == archive::State::kFinished);
  CHECK(second.policy.asked.empty());
  CHECK(delivered(folder.path()) == undisturbed());
}

TEST_CASE("crawl: bad lines are put aside with their number and keep their place; strict ends the run") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.source.size = 6;
  session.source.bad = {1, 5};
  const archive::Progress end = session.go();
  CHECK(end.totals.rejected == 2);
  CHECK(end.totals.trees == 4);
  CHECK(session.notes.said("line 2 put aside: no question"));
  CHECK(manifest_of(session).units.front().rejected == 1);

  const TemporaryFolder other;
  Session strict(other.path());
  strict.source.bad = {1};
  strict.options.strict = true;
  CHECK(exit_of(strict) == ExitCode::kUsage);
}

TEST_CASE("crawl: a data set that changed under the run is refused") {
  const TemporaryFolder folder;
  Session first(folder.path());
  first.clock.on_tick = [&](std::uint64_t now) { first.stop = first.stop || now == 100; };
  (void)first.go();
  Session longer(folder.path());
  longer.source.size = 15;
  CHECK(exit_of(longer) == ExitCode::kUsage);
  CHECK(longer.notes.said("the data set has 15 lines, but had 14"));
  Session edited(folder.path());
  edited.source.question = "How much is ";
  CHECK(exit_of(edited) == ExitCode::kUsage);
  CHECK(edited.notes.said("the data set changed"));
}

TEST_CASE("crawl: without keep_journal, segments of committed units are dropped and a resume still works") {
  const TemporaryFolder folder;
  Session first(folder.path());
  first.options.keep_journal = false;
  first.clock.on_tick = [&](std::uint64_t now) { first.stop = first.stop || now == 110; };
  (void)first.go();
  Session second(folder.path());
  second.options.keep_journal = false;
  (void)second.go();
  CHECK(delivered(folder.path()) == undisturbed());
}
