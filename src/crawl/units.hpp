#pragma once

#include <viltree/archive/unit_writer.hpp>
#include <viltree/core/background.hpp>
#include <viltree/core/result.hpp>
#include <viltree/crawl/crawl.hpp>
#include <viltree/search/kernel_fit.hpp>
#include <viltree/storage/manifest.hpp>
#include <viltree/storage/run_directory.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>

#include <tbb/task_arena.h>

namespace viltree::crawl {

/// Gathers finished trees into units and commits the units in order: archive and shard first, then the
/// manifest that lists them. Writing goes on in the background, one unit at a time. Before the first unit's
/// rows are made, the run's kernel is fitted on its trees, kept beside them, and listed with them: what is
/// decided by it is decided by a file. For the crawl's thread.
class Units {
 public:
  /// `kernel` is that of the run so far.
  Units(const Options& options, const storage::RunDirectory& run, storage::Manifest manifest,
        search::FittedKernel kernel, tbb::task_arena& arena, core::Background& background);
  ~Units();
  Units(const Units&) = delete;
  Units& operator=(const Units&) = delete;

  /// The first unit that is not committed whole. Units behind it may be: where a budget ended the run before
  /// this one was whole, or where a repair took this one out.
  [[nodiscard]] std::uint64_t first_open() const { return next_; }
  [[nodiscard]] bool committed(std::uint64_t unit) const;
  /// The unit that commit_written() or commit_rest() took in last.
  [[nodiscard]] std::uint64_t last_committed() const { return last_committed_; }
  [[nodiscard]] std::uint64_t unit_of(domain::ProblemIndex problem) const {
    return problem.value / options_.unit_size;
  }

  /// Whether it is decided what trees of this unit are grown with: from kFirstFittedUnit on, when the first
  /// unit is committed, or was once.
  [[nodiscard]] bool knows_kernel_of(std::uint64_t unit) const;
  [[nodiscard]] const search::Kernel& kernel_of(std::uint64_t unit) const;
  /// Of the run; the built-in one until the first unit is committed.
  [[nodiscard]] const search::FittedKernel& kernel() const { return kernel_; }

  void finish(archive::FinishedTree tree);
  void reject(domain::ProblemIndex problem);

  /// Commits what the background has written. True where it had. Any error is one of storage.
  [[nodiscard]] core::Result<bool> commit_written(std::uint64_t journal_from);
  /// Begins the next unit in the background, where it is whole and no other is being written.
  void write_next();

  /// True while a unit is being written, or one that is whole waits for it.
  [[nodiscard]] bool busy() const;
  /// Waits for the unit that is being written; commit_written() then takes it in.
  void wait() const;
  void wait_for(std::chrono::milliseconds most) const;

  /// Memory of the finished trees that wait for their unit.
  [[nodiscard]] std::uint64_t held_bytes() const { return held_bytes_; }

  /// Commits what is finished in units that are not whole, as far as there is any (the run ends before its
  /// problems do). A later session writes these units again.
  [[nodiscard]] core::Status commit_rest(std::uint64_t journal_from);

  [[nodiscard]] const storage::Manifest& manifest() const { return manifest_; }

 private:
  /// A unit on the disk that no manifest lists yet.
  struct Written {
    storage::UnitEntry entry;
    std::optional<storage::FileEntry> kernel_file = std::nullopt;  ///< with the first unit
    search::FittedKernel kernel = {};                              ///< that its rows rest on
  };
  struct Gathering {
    std::map<std::uint64_t, archive::FinishedTree> trees;  ///< by problem
    std::uint64_t rejected = 0;
  };

  void pass_committed();
  [[nodiscard]] std::uint64_t problems_in(std::uint64_t unit) const;
  [[nodiscard]] bool whole(std::uint64_t unit) const;
  [[nodiscard]] archive::FinishedUnit take(std::uint64_t unit);
  [[nodiscard]] core::Result<Written> write(const archive::FinishedUnit& unit) const;
  core::Status commit(Written written, std::uint64_t journal_from);

  const Options& options_;
  const storage::RunDirectory& run_;
  storage::Manifest manifest_;
  search::FittedKernel kernel_;
  tbb::task_arena& arena_;
  core::Background& background_;
  std::map<std::uint64_t, Gathering> gathering_;  ///< by unit
  std::uint64_t held_bytes_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t last_committed_ = 0;
  core::Pending<core::Result<Written>> writing_;
};

}  // namespace viltree::crawl
