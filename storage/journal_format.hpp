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

/// The first line of every frame.
struct FrameHeader {
  std::uint64_t frame = 0;
  std::uint64_t link = 0;
  std::uint64_t synced = 0;
};

[[nodiscard]] std::string render_header(const FrameHeader& header);
/// Takes the header line off the front of `text`; nothing where it is no header, in exactly the written form.
[[nodiscard]] std::optional<FrameHeader> take_header(std::string_view& text);

[[nodiscard]] std::string segment_name(std::uint64_t segment);
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

struct SegmentScan {
  std::uint64_t frames = 0;
  std::uint64_t good_bytes = 0;  ///< up to the end of the last whole frame
  TornTail torn;
};

/// The records of a verified frame, each with its '\n'.
using OnFrame = std::function<core::Status(std::string_view records)>;

/// Verifies a segment frame by frame, from `chain` on, which it moves. Only the last segment may be empty or
/// torn.
[[nodiscard]] core::Result<SegmentScan> scan_segment(FileSystem& fs, const Path& path, bool is_last,
                                                     Chain& chain, const OnFrame& on_frame);

}  // namespace viltree::storage
