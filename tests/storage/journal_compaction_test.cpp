#include "journal_fixture.hpp"

#include <viltree/storage/journal_repair.hpp>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::storage;
using namespace viltree::test;

namespace {

constexpr JournalOptions kSmallSegments{.segment_bytes = 900};
constexpr int kGroups = 40;

void compact_all(JournalWriter& writer) {
  while (writer.may_compact()) REQUIRE(writer.compact());
}

std::uint64_t bytes_of(MemoryFileSystem& fs) {
  std::uint64_t sum = 0;
  for (const std::string& name : fs.files()) sum += fs.bytes(name).size();
  return sum;
}

}  // namespace

TEST_CASE("compaction: the same records and numbers in fewer bytes, and the journal goes on") {
  MemoryFileSystem fs;
  append_groups(*open_writer(fs, kSmallSegments), 1, kGroups);
  const Reading before = read_all(fs);
  const std::uint64_t bytes = bytes_of(fs);
  REQUIRE(before.summary->last_segment > 3);
  {
    const auto writer = open_writer(fs, kSmallSegments);
    CHECK(writer->may_compact());
    compact_all(*writer);
    CHECK_FALSE(writer->may_compact());
    append_groups(*writer, kGroups + 1, kGroups + 12);
    compact_all(*writer);
  }
  const Reading after = read_all(fs);
  REQUIRE(after.summary);
  CHECK(after.records == groups(1, kGroups + 12));
  CHECK(after.summary->frames == kGroups + 12);
  CHECK(after.summary->lost_frames == 0);
  CHECK(bytes_of(fs) < bytes);
  append_groups(*open_writer(fs, kSmallSegments), kGroups + 13, kGroups + 13);
  CHECK(read_all(fs).records == groups(1, kGroups + 13));
}

TEST_CASE("compaction: done once; a journal of one segment is left alone") {
  MemoryFileSystem fs;
  append_groups(*open_writer(fs, kSmallSegments), 1, kGroups);
  compact_all(*open_writer(fs, kSmallSegments));
  const DiskImage done = fs.image();
  compact_all(*open_writer(fs, kSmallSegments));
  for (const std::string& name : fs.files()) CHECK(fs.bytes(name) == done.find(name)->bytes);

  MemoryFileSystem one;
  append_groups(*open_writer(one), 1, 3);
  CHECK_FALSE(open_writer(one)->may_compact());
}

TEST_CASE("compaction: killed or without power at any call, nothing is lost") {
  MemoryFileSystem reference;
  append_groups(*open_writer(reference, kSmallSegments), 1, kGroups);
  const DiskImage start = reference.image();
  compact_all(*open_writer(reference, kSmallSegments));
  for (std::uint64_t call = 1; call <= reference.calls(); ++call) {
    for (const std::uint64_t end : {0U, 1U, 2U, 3U, 4U}) {
      CAPTURE(call);
      CAPTURE(end);
      MemoryFileSystem fs(start);
      fs.die_at(call, true);
      if (const auto writer = JournalWriter::open(fs, kJournal, kSmallSegments)) {
        while ((*writer)->may_compact()) {
          if (!(*writer)->compact()) break;
        }
      }
      if (end == 0) fs.restart();
      if (end == 1) fs.lose_power(PowerLoss::kDropped);
      if (end > 1) fs.lose_power(PowerLoss::kDrawn, call * 10 + end);
      const Reading reading = read_all(fs);
      REQUIRE(reading.summary);
      const int kept = static_cast<int>(reading.summary->frames);
      CHECK(reading.records == groups(1, kept));
      CHECK((kept == kGroups || end > 0));
      compact_all(*open_writer(fs, kSmallSegments));
      append_groups(*open_writer(fs, kSmallSegments), kept + 1, kGroups + 5);
      CHECK(read_all(fs).records == groups(1, kGroups + 5));
    }
  }
}

TEST_CASE("compaction: every flipped bit of a compacted segment is reported, and a repair saves the rest") {
  MemoryFileSystem fs;
  append_groups(*open_writer(fs, kSmallSegments), 1, kGroups);
  compact_all(*open_writer(fs, kSmallSegments));
  const Records all = groups(1, kGroups);
  const DiskImage good = fs.image();
  const std::string first = fs.files().front();
  const OnRecord pass_over = [](std::string_view, std::uint64_t) { return core::Status{}; };
  for (std::size_t bit = 0; bit < good.find(first)->bytes.size() * 8; bit += 7) {
    CAPTURE(bit);
    MemoryFileSystem damaged(good);
    char& byte = damaged.bytes(first)[bit / 8];
    byte = static_cast<char>(byte ^ (1 << (bit % 8)));
    const Reading reading = read_all(damaged);
    REQUIRE_FALSE(reading.summary);
    CHECK(is_corruption(reading.summary.error()));
    CHECK(reading.records.empty());
    const auto survey = survey_journal(damaged, kJournal, pass_over);
    REQUIRE(survey);
    CHECK(survey->lost_frames() > 1);
    REQUIRE(repair_journal(damaged, kJournal, *survey, "run/damaged"));
    const Reading repaired = read_all(damaged);
    REQUIRE(repaired.summary);
    CHECK(repaired.summary->lost_frames == survey->lost_frames());
    CHECK(repaired.records ==
          Records(all.end() - static_cast<std::ptrdiff_t>(repaired.records.size()), all.end()));
    CHECK(repaired.summary->frames + repaired.summary->lost_frames >= kGroups);
  }
}

TEST_CASE("compaction: a repair that writes a compacted segment anew keeps what its frames stand for") {
  MemoryFileSystem fs;
  append_groups(*open_writer(fs, kSmallSegments), 1, kGroups);
  compact_all(*open_writer(fs, kSmallSegments));
  const std::string first = fs.files().front();
  fs.bytes(first) += "no frame";
  const OnRecord pass_over = [](std::string_view, std::uint64_t) { return core::Status{}; };
  const auto survey = survey_journal(fs, kJournal, pass_over);
  REQUIRE(survey);
  CHECK(survey->lost_frames() == 0);
  REQUIRE(repair_journal(fs, kJournal, *survey, "run/damaged"));
  const Reading repaired = read_all(fs);
  REQUIRE(repaired.summary);
  CHECK(repaired.records == groups(1, kGroups));
  CHECK(repaired.summary->frames == kGroups);
  CHECK(repaired.summary->lost_frames == 0);
}
