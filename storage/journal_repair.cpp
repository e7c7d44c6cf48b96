#include "journal_format.hpp"

#include <viltree/core/check.hpp>
#include <viltree/core/hash.hpp>
#include <viltree/storage/journal_repair.hpp>
#include <viltree/storage/zstd_frame.hpp>

#include <algorithm>
#include <utility>

namespace viltree::storage {

using core::ErrorKind;
using core::Result;
using core::Status;

namespace {

constexpr int kCompressionLevel = 3;

/// Makes the bytes of one segment, frame by frame, from what the segments before it end with.
class SegmentMaker {
 public:
  explicit SegmentMaker(Chain chain) : chain_(chain), compressor_(kCompressionLevel) {}

  /// `behind` is the next intact frame; `natural`: it is made next, so that its link will be this frame's.
  Status add(const FrameHeader& original, std::string_view records, const std::optional<NextFrame>& behind,
             bool natural) {
    FrameHeader header{original.frame, chain_ ? chain_->link : original.link, bytes_.size(), std::nullopt,
                       original.joined};
    if (behind && !(natural && behind->frame == header.frame + header.joined)) header.next = behind;
    Result<std::string> made = compressor_.compress(render_header(header).append(records));
    if (!made) return core::fail(made.error());
    chain_ = predecessor(header, *made);
    bytes_ += *made;
    return {};
  }

  /// A frame without records in place of those that are lost before `behind`.
  Status add_marker(const std::optional<NextFrame>& behind) {
    const std::uint64_t unknown = behind ? std::max<std::uint64_t>(behind->frame, 2) - 1 : 1;
    const std::uint64_t frame = chain_ ? chain_->frame + 1 : unknown;
    return add({.frame = frame}, {}, behind, false);
  }

  [[nodiscard]] const Chain& chain() const { return chain_; }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  Chain chain_;
  FrameCompressor compressor_;
  std::string bytes_;
};

/// The first intact frame behind each segment.
std::optional<NextFrame> first_behind(const JournalSurvey& survey, std::size_t segment) {
  for (std::size_t i = segment + 1; i < survey.segments.size(); ++i) {
    const std::vector<IntactFrame>& frames = survey.segments[i].frames;
    if (!frames.empty()) return NextFrame{frames.front().frame, frames.front().link};
  }
  return std::nullopt;
}

class Repairer {
 public:
  Repairer(FileSystem& fs, const Path& directory, const JournalSurvey& survey, const Path& aside)
      : fs_(fs), directory_(directory), survey_(survey), aside_(aside) {}

  Status repair() {
    if (survey_.segments.empty()) return {};
    chain_ = chain_before(survey_.segments.front().segment);
    for (std::size_t i = 0; i < survey_.segments.size(); ++i) {
      if (Status done = survey_.segments[i].rewritten ? rewrite(i) : pass(i); !done) return done;
    }
    return {};
  }

 private:
  [[nodiscard]] Path path_of(std::size_t i) const {
    return directory_ / segment_name(survey_.segments[i].segment);
  }

  /// A segment that stays: only its end matters.
  Status pass(std::size_t i) {
    const SegmentSurvey& segment = survey_.segments[i];
    if (segment.frames.empty()) return {};
    const bool read_by_next = i + 1 < survey_.segments.size() && survey_.segments[i + 1].rewritten;
    if (!read_by_next) return {};
    const Result<std::string> file = read_file(fs_, path_of(i), kMostSegmentBytes);
    if (!file) return core::fail(file.error());
    const Result<ParsedFrame> last = frame_at(*file, i, segment.frames.back());
    if (!last) return core::fail(last.error());
    const IntactFrame& place = segment.frames.back();
    chain_ = predecessor(last->header, std::string_view(*file).substr(place.offset, place.bytes));
    return {};
  }

  Status rewrite(std::size_t i) {
    const SegmentSurvey& segment = survey_.segments[i];
    std::string original;
    if (segment.present) {
      Result<std::string> file = read_file(fs_, path_of(i), kMostSegmentBytes);
      if (!file) return core::fail(file.error());
      original = *std::move(file);
    }
    SegmentMaker maker(chain_);
    if (Status made = make(i, original, maker); !made) return made;
    if (segment.present) {
      const Result<std::string> kept = put_aside(fs_, aside_, segment_name(segment.segment), original);
      if (!kept) return core::fail(kept.error());
    }
    chain_ = maker.chain();
    return write_atomically(fs_, path_of(i), maker.bytes());
  }

  Status make(std::size_t i, const std::string& original, SegmentMaker& maker) {
    const std::vector<IntactFrame>& frames = survey_.segments[i].frames;
    const std::optional<NextFrame> behind_segment = first_behind(survey_, i);
    if (frames.empty()) return maker.add_marker(behind_segment);
    if (maker.chain() && frames.front().frame != maker.chain()->frame + 1) {
      if (Status made = maker.add_marker(NextFrame{frames.front().frame, frames.front().link}); !made)
        return made;
    }
    for (std::size_t k = 0; k < frames.size(); ++k) {
      const Result<ParsedFrame> frame = frame_at(original, i, frames[k]);
      if (!frame) return core::fail(frame.error());
      const bool is_last = k + 1 == frames.size();
      const std::optional<NextFrame> behind =
          is_last ? behind_segment : NextFrame{frames[k + 1].frame, frames[k + 1].link};
      if (Status made = maker.add(frame->header, frame->records(), behind, !is_last); !made) return made;
    }
    return {};
  }

