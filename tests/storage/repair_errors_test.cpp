#include "failing_calls.hpp"
#include "journal_fixture.hpp"

#include <viltree/storage/journal_repair.hpp>

#include <functional>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::storage;
using namespace viltree::test;
using core::Result;
using core::Status;

namespace {

const Path kAside = "run/damaged/journal";
constexpr int kLast = 9;

/// Where frame `index` of a segment begins.
std::size_t frame_start(const std::string& bytes, int index) {
  std::size_t at = 0;
  for (; index > 0; --index) at += inspect_frame(std::string_view(bytes).substr(at))->bytes;
  return at;
}

/// Groups 1 to kLast, three in a segment.
void fill(MemoryFileSystem& fs) {
  for (int first = 1; first <= kLast; first += 3)
    append_groups(*open_writer(fs, {.durability = Durability::kStrict}), first, first + 2);
}

void flip(MemoryFileSystem& fs, int segment, int frame) {
  std::string& bytes = fs.bytes(segment_path(segment));
  bytes[frame_start(bytes, frame) + 30] ^= 4;
}

/// Groups 1 to 5 in one segment, which was never synced, with a hole in place of the second.
void tear(MemoryFileSystem& fs) {
  const auto writer = open_writer(fs);
  append_groups(*writer, 1, 5);
  std::string& bytes = fs.bytes(segment_path(1));
  bytes.replace(frame_start(bytes, 1), 16, 16, '\0');
}

struct Damage {
  const char* name;
  std::function<void(MemoryFileSystem&)> make;
};

std::vector<Damage> damages() {
  return {
      {"in the first segment, the others stay as they are",
       [](MemoryFileSystem& fs) { fill(fs), flip(fs, 1, 1); }},
      {"in the second, which goes on from the first", [](MemoryFileSystem& fs) { fill(fs), flip(fs, 2, 0); }},
      {"a segment is missing",
       [](MemoryFileSystem& fs) {
         fill(fs);
         REQUIRE(fs.remove(segment_path(2)));
       }},
      {"twice, and once torn",
       [](MemoryFileSystem& fs) {
         fill(fs), flip(fs, 1, 2), flip(fs, 3, 0);
         fs.bytes(segment_path(3)) += "torn";
       }},
      {"a hole before whole frames", tear},
  };
}

struct Surveyed {
  Records records;
  Result<JournalSurvey> survey;
};

Surveyed survey(FileSystem& fs) {
  Records records;
  auto surveyed = survey_journal(fs, kJournal, [&](std::string_view record, std::uint64_t) {
    records.emplace_back(record);
    return Status{};
  });
  return {std::move(records), std::move(surveyed)};
}

Status repair(FileSystem& fs) {
  const Surveyed found = survey(fs);
  if (!found.survey) return core::fail(found.survey.error());
  return repair_journal(fs, kJournal, *found.survey, kAside);
}

/// What a survey finds in a journal with this damage.
Records intact(const Damage& damage) {
  MemoryFileSystem fs;
  damage.make(fs);
  return survey(fs).records;
}

}  // namespace

TEST_CASE("journal survey: whatever call fails, it is an error of the disk and no damage") {
  for (const Damage& damage : damages()) {
    CAPTURE(damage.name);
    const Records expected = intact(damage);
    Records records;
    fail_each_call(
        damage.make,
        [&](MemoryFileSystem& fs) {
          Surveyed found = survey(fs);
          records = std::move(found.records);
          return std::move(found.survey);
        },
        [&](MemoryFileSystem& fs, const Result<JournalSurvey>& surveyed) {
          check_of_disk(surveyed);
          CHECK(is_prefix(records, expected));
          if (surveyed) CHECK(records == expected);
          CHECK(survey(fs).records == expected);
        });
  }
}

TEST_CASE("journal repair: whatever call fails, no intact record is lost, and the next repair does it") {
  for (const Damage& damage : damages()) {
    CAPTURE(damage.name);
    const Records expected = intact(damage);
    fail_each_call(damage.make, repair, [&](MemoryFileSystem& fs, const Status& done) {
      check_of_disk(done);
      CHECK(survey(fs).records == expected);
      REQUIRE(repair(fs));
      CHECK(survey(fs).survey->sound());
      CHECK(read_all(fs).records == expected);
    });
  }
}

TEST_CASE("journal repair: whatever call of a salvage fails, the frames behind the tear stay for the next") {
  const Records expected = intact({"", tear});
  fail_each_call(
      tear, [](MemoryFileSystem& fs) { return salvage_tail(fs, kJournal, kAside); },
      [&](MemoryFileSystem& fs, const Result<std::uint64_t>& saved) {
        check_of_disk(saved);
        CHECK(survey(fs).records == expected);
        CHECK(salvage_tail(fs, kJournal, kAside));
        CHECK(read_all(fs).records == expected);
      });
}

