#pragma once

#include <viltree/core/mutex.hpp>
#include <viltree/core/result.hpp>
#include <viltree/storage/file_system.hpp>
#include <viltree/storage/journal_options.hpp>
#include <viltree/storage/zstd_frame.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The journal: a folder of segments 000001.jsonl.zst, 000002.jsonl.zst, … Each group of records is one zstd
/// frame of lines; the first line is {"frame":n,"link":"…","synced":b}: the frame's number in the whole
/// journal (from 1), the hash of the compressed bytes of the frame before it (zeros for the first), and how
/// many bytes of this segment were known to be on the disk when the frame was written. The last one tells
/// damage from a power loss: bytes that had been synced cannot have been torn. Where a repair found frames
/// missing, the header of the frame before them also has "next" and "next_link": the number and the link of
/// the frame that is behind it now. A sealed segment is written anew by compact(), in few large frames:
/// "joined" says how many frames one has become, and the last one has "next" and "next_link", for the segment
/// behind it stays as it is.
namespace viltree::storage {

/// The end of the last segment that held no whole frame, as left by a crash.
struct TornTail {
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;       ///< where it begins: the end of the last whole frame
  std::uint64_t bytes = 0;        ///< 0: there is none
  std::uint64_t lost_frames = 0;  ///< whole frames behind the tear, out of reach: a power loss keeps no order
};

/// Appends groups of records. Thread-safe: sync() may run in one thread while another appends, without
/// holding it up. After any error from the disk the writer is dead, since what is on the disk is unknown:
/// every later call returns that error, and the next open() cuts what is torn.
class JournalWriter {
 public:
  /// Makes the folder where missing. Cuts a torn tail of the last segment and syncs that segment; damage in
  /// the middle of it is kCorruption. The caller holds the run's lock.
  [[nodiscard]] static core::Result<std::unique_ptr<JournalWriter>> open(FileSystem& fs, Path directory,
                                                                         const JournalOptions& options);

  /// What open() cut.
  [[nodiscard]] const TornTail& recovered() const { return recovered_; }

  /// Writes the records as one frame, with one append to the file; returns the number of their segment. On
  /// return a killed process loses none of them. No records: nothing is written. Refused before anything is
  /// written, and the writer stays alive: kInvalidInput for a record with a line feed, kExhausted beyond
  /// limits::kFrameBytes in all.
  [[nodiscard]] core::Result<std::uint64_t> append(std::span<const std::string> records);

  /// Returns when all that was appended before the call is on the disk.
  [[nodiscard]] core::Status sync();

  /// Removes the segments below `segment`, after a sync; the newest that holds a frame always stays, so that
  /// numbers and links go on from it.
  [[nodiscard]] core::Status remove_before(std::uint64_t segment);

  /// Whether there may be a sealed segment that was not compacted.
  [[nodiscard]] bool may_compact() const;

  /// Looks at the oldest sealed segment that it has not looked at, and compacts it: the same records, in
  /// fewer bytes. Killed at any moment, it has done all or nothing. May go on beside all
  /// other calls, but not beside remove_before() and not beside itself.
  [[nodiscard]] core::Status compact();

  /// The segment that the next append goes to at the earliest.
  [[nodiscard]] std::uint64_t segment() const;

  /// Compressed bytes appended since open().
  [[nodiscard]] std::uint64_t bytes_written() const;

 private:
  JournalWriter(FileSystem& fs, Path directory, const JournalOptions& options);
  core::Status recover() VILTREE_REQUIRES(mutex_);
  core::Status cut_and_sync(std::uint64_t segment, std::uint64_t good_bytes, bool torn);
  core::Result<std::string> make_frame(std::span<const std::string> records) VILTREE_REQUIRES(mutex_);
  core::Status write_frame(const std::string& frame) VILTREE_REQUIRES(mutex_);
  core::Status begin_segment() VILTREE_REQUIRES(mutex_);
  core::Status sync_file() VILTREE_REQUIRES(mutex_);
  void end_segment() VILTREE_REQUIRES(mutex_);

  FileSystem& fs_;
  const Path directory_;
  const JournalOptions options_;
  TornTail recovered_;

  mutable core::Mutex mutex_;
  FrameCompressor compressor_ VILTREE_GUARDED_BY(mutex_);
  std::shared_ptr<File> file_ VILTREE_GUARDED_BY(mutex_);  // of segment_; none until its first frame
  std::uint64_t segment_ VILTREE_GUARDED_BY(mutex_) = 1;
  std::uint64_t size_ VILTREE_GUARDED_BY(mutex_) = 0;          // of the file
  std::uint64_t synced_ VILTREE_GUARDED_BY(mutex_) = 0;        // of these, bytes known to be on the disk
  std::uint64_t frame_ VILTREE_GUARDED_BY(mutex_) = 0;         // number of the last frame
  std::uint64_t link_ VILTREE_GUARDED_BY(mutex_) = 0;          // hash of the last frame
  std::uint64_t last_segment_ VILTREE_GUARDED_BY(mutex_) = 0;  // that holds the last frame
  std::uint64_t bytes_written_ VILTREE_GUARDED_BY(mutex_) = 0;
  std::uint64_t compact_next_ VILTREE_GUARDED_BY(mutex_) = 1;  // segments below were looked at
  std::optional<core::Error> dead_ VILTREE_GUARDED_BY(mutex_);
};

/// What read_journal went through.
struct JournalSummary {
  std::uint64_t first_segment = 0;  ///< 0: no segments
  std::uint64_t last_segment = 0;
  std::uint64_t frames = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;        ///< of whole frames, compressed
  std::uint64_t lost_frames = 0;  ///< that were lost to damage, as repair_journal has noted
  TornTail torn;                  ///< not an error: open() will cut it
};

/// One record, valid during the call, and its segment. An error stops the reading and is handed on.
using OnRecord = std::function<core::Status(std::string_view record, std::uint64_t segment)>;

/// Delivers every record from `from_segment` on, in order, each verified before it is delivered (checksum,
/// link, frame number). From 0: from the first segment that is there. The first segment's link is taken on
/// trust unless it is segment 1. kCorruption, with file and offset, for damage that no crash leaves behind:
/// bad bytes in a segment that is not the last, a missing segment, a broken link, bad bytes that had been
/// synced. A folder that is not there is empty.
[[nodiscard]] core::Result<JournalSummary> read_journal(FileSystem& fs, const Path& directory,
                                                        std::uint64_t from_segment,
                                                        const OnRecord& on_record);

}  // namespace viltree::storage
