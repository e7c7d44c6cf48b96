#include "journal_format.hpp"

#include <viltree/core/hash.hpp>

#include <utility>

namespace viltree::storage {

using core::ErrorKind;
using core::Result;
using core::Status;

namespace {

/// Records in one frame of a compacted segment: large enough to compress well, small enough to read.
constexpr std::size_t kJoinedBytes = 4 * core::limits::kMiB;

struct Segment {
  std::vector<ParsedFrame> frames;
  std::vector<std::string_view> bytes;  // of each
};

/// Its frames, or nothing where it is not one to compact: damaged, repaired, compacted before, or of one
/// frame.
std::optional<Segment> take_apart(std::string_view file) {
  Segment segment;
  while (!file.empty()) {
    std::optional<ParsedFrame> frame = parse_frame(file);
    if (!frame || frame->header.joined > 1 || frame->header.next) return std::nullopt;
    segment.bytes.push_back(file.substr(0, frame->bytes));
    file.remove_prefix(frame->bytes);
    segment.frames.push_back(*std::move(frame));
  }
  if (segment.frames.size() < 2) return std::nullopt;
  return segment;
}

/// The same records in fewer frames. What follows the segment goes on from its last frame as it was.
Result<std::string> join_frames(const Segment& segment, int level) {
  FrameCompressor compressor(level);
  std::string joined;
  std::uint64_t link = segment.frames.front().header.link;
  for (std::size_t first = 0; first < segment.frames.size();) {
    std::string records;
    std::size_t end = first;
    const auto has_room = [&] {
      return end == first || records.size() + segment.frames[end].records().size() <= kJoinedBytes;
    };
    while (end < segment.frames.size() && has_room()) records += segment.frames[end++].records();
    FrameHeader header{segment.frames[first].header.frame, link, joined.size(), std::nullopt, end - first};
    if (end == segment.frames.size()) {
      header.next = NextFrame{segment.frames.back().header.frame + 1, core::hash64(segment.bytes.back())};
    }
    Result<std::string> frame = compressor.compress(render_header(header).append(records));
    if (!frame) return frame;
    link = core::hash64(*frame);
    joined += *frame;
    first = end;
  }
  return joined;
}

std::string records_of(std::string_view file) {
  std::string records;
  while (const std::optional<ParsedFrame> frame = parse_frame(file)) {
    records += frame->records();
    file.remove_prefix(frame->bytes);
  }
  return records;
}

}  // namespace

Result<bool> compact_segment(FileSystem& fs, const Path& path, int level) {
  const Result<std::string> file = read_file(fs, path, kMostSegmentBytes);
  if (!file) return core::fail(file.error());
  const std::optional<Segment> segment = take_apart(*file);
  if (!segment) return false;
  const Result<std::string> joined = join_frames(*segment, level);
  // A frame that is almost as long as it may be has no room for a longer header.
  if (!joined || joined->size() >= file->size()) return false;
  if (records_of(*joined) != records_of(*file)) {
    return core::fail(ErrorKind::kPermanent,
                      path.string() + ": it does not read the same when compacted, and was left as it is");
  }
  if (Status written = write_atomically(fs, path, *joined); !written) return core::fail(written.error());
  return true;
}

}  // namespace viltree::storage
