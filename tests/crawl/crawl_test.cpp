#include "support.hpp"

#include <viltree/codec/codec.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/storage/lines.hpp>
#include <viltree/storage/manifest.hpp>

#include <algorithm>

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

}  // namespace

TEST_CASE("crawl: all units are committed in order, and the rows are numbered through the run") {
  const TemporaryFolder folder;
  Session session(folder.path());
  const Progress end = session.go();
  CHECK(end.state == State::kFinished);
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
    CHECK(first.go().state == State::kInterrupted);
    Session second(folder.path(), 2);
    CHECK(second.go().state == State::kFinished);
    CHECK(delivered(folder.path()) == undisturbed());
    CHECK(asked_twice(first.policy, second.policy) == 0);
  }
}

TEST_CASE(
    "crawl: refused by the server in the middle, it goes on later; only what was in flight is asked again") {
  const TemporaryFolder folder;
  Session first(folder.path());
  first.policy.fault = [](std::size_t asked, const policy::Sample&) -> std::optional<core::Error> {
    if (asked < 60) return std::nullopt;
    return core::Error{ErrorKind::kInvalidInput, "401: no such key"};
  };
  CHECK(exit_of(first) == ExitCode::kPolicy);
  CHECK(first.notes.said("401: no such key"));
  Session second(folder.path(), 2);
  (void)second.go();
  CHECK(delivered(folder.path()) == undisturbed());
  CHECK(asked_twice(first.policy, second.policy) <= first.policy.sequences);
}

TEST_CASE("crawl: an outage parks the trees and changes no label") {
  const TemporaryFolder folder;
  Session session(folder.path());
  std::size_t lost = 0;
  session.policy.fault = [&](std::size_t asked, const policy::Sample&) -> std::optional<core::Error> {
    if (asked < 50 || lost >= 9) return std::nullopt;
    ++lost;
    return core::Error{ErrorKind::kTransient, "connection refused"};
  };
  CHECK(session.go().state == State::kFinished);
  CHECK(session.notes.said("policy unreachable: connection refused"));
  CHECK(session.notes.said("policy reachable again"));
  CHECK(session.notes.last.totals.verdicts.of(domain::Verdict::kFailed) == 0);
  CHECK(delivered(folder.path()) == undisturbed());
}

TEST_CASE("crawl: an outage beyond the patience ends the session, and the next one goes on") {
  const TemporaryFolder folder;
  Session first(folder.path());
  first.options.patience = std::chrono::seconds(5);
  first.policy.fault = [](std::size_t asked, const policy::Sample&) -> std::optional<core::Error> {
    if (asked < 50) return std::nullopt;
    return core::Error{ErrorKind::kTransient, "connection refused"};
  };
  CHECK(exit_of(first) == ExitCode::kPolicy);
  CHECK(first.notes.said("policy unreachable for 5 s: connection refused"));
  Session second(folder.path());
  CHECK(second.go().state == State::kFinished);
  CHECK(delivered(folder.path()) == undisturbed());
}

TEST_CASE("crawl: a prefix that is refused for good counts as failed, never as wrong, also after a resume") {
  const auto refuse = [](std::size_t, const policy::Sample& sample) -> std::optional<core::Error> {
    if (sample.prefix != "add\n") return std::nullopt;
    return core::Error{ErrorKind::kPermanent, "400: too long"};
  };
  const TemporaryFolder folder;
  Session session(folder.path());
  session.policy.fault = refuse;
  const Progress end = session.go();
  CHECK(end.state == State::kFinished);
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
  const TemporaryFolder folder;
  Session first(folder.path());
  first.options.open_trees = 2;
  first.options.budget.tokens = 800;
  CHECK(first.go().state == State::kBudget);
  const storage::Manifest partial = manifest_of(first);
  REQUIRE_FALSE(partial.units.empty());
  CHECK_FALSE(partial.units.back().complete);
  CHECK(partial.units.back().trees > 0);
  Session second(folder.path());
  CHECK(second.go().state == State::kFinished);
  CHECK(delivered(folder.path()) == undisturbed());
  CHECK(asked_twice(first.policy, second.policy) == 0);
}

TEST_CASE("crawl: a finished run asks nothing and changes nothing") {
  const TemporaryFolder folder;
  Session first(folder.path());
  (void)first.go();
  Session second(folder.path());
  CHECK(second.go().state == State::kFinished);
  CHECK(second.policy.asked.empty());
  CHECK(delivered(folder.path()) == undisturbed());
}

TEST_CASE("crawl: bad lines are put aside with their number and keep their place; strict ends the run") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.source.size = 6;
  session.source.bad = {1, 5};
  const Progress end = session.go();
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
