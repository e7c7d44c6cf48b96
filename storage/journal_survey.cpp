#include "journal_format.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/storage/journal_repair.hpp>

#include <algorithm>
#include <utility>

namespace viltree::storage {

using core::ErrorKind;
using core::Result;
using core::Status;

namespace {

/// More of them in a row are no loss, but a file that somebody named like a segment.
constexpr std::uint64_t kMostMissingSegments = 10'000;

constexpr char kFirstByteOfFrame = '\x28';

/// The next intact frame of a segment from `at` on, and where it begins.
struct Found {
  std::size_t offset = 0;
  ParsedFrame frame;
};

std::optional<Found> find_frame(std::string_view bytes, std::size_t at) {
  while (at < bytes.size()) {
    at = bytes.find(kFirstByteOfFrame, at);
    if (at == std::string_view::npos) break;
    if (std::optional<ParsedFrame> frame = parse_frame(bytes.substr(at))) return Found{at, std::move(*frame)};
    ++at;
  }
  return std::nullopt;
}

std::string numbers(std::uint64_t first, std::uint64_t count) {
  if (count == 1) return "frame " + std::to_string(first);
  return "frames " + std::to_string(first) + " to " + std::to_string(first + count - 1);
}

/// How a frame stands to those before it.
enum class Fit { kFollows, kBehindGap, kForeign };

/// Goes through a journal segment by segment, past damage.
class Surveyor {
 public:
  Surveyor(FileSystem& fs, Path directory, const OnRecord& on_record)
      : fs_(fs), directory_(std::move(directory)), on_record_(on_record) {}

  Result<JournalSurvey> survey(const std::vector<std::uint64_t>& segments) {
    if (segments.empty()) return std::move(survey_);
    survey_.summary.first_segment = segments.front();
    survey_.summary.last_segment = segments.back();
    chain_ = chain_before(segments.front());
    std::uint64_t expected = segments.front();
    for (const std::uint64_t segment : segments) {
      if (Status done = miss(expected, segment); !done) return core::fail(done.error());
      if (Status done = read(segment, segment == segments.back()); !done) return core::fail(done.error());
      expected = segment + 1;
    }
    return std::move(survey_);
  }

 private:
  Status miss(std::uint64_t first, std::uint64_t end) {
    if (end - first > kMostMissingSegments) {
      return core::fail(ErrorKind::kCorruption,
                        "journal '" + directory_.string() + "': " + std::to_string(end - first) +
                            " segments before " + segment_name(end) +
                            " are missing; move that file away if it is none of this journal");
    }
    for (std::uint64_t segment = first; segment < end; ++segment) {
      survey_.segments.push_back({segment, false, true, {}});
      damage({segment, 0, 0, 0, 0, "the segment is missing"});
    }
    return {};
  }

  Status read(std::uint64_t segment, bool is_last) {
    const Result<std::string> file = read_file(fs_, directory_ / segment_name(segment), kMostSegmentBytes);
    if (!file) return core::fail(file.error());
    std::string_view bytes = *file;
    survey_.segments.push_back({segment, true, false, {}});
    if (is_last) {
      const Result<bool> torn = look_at_tail(segment);
      if (!torn) return core::fail(torn.error());
      if (*torn) bytes = bytes.substr(0, survey_.summary.torn.offset);
    }
    std::size_t at = 0;
    while (std::optional<Found> found = find_frame(bytes, at)) {
      if (found->offset > at) damage_here({segment, at, found->offset - at, 0, 0, "the bytes are no frame"});
      const std::string_view of_frame = bytes.substr(found->offset, found->frame.bytes);
      if (Status done = take(segment, *found, of_frame); !done) return done;
      at = found->offset + found->frame.bytes;
    }
    if (at < bytes.size()) end_badly(segment, at, bytes.size() - at, is_last);
    if (!is_last && bytes.empty()) damage_here({segment, 0, 0, 0, 0, "the segment is empty"});
    if (is_last) look_at_end();
    return {};
  }

  /// Whether all that is wrong with the last segment is a tail that the next session cuts. Frames behind a
  /// hole that a power loss left are out of its reach, yet not of a repair's: the segment is gone through
  /// like any other then.
  Result<bool> look_at_tail(std::uint64_t segment) {
    const OnFrame pass_over = [](std::string_view) { return Status{}; };
    Chain chain = chain_;
    const Result<SegmentScan> scan =
        scan_segment(fs_, directory_ / segment_name(segment), true, chain, pass_over);
    if (!scan && scan.error().kind != ErrorKind::kCorruption) return core::fail(scan.error());
    if (!scan || scan->torn.bytes == 0) return false;
    survey_.summary.torn = scan->torn;
    survey_.summary.torn.segment = segment;
    return scan->torn.lost_frames == 0;
  }

  Fit fit(const ParsedFrame& frame) const {
    const FrameHeader& header = frame.header;
    const bool follows_foreign =
        foreign_ && header.frame == foreign_->frame + 1 && header.link == foreign_->link;
    if (!chain_) return Fit::kFollows;
    if (header.frame == chain_->frame + 1 && header.link == chain_->link) return Fit::kFollows;
    return header.frame > chain_->frame + 1 && !follows_foreign ? Fit::kBehindGap : Fit::kForeign;
  }