  [[nodiscard]] Result<ParsedFrame> frame_at(const std::string& file, std::size_t i,
                                             const IntactFrame& place) const {
    if (place.offset + place.bytes <= file.size()) {
      std::optional<ParsedFrame> frame =
          parse_frame(std::string_view(file).substr(place.offset, place.bytes));
      if (frame && frame->header.frame == place.frame) return *std::move(frame);
    }
    return core::fail(ErrorKind::kCorruption, "journal segment '" + path_of(i).string() +
                                                  "' has changed since it was looked at; try again");
  }

  FileSystem& fs_;
  const Path& directory_;
  const JournalSurvey& survey_;
  const Path& aside_;
  Chain chain_;
};

/// `name`, or the first of `name`.2, `name`.3, … that `is_free` takes.
template <class IsFree>
Result<std::string> free_name(const std::string& name, const IsFree& is_free) {
  std::string candidate = name;
  for (int number = 2;; ++number) {
    const Result<bool> free = is_free(candidate);
    if (!free) return core::fail(free.error());
    if (*free) return candidate;
    candidate = name + "." + std::to_string(number);
  }
}

/// Whole frames of the last segment that no reader reaches.
Result<std::uint64_t> frames_behind_tear(FileSystem& fs, const Path& directory) {
  const Result<bool> there = fs.exists(directory);
  if (!there) return core::fail(there.error());
  if (!*there) return std::uint64_t{0};
  const Result<std::vector<std::uint64_t>> segments = list_segments(fs, directory);
  if (!segments) return core::fail(segments.error());
  if (segments->empty()) return std::uint64_t{0};
  Chain chain = chain_before(segments->back());
  const OnFrame pass_over = [](std::string_view) { return Status{}; };
  const Result<SegmentScan> scan =
      scan_segment(fs, directory / segment_name(segments->back()), true, chain, pass_over);
  if (!scan) return core::fail(scan.error());
  return scan->torn.lost_frames;
}

}  // namespace

Result<std::string> put_aside(FileSystem& fs, const Path& aside, const std::string& name,
                              std::string_view bytes) {
  if (Status made = make_durable_directories(fs, aside); !made) return core::fail(made.error());
  bool is_there = false;
  const auto is_free = [&](const std::string& candidate) -> Result<bool> {
    const Result<bool> there = fs.exists(aside / candidate);
    if (!there || !*there) return there.map([](bool found) { return !found; });
    const Result<std::string> held = read_file(fs, aside / candidate, kMostSegmentBytes);
    if (!held) return core::fail(held.error());
    is_there = *held == bytes;
    return is_there;
  };
  Result<std::string> free = free_name(name, is_free);
  if (!free || is_there) return free;
  if (Status written = write_atomically(fs, aside / *free, bytes); !written)
    return core::fail(written.error());
  return free;
}

Status move_aside(FileSystem& fs, const Path& file, const Path& aside) {
  const Result<bool> there = fs.exists(file);
  if (!there) return core::fail(there.error());
  if (!*there) return {};
  if (Status made = make_durable_directories(fs, aside); !made) return made;
  const auto is_free = [&](const std::string& candidate) {
    return fs.exists(aside / candidate).map([](bool found) { return !found; });
  };
  const Result<std::string> free = free_name(file.filename().string(), is_free);
  if (!free) return core::fail(free.error());
  if (Status moved = fs.rename(file, aside / *free); !moved) return moved;
  if (Status synced = fs.sync_directory(aside); !synced) return synced;
  return fs.sync_directory(file.parent_path());
}

Status repair_journal(FileSystem& fs, const Path& directory, const JournalSurvey& survey, const Path& aside) {
  return Repairer(fs, directory, survey, aside).repair();
}

Result<std::uint64_t> salvage_tail(FileSystem& fs, const Path& directory, const Path& aside) {
  const Result<std::uint64_t> behind = frames_behind_tear(fs, directory);
  if (!behind || *behind == 0) return behind;
  const OnRecord pass_over = [](std::string_view, std::uint64_t) { return Status{}; };
  const Result<JournalSurvey> survey = survey_journal(fs, directory, pass_over);
  if (!survey) return core::fail(survey.error());
  const std::uint64_t last = survey->summary.last_segment;
  const auto elsewhere = std::find_if(survey->damages.begin(), survey->damages.end(),
                                      [&](const JournalDamage& damage) { return damage.segment != last; });
  if (elsewhere != survey->damages.end()) {
    return core::fail(ErrorKind::kCorruption, "journal '" + directory.string() +
                                                  "': " + describe(*elsewhere) +
                                                  "; see what `viltree repair` can save");
  }
  if (Status repaired = repair_journal(fs, directory, *survey, aside); !repaired)
    return core::fail(repaired.error());
  return behind;
}

}  // namespace viltree::storage
