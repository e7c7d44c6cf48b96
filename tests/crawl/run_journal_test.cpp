#include "run_journal.hpp"

#include "outcome.hpp"
#include "support.hpp"

#include <viltree/core/fatal.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::crawl;
using namespace viltree::crawl::test;

namespace {

/// A journal whose frames fill a segment each, of a run with units of four problems.
struct Journal {
  explicit Journal(Session& session)
      : options(session.options), parts{session.run,   session.source, session.policy, session.clock,
                                        session.notes, session.stop,   session.at_once} {
    core::value_or_fatal(session.run.create(), core::ExitCode::kStorage);
    options.segment_bytes = 1;
    options.keep_journal = false;
  }
  /// One answer to an action of that problem.
  static Received of(std::uint64_t problem) {
    return {nullptr, {{problem}, "p", "f", domain::TreeEvent{}}, "a line"};
  }

  Options options;
  Parts parts;
};

std::uint64_t segments(const Session& session) {
  std::uint64_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(session.run.journal()))
    ++count;
  return count;
}

}  // namespace

TEST_CASE("run journal: a segment is needed as long as a unit that is not committed has an answer in it") {
  const TemporaryFolder folder;
  Session session(folder.path());
  Journal of(session);
  RunJournal journal(of.options, of.parts);
  journal.append({Journal::of(0)});                  // unit 0, segment 1
  journal.append({Journal::of(4), Journal::of(1)});  // unit 1, segment 2
  journal.append({Journal::of(8)});                  // unit 2, segment 3
  CHECK(journal.needed_from() == 1);
  journal.committed_before(1, journal.needed_from());
  CHECK(segments(session) == 3);
  CHECK(journal.needed_from() == 2);
  journal.committed_before(1, journal.needed_from());
  CHECK(segments(session) == 2);
  journal.committed_before(3, journal.needed_from());
  CHECK(journal.needed_from() == 4);
}

TEST_CASE("run journal: what earlier sessions wrote of a unit is needed too") {
  const TemporaryFolder folder;
  Session session(folder.path());
  Journal of(session);
  RunJournal journal(of.options, of.parts);
  for (std::uint64_t i = 0; i < 5; ++i) journal.append({Journal::of(12)});
  journal.know({{1, 2}, {2, 4}});
  journal.append({Journal::of(5)});
  CHECK(journal.needed_from() == 2);
  journal.committed_before(2, 1);
  CHECK(journal.needed_from() == 4);
}

TEST_CASE("run journal: one that is kept loses no segment, and is synced and compacted at work") {
  const TemporaryFolder folder;
  Session session(folder.path());
  Journal of(session);
  of.options.keep_journal = true;
  {
    RunJournal journal(of.options, of.parts);
    for (std::uint64_t i = 0; i < 4; ++i) {
      journal.append({Journal::of(4 * i), Journal::of(4 * i)});
      journal.keep_up();
    }
    journal.sync();
    journal.settle();
    journal.committed_before(4, journal.needed_from());
  }
  CHECK(segments(session) == 4);
  CHECK(journaled(session) == 8);
}

TEST_CASE("run journal: what a crash tore is cut, and told") {
  const TemporaryFolder folder;
  Session session(folder.path());
  Journal of(session);
  RunJournal(of.options, of.parts).append({Journal::of(0)});
  CHECK(session.notes.lines.empty());
  std::ofstream(session.run.journal() / "000001.jsonl.zst", std::ios::app) << "torn";
  RunJournal(of.options, of.parts).append({Journal::of(0)});
  CHECK(session.notes.said("journal: cut 4 bytes of an unfinished group of answers"));
  CHECK(journaled(session) == 2);
}
