#pragma once

#include <viltree/core/result.hpp>
#include <viltree/storage/file_system.hpp>
#include <viltree/storage/journal.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What can be saved of a damaged journal. A frame is intact where its checksum and its header are right,
/// wherever it stands; what a record holds is never searched for frames, because it is compressed, and the
/// bytes that a frame begins with are no text.
namespace viltree::storage {

/// A place where a journal is not what was written.
struct JournalDamage {
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;      ///< in the segment
  std::uint64_t bytes = 0;       ///< that are no frame, or one that does not belong here
  std::uint64_t first_lost = 0;  ///< number of the first frame that is missing for it; 0: none is known to be
  std::uint64_t lost_frames = 0;
  std::string what;
};

/// One line: segment, place, what is wrong and which frames are lost.
[[nodiscard]] std::string describe(const JournalDamage& damage);

/// A frame that is intact and follows those before it.
struct IntactFrame {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint64_t frame = 0;
  std::uint64_t link = 0;
};

struct SegmentSurvey {
  std::uint64_t segment = 0;
  bool present = true;
  bool rewritten = false;  ///< a repair writes it anew
  std::vector<IntactFrame> frames;
};

/// What survey_journal went through. Memory follows the number of frames: 32 bytes each.
struct JournalSurvey {
  std::vector<JournalDamage> damages;   ///< in order; a torn tail is none
  std::vector<SegmentSurvey> segments;  ///< all from the first that is there to the last
  JournalSummary summary;               ///< of the intact frames; `lost_frames` are those of earlier repairs

  [[nodiscard]] bool sound() const { return damages.empty(); }
  [[nodiscard]] std::uint64_t lost_frames() const;  ///< that are known by their number
  [[nodiscard]] std::uint64_t damaged_bytes() const;
};

/// Reads all segments past any damage, and delivers every record of every intact frame, in order. Changes
/// nothing. An error of the disk or of the callback ends it. kCorruption where segments are missing in such
/// number that these cannot all be segments of one journal. A folder that is not there is empty.
/// A torn tail with whole frames behind it is both in summary.torn, with their number, and a damage: a repair
/// saves those frames.
[[nodiscard]] core::Result<JournalSurvey> survey_journal(FileSystem& fs, const Path& directory,
                                                         const OnRecord& on_record);

/// Makes the journal one that can be read and gone on with: the segments that the survey marks are written
/// anew, with the records of their intact frames and the same numbers of frames, each in one step, and after
/// its damaged original was copied to `aside`, durably. Killed at any moment it has lost nothing, and the
/// next survey and repair go on. The caller holds the run's lock; nobody wrote since the survey.
[[nodiscard]] core::Status repair_journal(FileSystem& fs, const Path& directory, const JournalSurvey& survey,
                                          const Path& aside);

/// What a session does before it opens a journal for writing: where a power loss has left whole frames behind
/// the tear of the last segment, which open() would cut, the journal is repaired as repair_journal does.
/// Returns the number of frames that it saved. kCorruption, and nothing is changed, where there is damage
/// elsewhere too. Otherwise as repair_journal.
[[nodiscard]] core::Result<std::uint64_t> salvage_tail(FileSystem& fs, const Path& directory,
                                                       const Path& aside);

/// Keeps the bytes as `aside`/`name`, or with a number behind it where that name holds other bytes; durable
/// on return. Returns the name.
[[nodiscard]] core::Result<std::string> put_aside(FileSystem& fs, const Path& aside, const std::string& name,
                                                  std::string_view bytes);

/// Moves a file to `aside`, as put_aside names it. A file that is not there is no error.
[[nodiscard]] core::Status move_aside(FileSystem& fs, const Path& file, const Path& aside);

}  // namespace viltree::storage
