#include "journal_fixture.hpp"

#include <viltree/core/random.hpp>
#include <viltree/storage/journal_repair.hpp>

#include <algorithm>
#include <functional>
#include <set>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::storage;
using namespace viltree::test;

namespace {

const Path kAside = "run/damaged/journal";
constexpr int kLast = 12;

/// Frames `first` to `last`, three in a segment.
void fill(MemoryFileSystem& fs, int first = 1, int last = kLast) {
  for (int group = first; group <= last; group += 3)
    append_groups(*open_writer(fs, {.durability = Durability::kStrict}), group, group + 2);
}

struct Surveyed {
  Records records;
  core::Result<JournalSurvey> survey;
};

Surveyed survey(FileSystem& fs) {
  Records records;
  auto surveyed = survey_journal(fs, kJournal, [&](std::string_view record, std::uint64_t) {
    records.emplace_back(record);
    return core::Status{};
  });
  return {std::move(records), std::move(surveyed)};
}

core::Status repair(FileSystem& fs) {
  const Surveyed found = survey(fs);
  if (!found.survey) return core::fail(found.survey.error());
  return repair_journal(fs, kJournal, *found.survey, kAside);
}

/// Where each frame of a segment begins, and the end.
std::vector<std::size_t> frame_starts(const std::string& bytes) {
  std::vector<std::size_t> starts = {0};
  while (starts.back() < bytes.size())
    starts.push_back(starts.back() + inspect_frame(std::string_view(bytes).substr(starts.back()))->bytes);
  return starts;
}

bool is_subsequence(const Records& part, const Records& whole) {
  auto at = whole.begin();
  for (const std::string& record : part) {
    at = std::find(at, whole.end(), record);
    if (at == whole.end()) return false;
    ++at;
  }
  return true;
}

/// The journal is whole again, holds these records, and goes on.
void check_repaired(MemoryFileSystem& fs, const Records& expected) {
  const Reading reading = read_all(fs);
  REQUIRE_MESSAGE(reading.summary, (reading.summary ? "" : reading.summary.error().message));
  CHECK(reading.records == expected);
  CHECK(survey(fs).survey->sound());
  append_groups(*open_writer(fs), 90, 91);
  Records more = expected;
  for (const std::string& record : groups(90, 91)) more.push_back(record);
  CHECK(read_all(fs).records == more);
  CHECK(survey(fs).records == more);
}

struct Case {
  std::string name;
  std::function<void(MemoryFileSystem&)> damage;
  std::set<int> lost;  ///< groups
};

std::vector<Case> cases() {
  const auto flip = [](int segment, std::size_t frame) {
    return [=](MemoryFileSystem& fs) {
      std::string& bytes = fs.bytes(segment_path(segment));
      bytes[frame_starts(bytes)[frame] + 30] ^= 4;
    };
  };
  const auto cut = [](int segment, std::size_t frame) {
    return [=](MemoryFileSystem& fs) {
      std::string& bytes = fs.bytes(segment_path(segment));
      const auto starts = frame_starts(bytes);
      bytes.erase(starts[frame], starts[frame + 1] - starts[frame]);
    };
  };
  return {
      {"the first frame", flip(1, 0), {1}},
      {"a frame in the middle of a segment", flip(1, 1), {2}},
      {"the last frame of a segment", flip(1, 2), {3}},
      {"the first frame of a later segment", flip(2, 0), {4}},
      {"a frame cut out cleanly", cut(2, 1), {5}},
      {"the last frame of a segment cut off cleanly", cut(1, 2), {3}},
      {"the first frame of a segment cut off cleanly", cut(2, 0), {4}},
      {"two frames of two segments", [=](MemoryFileSystem& fs) { flip(1, 2)(fs), flip(2, 0)(fs); }, {3, 4}},
      {"frames apart",
       [=](MemoryFileSystem& fs) { flip(1, 0)(fs), flip(2, 1)(fs), flip(3, 0)(fs); },
       {1, 5, 7}},
      {"a segment that is gone", [](MemoryFileSystem& fs) { (void)fs.remove(segment_path(2)); }, {4, 5, 6}},
      {"an empty segment", [](MemoryFileSystem& fs) { fs.bytes(segment_path(2)).clear(); }, {4, 5, 6}},
      {"a segment of zeros",
       [](MemoryFileSystem& fs) {
         std::string& bytes = fs.bytes(segment_path(1));
         bytes.assign(bytes.size(), '\0');
       },
       {1, 2, 3}},
      {"garbage between two frames",
       [](MemoryFileSystem& fs) {
         std::string& bytes = fs.bytes(segment_path(2));
         bytes.insert(frame_starts(bytes)[1], "garbage\x28\xB5\x2F\xFD");
       },
       {}},
      {"a segment that stands twice",
       [](MemoryFileSystem& fs) { fs.bytes(segment_path(2)) = fs.bytes(segment_path(1)); },
       {4, 5, 6}},
      {"a segment of another journal",
       [](MemoryFileSystem& fs) {
         MemoryFileSystem other;
         fill(other, 41, 49);
         fs.bytes(segment_path(2)) = other.bytes(segment_path(2));
       },
       {4, 5, 6}},
  };
}

void sync_all(MemoryFileSystem& fs) {
  for (const std::string& name : fs.files()) REQUIRE((*fs.open(name, OpenMode::kAppend))->sync());
  REQUIRE(fs.sync_directory(kJournal));
}

Records without(const std::set<int>& lost) {
  Records kept;
  for (int index = 1; index <= kLast; ++index) {
    if (lost.contains(index)) continue;
    for (std::string& record : group(index)) kept.push_back(std::move(record));
  }
  return kept;
}

}  // namespace

