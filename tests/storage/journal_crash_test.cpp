#include "journal_fixture.hpp"

#include <algorithm>
#include <array>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::storage;
using namespace viltree::test;

namespace {

constexpr int kWorkedGroups = 14;

/// What a run of the workload may count on.
struct Promised {
  int appended = 0;  ///< groups that append() took
  int synced = 0;    ///< groups that were on the disk when a call returned
};

/// Appends groups after `before` with a sync now and then, until all is done or the process dies.
Promised work(FileSystem& fs, Promised before, Durability durability) {
  Promised promised = before;
  const auto writer = JournalWriter::open(fs, kJournal, {.segment_bytes = 400, .durability = durability});
  if (!writer) return promised;
  promised.synced = before.appended;  // open() syncs what it goes on from
  for (int index = before.appended + 1; index <= kWorkedGroups; ++index) {
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

bool is_kept(int group, const Promised& promised, End end) {
  return group >= (end == End::kKilled ? promised.appended : promised.synced);
}

/// How a process ends, and the next one.
struct Ends {
  std::uint64_t call = 0;
  bool halfway = false;
  End first = End::kKilled;
  End second = End::kKilled;
};

/// One history: work, die at a call, come back, die again during the recovery or soon after, come back,
/// finish.
void run_history(Durability durability, const Ends& ends) {
  MemoryFileSystem fs;
  fs.die_at(ends.call, ends.halfway);
  const Promised promised = work(fs, {}, durability);
  come_back(fs, ends.first);
  const int kept = last_group(fs, kWorkedGroups);
  CHECK(is_kept(kept, promised, ends.first));
  CHECK(kept <= promised.appended + 1);

  const bool all_synced = ends.first != End::kKilled;
  fs.die_at(fs.calls() + 1 + ends.call % 7, ends.halfway);
  const Promised again = work(fs, {kept, all_synced ? kept : promised.synced}, durability);
  come_back(fs, ends.second);
  const int kept_again = last_group(fs, kWorkedGroups);
  CHECK(is_kept(kept_again, again, ends.second));

  CHECK(work(fs, {kept_again, 0}, durability).appended == kWorkedGroups);
  CHECK(last_group(fs, kWorkedGroups) == kWorkedGroups);
}

void run_all_ends(Durability durability, std::uint64_t call) {
  constexpr std::array kEnds = {End::kKilled, End::kDropped, End::kTorn, End::kHole};
  for (const bool halfway : {false, true}) {
    for (const End first : kEnds) {
      for (const End second : kEnds) {
        CAPTURE(call);
        CAPTURE(halfway);
        CAPTURE(static_cast<int>(first));
        CAPTURE(static_cast<int>(second));
        run_history(durability, {call, halfway, first, second});
      }
    }
  }
}

}  // namespace

TEST_CASE("journal: a kill or a power loss at any call loses nothing that was promised") {
  for (const Durability durability : {Durability::kNormal, Durability::kStrict}) {
    MemoryFileSystem reference;
    REQUIRE(work(reference, {}, durability).appended == kWorkedGroups);
    for (std::uint64_t call = 1; call <= reference.calls() + 1; ++call) run_all_ends(durability, call);
  }
}
