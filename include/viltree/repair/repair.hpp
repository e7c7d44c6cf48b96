#pragma once

#include <viltree/core/result.hpp>
#include <viltree/search/kernel_fit.hpp>
#include <viltree/storage/journal_repair.hpp>
#include <viltree/storage/manifest.hpp>
#include <viltree/storage/run_directory.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Saves what can be saved of a damaged run directory, so that `generate` goes on from it and its check is
/// clean. Nothing is deleted: what is replaced lies in RUN/damaged.
namespace viltree::repair {

/// What run.yaml says of the run.
struct Facts {
  std::string version;  ///< of the program, for a new manifest
  std::string config_hash;
  std::uint64_t unit_size = 0;  ///< problems
};

/// What a repair would do. A plain value; `lines` tell all of it to people: each damage, what is done about
/// it, and what it costs.
struct Plan {
  std::vector<std::string> lines;
  storage::JournalSurvey journal;
  bool rewrites_journal = false;
  std::vector<std::string> aside;              ///< files to move aside, below the run directory
  std::optional<search::FittedKernel> kernel;  ///< to be written
  std::optional<storage::Manifest> manifest;   ///< to be written in place of the old one
  std::uint64_t lost_frames = 0;               ///< of the journal
  std::uint64_t known_answers = 0;             ///< of units that are written again: in the journal
  std::uint64_t asked_again = 0;               ///< of these units: answers that are not
  std::vector<std::string> beyond_repair;      ///< what stays damaged, and what to do

  [[nodiscard]] bool empty() const { return !rewrites_journal && aside.empty() && !kernel && !manifest; }
};

/// Reads everything, as fsck::check_run does, and changes nothing. kInvalidInput where there is no run,
/// and the disk's errors.
[[nodiscard]] core::Result<Plan> plan_repair(const storage::RunDirectory& run, const Facts& facts);

/// Does what the plan says. The caller holds the run's lock, and has held it when the plan was made. Killed
/// at any moment, planning and repairing again comes to the same end.
[[nodiscard]] core::Status apply(const storage::RunDirectory& run, const Plan& plan);

}  // namespace viltree::repair