TEST_CASE("journal repair: a sound journal, and a torn tail, are left as they are") {
  MemoryFileSystem fs;
  CHECK(survey(fs).survey->sound());
  fill(fs);
  const auto files = fs.files();
  std::string& last = fs.bytes(files.back());
  last += "torn";
  const Surveyed found = survey(fs);
  REQUIRE(found.survey);
  CHECK(found.survey->sound());
  CHECK(found.survey->summary.torn.bytes == 4);
  CHECK(found.survey->summary.frames == kLast);
  CHECK(found.records == groups(1, kLast));
  const std::uint64_t calls = fs.calls();
  CHECK(repair(fs));
  CHECK(fs.calls() == calls);
}

TEST_CASE("journal repair: all intact frames are kept, what is lost is counted, and the journal goes on") {
  for (const Case& one : cases()) {
    CAPTURE(one.name);
    MemoryFileSystem fs;
    fill(fs);
    one.damage(fs);
    CHECK(!read_all(fs, 1).summary);
    const Surveyed found = survey(fs);
    REQUIRE(found.survey);
    CHECK(!found.survey->sound());
    CHECK(found.survey->lost_frames() == one.lost.size());
    CHECK(found.records == without(one.lost));
    REQUIRE(repair_journal(fs, kJournal, *found.survey, kAside));
    CHECK(read_all(fs).summary->lost_frames == one.lost.size());
    check_repaired(fs, without(one.lost));
  }
}

TEST_CASE("journal repair: the damaged bytes are kept aside, also of a second damage") {
  MemoryFileSystem fs;
  fill(fs);
  fs.bytes(segment_path(2))[20] ^= 1;
  const std::string damaged = fs.bytes(segment_path(2));
  REQUIRE(repair(fs));
  CHECK(fs.bytes(kAside / "000002.jsonl.zst") == damaged);
  fs.bytes(segment_path(2))[20] ^= 1;
  const std::string again = fs.bytes(segment_path(2));
  REQUIRE(repair(fs));
  CHECK(fs.bytes(kAside / "000002.jsonl.zst") == damaged);
  CHECK(fs.bytes(kAside / "000002.jsonl.zst.2") == again);
}

TEST_CASE("journal repair: damages are named by segment, place and frames") {
  MemoryFileSystem fs;
  fill(fs);
  const std::size_t second = frame_starts(fs.bytes(segment_path(1)))[1];
  fs.bytes(segment_path(1))[second + 30] ^= 1;
  REQUIRE(fs.remove(segment_path(3)));
  const Surveyed found = survey(fs);
  REQUIRE(found.survey->damages.size() == 2);
  CHECK(describe(found.survey->damages[0]).starts_with("000001.jsonl.zst at byte " + std::to_string(second)));
  CHECK(describe(found.survey->damages[0]).ends_with("frame 2 is lost"));
  CHECK(describe(found.survey->damages[1]) ==
        "000003.jsonl.zst at byte 0: the segment is missing; frames 7 to 9 are lost");
}

TEST_CASE(
    "journal repair: frames behind a hole that a power loss left are saved before a writer would cut them") {
  MemoryFileSystem fs;
  const auto writer = open_writer(fs);
  append_groups(*writer, 1, 5);
  std::string& bytes = fs.bytes(segment_path(1));
  bytes.replace(frame_starts(bytes)[1], 16, 16, '\0');
  CHECK(read_all(fs).summary->torn.lost_frames == 3);
  const Surveyed found = survey(fs);
  CHECK(found.survey->summary.torn.lost_frames == 3);
  CHECK(found.survey->damages.size() == 1);
  const std::string torn = bytes;
  CHECK(salvage_tail(fs, kJournal, kAside) == 3U);
  CHECK(fs.bytes(kAside / "000001.jsonl.zst") == torn);
  Records expected = groups(1, 1);
  for (const std::string& record : groups(3, 5)) expected.push_back(record);
  check_repaired(fs, expected);
  CHECK(salvage_tail(fs, kJournal, kAside) == 0U);
}

