#pragma once

#include <viltree/core/result.hpp>
#include <viltree/storage/journal_repair.hpp>
#include <viltree/storage/manifest.hpp>
#include <viltree/storage/run_directory.hpp>

#include <cstdint>
#include <map>

namespace viltree::repair {

/// The intact answers of a run's journal, by problem; memory follows the problems.
class AnswerCounts {
 public:
  /// Also gives the survey of the journal that they come from.
  [[nodiscard]] static core::Result<AnswerCounts> read(const storage::RunDirectory& run,
                                                       storage::JournalSurvey& survey);

  [[nodiscard]] std::uint64_t of(const storage::UnitEntry& unit) const;
  /// That no program of this version can read, though their frames are intact.
  [[nodiscard]] std::uint64_t unreadable() const { return unreadable_; }

 private:
  std::map<std::uint64_t, std::uint64_t> by_problem_;
  std::uint64_t unreadable_ = 0;
};

}  // namespace viltree::repair
