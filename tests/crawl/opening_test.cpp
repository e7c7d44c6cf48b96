#include "outcome.hpp"
#include "rooms.hpp"
#include "support.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/storage/manifest.hpp>

#include <algorithm>
#include <cstdint>
#include <string>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::crawl;
using namespace viltree::crawl::test;
using core::ExitCode;

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

TEST_CASE("opening: what is put aside is told by its line in the file, and kept with its text") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.source.first_line = 11;  // the first ten were passed over
  session.source.kind = domain::AnswerKind::kJudge;
  session.source.bad = {1};
  Rooms rooms(session);
  CHECK(rooms.opening.open_next() == nullptr);
  CHECK(rooms.opening.open_next() == nullptr);
  CHECK(session.notes.said("line 11 put aside: answer type 'judge' needs a model that decides"));
  CHECK(session.notes.said("line 12 put aside: no question"));
  CHECK(events_of(session).find(R"("line":"11")") != std::string::npos);
  CHECK(events_of(session).find(R"("raw":"line of p0")") != std::string::npos);
  CHECK(rooms.spending.totals().rejected == 2);
  CHECK(rooms.opening.next().problem == domain::ProblemIndex{2});
  CHECK(rooms.opening.next().left == 12);
}
