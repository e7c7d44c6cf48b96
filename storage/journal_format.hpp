#pragma once

#include <viltree/core/result.hpp>
#include <viltree/storage/file_system.hpp>
#include <viltree/storage/journal.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a journal's writer and reader agree on. The format is described in <viltree/storage/journal.hpp>.
namespace viltree::storage {

/// The frame that stands behind another one, where its number and link do not follow from that one.
struct NextFrame {
  std::uint64_t frame = 0;
  std::uint64_t link = 0;
};

/// The first line of every frame.
struct FrameHeader {
  std::uint64_t frame = 0;
  std::uint64_t link = 0;
  std::uint64_t synced = 0;
  std::optional<NextFrame> next =
      std::nullopt;  ///< where they are not those that follow from this one: number and link of the next
  std::uint64_t joined = 1;  ///< frames whose records this one holds since its segment was compacted
};

[[nodiscard]] std::string render_header(const FrameHeader& header);
/// Takes the header line off the front of `text`; nothing where it is no header, in exactly the written form.
[[nodiscard]] std::optional<FrameHeader> take_header(std::string_view& text);

[[nodiscard]] std::string segment_name(std::uint64_t segment);

/// Writes a sealed segment anew, in one step, with the same records in few large frames. False, and nothing
/// done, where that is of no use, or for a repair: damaged, compacted, of one frame, or not smaller.
[[nodiscard]] core::Result<bool> compact_segment(FileSystem& fs, const Path& path, int level);
/// The numbers of the segments in the folder, ascending; other names are passed over.
[[nodiscard]] core::Result<std::vector<std::uint64_t>> list_segments(FileSystem& fs, const Path& directory);

/// The frame that the next one must follow; nothing: whatever comes first is taken on trust.
struct Predecessor {
  std::uint64_t frame = 0;
  std::uint64_t link = 0;
};
using Chain = std::optional<Predecessor>;

/// Where reading begins at `segment`: segment 1 follows nothing, any other is taken on trust.
[[nodiscard]] Chain chain_before(std::uint64_t segment);

/// A frame of a journal, whole and verified by its checksum.
struct ParsedFrame {
  FrameHeader header;
  std::size_t bytes = 0;
  std::string text;
  std::size_t records_at = 0;

  /// Each with its '\n'.
  [[nodiscard]] std::string_view records() const { return std::string_view(text).substr(records_at); }
};

/// The frame that `bytes` begins with, if it is one of a journal.
[[nodiscard]] std::optional<ParsedFrame> parse_frame(std::string_view bytes);

/// What the frame behind this one must follow; `bytes` are those of the frame.
[[nodiscard]] Predecessor predecessor(const FrameHeader& header, std::string_view bytes);

/// Frames that were lost right behind this one, as a repair has noted.
[[nodiscard]] std::uint64_t frames_lost_behind(const ParsedFrame& frame);

struct SegmentScan {
  std::uint64_t frames = 0;
  std::uint64_t lost_frames = 0;  ///< as a repair has noted
  std::uint64_t good_bytes = 0;   ///< up to the end of the last whole frame
  TornTail torn;
};

/// The records of a verified frame, each with its '\n'.
using OnFrame = std::function<core::Status(std::string_view records)>;

/// Verifies a segment frame by frame, from `chain` on, which it moves. Only the last segment may be empty or
/// torn.
[[nodiscard]] core::Result<SegmentScan> scan_segment(FileSystem& fs, const Path& path, bool is_last,
                                                     Chain& chain, const OnFrame& on_frame);

}  // namespace viltree::storage
