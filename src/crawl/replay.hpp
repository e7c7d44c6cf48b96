#pragma once

#include "rulings.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/archive/totals.hpp>
#include <viltree/codec/codec.hpp>
#include <viltree/core/result.hpp>
#include <viltree/storage/journal.hpp>
#include <viltree/storage/manifest.hpp>
#include <viltree/storage/run_directory.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace viltree::crawl {

/// The answers that a run's journal holds for problems whose unit is not committed, by problem.
class Replay {
 public:
  /// Reads the journal from the first segment that still matters.
  [[nodiscard]] static core::Result<Replay> read(const storage::RunDirectory& run,
                                                 const storage::Manifest& manifest, std::uint64_t unit_size);

  /// The answers for this problem; they are given once. kInvalidInput where the problem is not the one that
  /// was asked (the data set changed).
  [[nodiscard]] core::Result<JournalledAnswers> take(const domain::Problem& problem,
                                                     const std::string& fingerprint);

  [[nodiscard]] std::uint64_t answers() const { return totals_.answers; }
  /// Answers were lost to damage, and a repair has noted it.
  [[nodiscard]] bool has_gaps() const { return has_gaps_; }
  /// One beyond the last problem that has an answer; 0 where there is none.
  [[nodiscard]] std::uint64_t problems_end() const { return problems_end_; }
  /// What these answers cost and brought (trees and rows are not known yet).
  [[nodiscard]] const archive::Totals& totals() const { return totals_; }
  /// The first segment that holds an answer of each unit.
  [[nodiscard]] const std::map<std::uint64_t, std::uint64_t>& first_segments() const {
    return first_segments_;
  }

 private:
  struct Known {
    std::string id;
    std::string fingerprint;
    JournalledAnswers answers;
  };
  void keep(codec::JournalRecord record);
  void count_verdicts();

  std::unordered_map<std::uint64_t, Known> by_problem_;
  std::map<std::uint64_t, std::uint64_t> first_segments_;
  archive::Totals totals_;
  std::uint64_t problems_end_ = 0;
  bool has_gaps_ = false;
};

}  // namespace viltree::crawl
