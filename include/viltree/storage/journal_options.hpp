#pragma once

#include <viltree/core/limits.hpp>
#include <viltree/storage/zstd_frame.hpp>

#include <cstdint>

/// What a journal (journal.hpp) can be told, with its defaults. Plain values.
namespace viltree::storage {

/// When an append is on the disk.
enum class Durability : std::uint8_t {
  kNormal,  ///< at the next sync(); a killed process loses nothing, a power loss what came since
  kStrict,  ///< on return
};

/// The longest segment that is read (a segment is read as a whole), and the largest segment_bytes: what is
/// added to a segment below its limit is one frame.
inline constexpr std::uint64_t kMostSegmentBytes = 1024 * core::limits::kMiB;
inline constexpr std::uint64_t kMostSegmentOption = 512 * core::limits::kMiB;

struct JournalOptions {
  std::uint64_t segment_bytes = 64 * core::limits::kMiB;  ///< a segment is sealed once it is as long
  int compression_level = 3;
  int sealed_level = kKeptLevel;  ///< of compacted segments
  Durability durability = Durability::kNormal;
};

}  // namespace viltree::storage