TEST_CASE("journal repair: nothing is salvaged where nothing is behind a tear, and nothing beside damage") {
  MemoryFileSystem fs;
  CHECK(salvage_tail(fs, kJournal, kAside) == 0U);
  fill(fs);
  fs.bytes(segment_path(4)) += "torn";
  const std::string end = fs.bytes(segment_path(4));
  CHECK(salvage_tail(fs, kJournal, kAside) == 0U);
  CHECK(fs.bytes(segment_path(4)) == end);

  MemoryFileSystem other;
  fill(other);
  append_groups(*open_writer(other), kLast + 1, kLast + 3);
  const Path last = segment_path(5);
  other.bytes(last).replace(frame_starts(other.bytes(last))[1], 16, 16, '\0');
  other.bytes(segment_path(2))[20] ^= 1;
  const std::string torn = other.bytes(last);
  const auto refused = salvage_tail(other, kJournal, kAside);
  REQUIRE(!refused);
  CHECK(refused.error().kind == core::ErrorKind::kCorruption);
  CHECK(refused.error().message.find("000002.jsonl.zst at byte 0") != std::string::npos);
  CHECK(other.bytes(last) == torn);
}

TEST_CASE("journal repair: the only segment that was left, without a whole frame, can be gone on from") {
  MemoryFileSystem fs;
  append_groups(*open_writer(fs, {.segment_bytes = 1}), 1, 4);
  REQUIRE(open_writer(fs, {.segment_bytes = 1})->remove_before(4));
  fs.bytes(segment_path(4)).resize(10);
  REQUIRE(repair(fs));
  check_repaired(fs, {});
}

TEST_CASE("journal repair: a journal whose first segments were removed is repaired like any other") {
  for (const std::size_t frame : {0U, 1U}) {
    MemoryFileSystem fs;
    fill(fs);
    REQUIRE(open_writer(fs)->remove_before(2));
    std::string& bytes = fs.bytes(segment_path(2));
    bytes[frame_starts(bytes)[frame] + 30] ^= 1;
    REQUIRE(repair(fs));
    Records expected = groups(4, kLast);
    expected.erase(expected.begin() + 2 * static_cast<int>(frame),
                   expected.begin() + 2 * static_cast<int>(frame) + 2);
    check_repaired(fs, expected);
  }
}

TEST_CASE("journal repair: a file that is named like a segment far away is refused, not bridged") {
  MemoryFileSystem fs;
  fill(fs);
  REQUIRE(write_atomically(fs, "run/journal/999999.jsonl.zst", "x"));
  CHECK(is_corruption(survey(fs).survey.error()));
}

TEST_CASE("journal repair: killed, or without power, at any call it has lost nothing, and is done again") {
  enum class End { kKilled, kDropped, kTorn };
  for (const Case& one : cases()) {
    CAPTURE(one.name);
    std::uint64_t calls = 0;
    for (std::uint64_t call = 1; call == 1 || call <= calls; ++call) {
      for (const End end : {End::kKilled, End::kDropped, End::kTorn}) {
        MemoryFileSystem fs;
        fill(fs);
        one.damage(fs);
        sync_all(fs);
        const std::uint64_t before = fs.calls();
        fs.die_at(before + call, end == End::kTorn);
        const bool done = repair(fs).has_value();
        if (done) calls = std::max(calls, fs.calls() - before);
        if (!done) calls = std::max(calls, call + 1);
        if (end == End::kKilled) fs.restart();
        if (end == End::kDropped) fs.lose_power(PowerLoss::kDropped);
        if (end == End::kTorn) fs.lose_power(PowerLoss::kTorn);
        REQUIRE(repair(fs));
        check_repaired(fs, without(one.lost));
      }
    }
  }
}

TEST_CASE("journal repair: after any damage by chance what is delivered was written, in its order") {
  constexpr std::uint64_t kSeed = 5;
  core::Random random(kSeed);
  for (int history = 0; history < 400; ++history) {
    CAPTURE(history);
    MemoryFileSystem fs;
    fill(fs);
    const int segments = static_cast<int>(fs.files().size());
    for (std::int64_t hits = random.between(1, 5); hits > 0; --hits) {
      std::string& bytes = fs.bytes(segment_path(static_cast<int>(random.between(1, segments))));
      if (bytes.empty()) continue;
      const auto at =
          static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(bytes.size()) - 1));
      switch (random.between(0, 3)) {
        case 0:
          bytes[at] = static_cast<char>(random.next());
          break;
        case 1:
          bytes.resize(at);
          break;
        case 2:
          bytes.erase(at, static_cast<std::size_t>(random.between(1, 200)));
          break;
        default:
          bytes.insert(at, bytes.substr(bytes.size() / 3, 150));
      }
    }
    const Surveyed found = survey(fs);
    REQUIRE(found.survey);
    CHECK(is_subsequence(found.records, groups(1, kLast)));
    REQUIRE(repair_journal(fs, kJournal, *found.survey, kAside));
    check_repaired(fs, found.records);
  }
}