TEST_CASE("journal repair: an error of the callback ends a survey and is handed on") {
  MemoryFileSystem fs;
  fill(fs);
  const auto surveyed = survey_journal(fs, kJournal, [](std::string_view, std::uint64_t) -> Status {
    return core::fail(core::ErrorKind::kCancelled, "enough");
  });
  REQUIRE(!surveyed);
  CHECK(surveyed.error().message == "enough");
}

TEST_CASE("journal repair: a journal that has changed since the survey is left as it is") {
  for (const int frame : {0, 2}) {  // of a segment that stays, and of one that is written anew
    MemoryFileSystem fs;
    fill(fs);
    flip(fs, 2, 0);
    const Surveyed found = survey(fs);
    for (const int segment : {1, 2}) {
      MemoryFileSystem changed(fs.image());
      std::string& bytes = changed.bytes(segment_path(segment));
      if (frame == 0) {
        bytes.resize(10);
      } else {
        flip(changed, segment, 2);
      }
      const std::string before = bytes;
      const Status refused = repair_journal(changed, kJournal, *found.survey, kAside);
      REQUIRE(!refused);
      CHECK(is_corruption(refused.error()));
      CHECK(refused.error().message.find("has changed since it was looked at") != std::string::npos);
      CHECK(changed.bytes(segment_path(segment)) == before);
    }
  }
}

TEST_CASE("journal repair: a survey that names another frame than the one that is there is not followed") {
  MemoryFileSystem fs;
  fill(fs);
  flip(fs, 2, 0);
  Surveyed found = survey(fs);
  ++found.survey->segments[0].frames.back().frame;
  CHECK(is_corruption(repair_journal(fs, kJournal, *found.survey, kAside).error()));
}

TEST_CASE("journal repair: where nothing of what is left is intact, an empty journal goes on") {
  MemoryFileSystem fs;
  for (int index = 1; index <= 4; ++index) append_groups(*open_writer(fs), index, index);
  REQUIRE(open_writer(fs)->remove_before(3));
  for (const int segment : {3, 4}) fs.bytes(segment_path(segment)).assign(50, 'x');
  const Surveyed found = survey(fs);
  REQUIRE(found.survey);
  CHECK(found.survey->damaged_bytes() == 50);  // the other 50 are a torn tail
  CHECK(describe(found.survey->damages.front()) ==
        "000003.jsonl.zst at byte 0: the bytes are no frame (50 bytes)");
  REQUIRE(repair(fs));
  CHECK(read_all(fs).records.empty());
  append_groups(*open_writer(fs), 7, 8);
  CHECK(read_all(fs).records == groups(7, 8));
}

TEST_CASE("put aside: whatever call fails, what is there stays, and the next try keeps the bytes") {
  const auto prepare = [](MemoryFileSystem& fs) {
    REQUIRE(make_durable_directories(fs, kAside));
    REQUIRE(write_atomically(fs, kAside / "a", "older"));
  };
  fail_each_call(
      prepare, [](MemoryFileSystem& fs) { return put_aside(fs, kAside, "a", "newer"); },
      [](MemoryFileSystem& fs, const Result<std::string>& name) {
        check_of_disk(name);
        if (name) CHECK(fs.bytes(kAside / *name) == "newer");
        CHECK(fs.bytes(kAside / "a") == "older");
        CHECK(put_aside(fs, kAside, "a", "newer") == "a.2");
        CHECK(put_aside(fs, kAside, "a", "older") == "a");
        CHECK(fs.bytes(kAside / "a.2") == "newer");
        CHECK(fs.files().size() == 2);
      });
}

TEST_CASE(
    "move aside: whatever call fails, the file is in one of the two places, and the next try moves it") {
  const auto prepare = [](MemoryFileSystem& fs) {
    REQUIRE(make_durable_directories(fs, kAside));
    REQUIRE(write_atomically(fs, kAside / "a", "older"));
    REQUIRE(write_atomically(fs, "run/a", "newer"));
  };
  fail_each_call(
      prepare, [](MemoryFileSystem& fs) { return move_aside(fs, "run/a", kAside); },
      [](MemoryFileSystem& fs, const Status& moved) {
        check_of_disk(moved);
        const bool there = fs.exists("run/a").value();
        if (moved) CHECK(!there);
        CHECK(fs.bytes(there ? Path("run/a") : kAside / "a.2") == "newer");
        CHECK(move_aside(fs, "run/a", kAside));
        CHECK(!fs.exists("run/a").value());
        CHECK(fs.bytes(kAside / "a") == "older");
        CHECK(fs.bytes(kAside / "a.2") == "newer");
        CHECK(fs.files().size() == 2);
      });
}
