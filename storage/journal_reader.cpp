#include "journal_format.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/storage/journal.hpp>

#include <algorithm>

namespace viltree::storage {

using core::ErrorKind;
using core::Result;
using core::Status;

namespace {

tl::unexpected<core::Error> missing(const Path& directory, std::uint64_t segment) {
  return core::fail(ErrorKind::kCorruption,
                    "journal '" + directory.string() + "': segment " + segment_name(segment) +
                        " is missing: restore it from a copy, or see what `viltree repair` can save");
}

Result<std::vector<std::uint64_t>> present_segments(FileSystem& fs, const Path& directory) {
  const Result<bool> there = fs.exists(directory);
  if (!there) return core::fail(there.error());
  if (!*there) return std::vector<std::uint64_t>{};
  return list_segments(fs, directory);
}

/// Takes those below `from` away; kCorruption where one is missing.
Status choose_segments(std::vector<std::uint64_t>& segments, const Path& directory, std::uint64_t from) {
  // The newest segment with a frame is never removed, so the one before `from` is there until `from` is.
  if (from > 1 && (segments.empty() || segments.back() + 1 < from)) return missing(directory, from - 1);
  segments.erase(segments.begin(), std::lower_bound(segments.begin(), segments.end(), from));
  std::uint64_t expected = from == 0 && !segments.empty() ? segments.front() : from;
  for (const std::uint64_t segment : segments) {
    if (segment != expected) return missing(directory, expected);
    ++expected;
  }
  return {};
}

/// Hands on each line; counts them.
Status deliver(std::string_view records, std::uint64_t segment, const OnRecord& on_record,
               std::uint64_t& count) {
  while (!records.empty()) {
    const std::size_t end = records.find('\n');
    if (Status done = on_record(records.substr(0, end), segment); !done) return done;
    records.remove_prefix(end + 1);
    ++count;
  }
  return {};
}

}  // namespace

Result<JournalSummary> read_journal(FileSystem& fs, const Path& directory, std::uint64_t from_segment,
                                    const OnRecord& on_record) {
  Result<std::vector<std::uint64_t>> segments = present_segments(fs, directory);
  if (!segments) return core::fail(segments.error());
  const std::uint64_t oldest = segments->empty() ? 0 : segments->front();
  if (Status chosen = choose_segments(*segments, directory, from_segment); !chosen)
    return core::fail(chosen.error());
  JournalSummary summary;
  if (segments->empty()) return summary;
  summary.first_segment = segments->front();
  summary.last_segment = segments->back();
  Chain chain = chain_before(summary.first_segment);
  for (const std::uint64_t segment : *segments) {
    const auto on_frame = [&](std::string_view records) {
      return deliver(records, segment, on_record, summary.records);
    };
    const bool is_last = segment == summary.last_segment;
    const Result<SegmentScan> scan =
        scan_segment(fs, directory / segment_name(segment), is_last, chain, on_frame);
    if (!scan) return core::fail(scan.error());
    summary.frames += scan->frames;
    summary.lost_frames += scan->lost_frames;
    summary.bytes += scan->good_bytes;
    summary.torn = scan->torn;
    summary.torn.segment = segment;
  }
  // Segments are removed only once a later one has a frame on the disk.
  if (!chain && oldest == summary.first_segment) return missing(directory, oldest - 1);
  return summary;
}

}  // namespace viltree::storage
