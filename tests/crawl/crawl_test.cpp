#include "outcome.hpp"
#include "support.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/codec/codec.hpp>
#include <viltree/storage/lines.hpp>
#include <viltree/storage/manifest.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::crawl;
using namespace viltree::crawl::test;
using core::ExitCode;

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

TEST_CASE("crawl: a finished run asks nothing and changes nothing") {
  const TemporaryFolder folder;
  Session first(folder.path());
  (void)first.go();
  Session second(folder.path());
  CHECK(second.go().state == archive::State::kFinished);
  CHECK(second.policy.asked.empty());
  CHECK(delivered(folder.path()) == undisturbed());
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
