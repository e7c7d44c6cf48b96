#include "journal_fixture.hpp"

#include <algorithm>
#include <optional>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::storage;
using namespace viltree::test;

namespace {

/// What a run of the workload may count on.
struct Promised {
  int appended = 0;  ///< groups that append() took
  int synced = 0;    ///< groups that were on the disk when a call returned
};

/// Appends groups from `first` on with a sync now and then, until all is done or the process dies.
Promised work(FileSystem& fs, int first, int last, Durability durability) {
  Promised promised{first - 1, first - 1};
  const auto writer = JournalWriter::open(fs, kJournal, {.segment_bytes = 400, .durability = durability});
  if (!writer) return promised;
  for (int index = first; index <= last; ++index) {
    if (!(*writer)->append(group(index))) return promised;
    promised.appended = index;
    if (durability == Durability::kStrict) promised.synced = index;
    if (index % 3 != 0) continue;
    if (!(*writer)->sync()) return promised;
    promised.synced = index;
    if (index % 6 == 0 && !(*writer)->remove_before(2)) return promised;
  }
  return promised;
}

/// The number of the last group of an intact journal, whose first segments may have been removed.
int last_group(MemoryFileSystem& fs, int at_most) {
  const Reading reading = read_all(fs);
  REQUIRE_MESSAGE(reading.summary, (reading.summary ? "" : reading.summary.error().message));
  if (reading.records.empty()) return 0;
  const Records all = groups(1, at_most);
  const auto first = std::find(all.begin(), all.end(), reading.records.front());
  REQUIRE(first != all.end());
  REQUIRE(is_prefix(reading.records, Records(first, all.end())));
  const auto end = static_cast<std::size_t>(first - all.begin()) + reading.records.size();
  CHECK(end % group(1).size() == 0);
  return static_cast<int>(end / group(1).size());
}

enum class End { kKilled, kDropped, kTorn, kHole };

void come_back(MemoryFileSystem& fs, End end) {
  switch (end) {
    case End::kKilled:
      return fs.restart();
    case End::kDropped:
      return fs.lose_power(PowerLoss::kDropped);
    case End::kTorn:
      return fs.lose_power(PowerLoss::kTorn);
    case End::kHole:
      return fs.lose_power(PowerLoss::kHole);
  }
}

constexpr int kGroups = 14;

/// One history: work, die at a call, come back, work on (perhaps dying again), come back; all promises are
/// checked.
void run_history(Durability durability, std::uint64_t call, bool halfway, End end) {
  MemoryFileSystem fs;
  fs.die_at(call, halfway);
  const Promised promised = work(fs, 1, kGroups, durability);
  come_back(fs, end);
  const int kept = last_group(fs, kGroups);
  CHECK(kept >= (end == End::kKilled ? promised.appended : promised.synced));
  CHECK(kept <= promised.appended + 1);

  fs.die_at(fs.calls() + 1 + call % 5, halfway);  // during the recovery, or soon after
  const Promised again = work(fs, kept + 1, kGroups, durability);
  come_back(fs, end);
  const int kept_again = last_group(fs, kGroups);
  CHECK(kept_again >= (end == End::kKilled ? again.appended : again.synced));

  const Promised done = work(fs, kept_again + 1, kGroups, durability);
  CHECK(done.appended == kGroups);
  CHECK(last_group(fs, kGroups) == kGroups);
}

}  // namespace

TEST_CASE("journal: a kill or a power loss at any call loses nothing that was promised") {
  for (const Durability durability : {Durability::kNormal, Durability::kStrict}) {
    MemoryFileSystem reference;
    REQUIRE(work(reference, 1, kGroups, durability).appended == kGroups);
    for (std::uint64_t call = 1; call <= reference.calls() + 1; ++call) {
      for (const bool halfway : {false, true}) {
        for (const End end : {End::kKilled, End::kDropped, End::kTorn, End::kHole}) {
          CAPTURE(call);
          CAPTURE(halfway);
          CAPTURE(static_cast<int>(end));
          run_history(durability, call, halfway, end);
        }
      }
    }
  }
}
