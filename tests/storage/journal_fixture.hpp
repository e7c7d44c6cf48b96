#pragma once

#include "faults/memory_file_system.hpp"

#include <viltree/storage/journal.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace viltree::test {

inline const storage::Path kJournal = "run/journal";

using Records = std::vector<std::string>;

/// Group `index` of the tests' records: two of them, so that a frame is more than a line.
inline Records group(int index) {
  const std::string number = std::to_string(index);
  return {"{\"answer\":" + number + "}", "{\"text\":\"the answer is " + number + ", surely\"}"};
}

inline Records groups(int first, int last) {
  Records all;
  for (int index = first; index <= last; ++index) {
    for (std::string& record : group(index)) all.push_back(std::move(record));
  }
  return all;
}

inline const storage::JournalOptions kFrameASegment{.segment_bytes = 1};

inline std::string segment_path(int number) {
  return (kJournal / ("00000" + std::to_string(number) + ".jsonl.zst")).string();
}

inline std::unique_ptr<storage::JournalWriter> open_writer(storage::FileSystem& fs,
                                                           const storage::JournalOptions& options = {}) {
  auto writer = storage::JournalWriter::open(fs, kJournal, options);
  REQUIRE_MESSAGE(writer, (writer ? "" : writer.error().message));
  return std::move(*writer);
}

inline void append_groups(storage::JournalWriter& writer, int first, int last) {
  for (int index = first; index <= last; ++index) REQUIRE(writer.append(group(index)));
}

/// What a reader sees: the records delivered, and the summary or the error.
struct Reading {
  Records records;
  core::Result<storage::JournalSummary> summary;
};

inline Reading read_all(storage::FileSystem& fs, std::uint64_t from = 0) {
  Records records;
  auto summary = storage::read_journal(fs, kJournal, from, [&](std::string_view record, std::uint64_t) {
    records.emplace_back(record);
    return core::Status{};
  });
  return {std::move(records), std::move(summary)};
}

inline bool is_prefix(const Records& part, const Records& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

inline bool is_corruption(const core::Error& error) {
  return error.kind == core::ErrorKind::kCorruption;
}

}  // namespace viltree::test