  Status take(std::uint64_t segment, const Found& found, std::string_view bytes) {
    const FrameHeader& header = found.frame.header;
    const Fit how = fit(found.frame);
    if (how == Fit::kForeign) {
      foreign_ = predecessor(header, bytes);
      damage_here({segment, found.offset, bytes.size(), 0, 0,
                   "frame " + std::to_string(header.frame) +
                       " does not follow those before it: it is a copy, or of another journal"});
      return {};
    }
    if (how == Fit::kBehindGap) lose(segment, found.offset, chain_->frame + 1, header.frame);
    if (header.synced > found.offset)
      damage_here({segment, found.offset, 0, 0, 0, "bytes are missing before this frame"});
    open_damages_.clear();
    foreign_.reset();
    chain_ = predecessor(header, bytes);
    survey_.segments.back().frames.push_back({found.offset, bytes.size(), header.frame, header.link});
    return deliver(segment, found.frame);
  }

  Status deliver(std::uint64_t segment, const ParsedFrame& frame) {
    JournalSummary& summary = survey_.summary;
    summary.frames += frame.header.joined;
    summary.bytes += frame.bytes;
    summary.lost_frames += frames_lost_behind(frame);
    for (std::string_view records = frame.records(); !records.empty();) {
      const std::size_t end = records.find('\n');
      if (Status done = on_record_(records.substr(0, end), segment); !done) return done;
      records.remove_prefix(end + 1);
      ++summary.records;
    }
    return {};
  }

  /// Frames `first` to `end` - 1 are not there: what was met since the last intact frame is why. Where
  /// nothing was, the cut is clean, and the segment in which it is seen is written anew. One of the segments
  /// in between is, in any case, and tells the gap.
  void lose(std::uint64_t segment, std::uint64_t offset, std::uint64_t first, std::uint64_t end) {
    const std::uint64_t lost = end - first;
    if (open_damages_.empty()) {
      damage_here({segment, offset, 0, first, lost, "cut out before this frame"});
      return;
    }
    JournalDamage& why = survey_.damages[open_damages_.front()];
    why.first_lost = first;
    why.lost_frames = lost;
  }

  void end_badly(std::uint64_t segment, std::uint64_t offset, std::uint64_t bytes, bool is_last) {
    if (is_last) {
      if (survey_.summary.torn.bytes == 0) survey_.summary.torn = {segment, offset, bytes, 0};
      return;
    }
    damage_here({segment, offset, bytes, 0, 0, "the bytes are no frame"});
  }

  /// A last segment without a frame is as good as none, but for the only one: others were removed for it.
  void look_at_end() {
    const SegmentSurvey& last = survey_.segments.back();
    if (last.segment == 1 || survey_.summary.frames > 0 || !survey_.damages.empty()) return;
    survey_.summary.torn = {};
    damage_here({last.segment, 0, 0, 0, 0, "the only segment that was left has no whole frame"});
  }

  void damage_here(JournalDamage damaged) {
    survey_.segments.back().rewritten = true;
    damage(std::move(damaged));
  }

  void damage(JournalDamage damaged) {
    open_damages_.push_back(survey_.damages.size());
    survey_.damages.push_back(std::move(damaged));
  }

  FileSystem& fs_;
  const Path directory_;
  const OnRecord& on_record_;
  JournalSurvey survey_;
  Chain chain_;                            // behind the last frame that was taken
  Chain foreign_;                          // behind the last one that was not, if none was taken since
  std::vector<std::size_t> open_damages_;  // since the last frame that was taken
};

}  // namespace

std::uint64_t JournalSurvey::lost_frames() const {
  std::uint64_t sum = 0;
  for (const JournalDamage& damage : damages) sum += damage.lost_frames;
  return sum;
}

std::uint64_t JournalSurvey::damaged_bytes() const {
  std::uint64_t sum = 0;
  for (const JournalDamage& damage : damages) sum += damage.bytes;
  return sum;
}

std::string describe(const JournalDamage& damage) {
  std::string text =
      segment_name(damage.segment) + " at byte " + std::to_string(damage.offset) + ": " + damage.what;
  if (damage.bytes > 0) text += " (" + std::to_string(damage.bytes) + " bytes)";
  if (damage.lost_frames > 0) {
    text += "; " + numbers(damage.first_lost, damage.lost_frames) +
            (damage.lost_frames == 1 ? " is lost" : " are lost");
  }
  return text;
}

Result<JournalSurvey> survey_journal(FileSystem& fs, const Path& directory, const OnRecord& on_record) {
  const Result<bool> there = fs.exists(directory);
  if (!there) return core::fail(there.error());
  if (!*there) return JournalSurvey{};
  const Result<std::vector<std::uint64_t>> segments = list_segments(fs, directory);
  if (!segments) return core::fail(segments.error());
  return Surveyor(fs, directory, on_record).survey(*segments);
}

}  // namespace viltree::storage
