#include "edits.hpp"
#include "faults/memory_file_system.hpp"

#include <viltree/storage/journal.hpp>
#include <viltree/storage/journal_repair.hpp>

#include <algorithm>
#include <string>
#include <vector>

// A journal: any bytes as its only segment, or a good one of three segments, damaged as the input says. What
// is delivered was written, in its order; a repaired journal reads, and has all that was intact.

namespace {

using namespace viltree;
using Records = std::vector<std::string>;
using fuzz::promise;

const storage::Path kJournal = "journal";
constexpr int kGroups = 9;

Records group(int index) {
  const std::string number = std::to_string(index);
  return {"{\"answer\":" + number + "}", std::string(static_cast<std::size_t>(index) * 7, 'x')};
}

std::string segment(int number) {
  return "journal/00000" + std::to_string(number) + ".jsonl.zst";
}

const std::vector<std::string>& good_segments() {
  static const std::vector<std::string> kSegments = [] {
    test::MemoryFileSystem fs;
    for (int first = 1; first <= kGroups; first += 3) {
      const auto writer = *storage::JournalWriter::open(fs, kJournal, {});
      for (int index = first; index < first + 3; ++index)
        promise(writer->append(group(index)).has_value(), "appending");
    }
    return std::vector<std::string>{fs.bytes(segment(1)), fs.bytes(segment(2)), fs.bytes(segment(3))};
  }();
  return kSegments;
}

const Records& good_records() {
  static const Records kRecords = [] {
    Records all;
    for (int index = 1; index <= kGroups; ++index) {
      for (std::string& record : group(index)) all.push_back(std::move(record));
    }
    return all;
  }();
  return kRecords;
}

auto into(Records& records) {
  return [&records](std::string_view record, std::uint64_t) {
    records.emplace_back(record);
    return core::Status{};
  };
}

bool is_prefix(const Records& part, const Records& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
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

void put(test::MemoryFileSystem& fs, int number, const std::string& bytes) {
  promise(storage::write_atomically(fs, segment(number), bytes).has_value(), "writing in memory");
}

void check_repair(test::MemoryFileSystem& fs, const storage::JournalSurvey& survey, const Records& intact) {
  promise(storage::repair_journal(fs, kJournal, survey, "damaged").has_value(), "a repair goes through");
  Records repaired;
  promise(storage::read_journal(fs, kJournal, 0, into(repaired)).has_value(), "a repaired journal reads");
  promise(repaired == intact, "a repair keeps all that is intact");
  auto writer = storage::JournalWriter::open(fs, kJournal, {});
  promise(writer.has_value() && (*writer)->append(group(99)).has_value(), "a repaired journal goes on");
  Records more;
  promise(storage::read_journal(fs, kJournal, 0, into(more)).has_value(), "it reads with what was appended");
  promise(more.size() == intact.size() + 2, "it has what was appended");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::as_text(data, size);
  test::MemoryFileSystem fs;
  promise(fs.make_directories(kJournal).has_value(), "a folder in memory");
  const bool raw = fuzz::take_byte(input) % 4 == 0;
  if (raw) {
    put(fs, 1, std::string(input));
  } else {
    std::vector<std::string> segments = good_segments();
    while (!input.empty()) {
      std::string& chosen = segments[fuzz::take_byte(input) % 3];
      fuzz::edit(chosen, input.substr(0, 4));
      input.remove_prefix(std::min<std::size_t>(input.size(), 4));
    }
    for (int number = 1; number <= 3; ++number)
      put(fs, number, segments[static_cast<std::size_t>(number) - 1]);
  }
  Records read;
  const auto summary = storage::read_journal(fs, kJournal, 0, into(read));
  promise(raw || is_prefix(read, good_records()), "a reader delivers a prefix");
  Records intact;
  const auto survey = storage::survey_journal(fs, kJournal, into(intact));
  promise(survey.has_value(), "a survey goes past any damage");
  promise(raw || is_subsequence(intact, good_records()), "a survey delivers what was written");
  promise(!survey->sound() || (summary.has_value() && read == intact), "a sound journal reads");
  check_repair(fs, *survey, intact);
  return 0;
}
