#pragma once

#include "unit_writer.hpp"

#include <viltree/core/result.hpp>
#include <viltree/crawl/crawl.hpp>
#include <viltree/storage/manifest.hpp>
#include <viltree/storage/run_directory.hpp>

#include <chrono>
#include <cstdint>
#include <future>
#include <map>
#include <optional>

#include <tbb/task_arena.h>

namespace viltree::crawl {

/// Gathers finished trees into units and commits the units in order: archive and shard first, then the
/// manifest that lists them. Writing goes on in the background, one unit at a time. For the crawl's thread.
class Units {
 public:
  Units(const Options& options, const storage::RunDirectory& run, storage::Manifest manifest,
        tbb::task_arena& arena);
  ~Units();
  Units(const Units&) = delete;
  Units& operator=(const Units&) = delete;

  /// The first unit that is not committed whole.
  [[nodiscard]] std::uint64_t first_open() const { return next_; }
  [[nodiscard]] std::uint64_t unit_of(domain::ProblemIndex problem) const {
    return problem.value / options_.unit_size;
  }

  void finish(FinishedTree tree);
  void reject(domain::ProblemIndex problem);

  /// Takes in what the background has written, and begins the next unit that is whole. True where a unit was
  /// committed. Any error is one of storage.
  [[nodiscard]] core::Result<bool> advance(std::uint64_t journal_from);

  /// True while a unit is being written, or one that is whole waits for it.
  [[nodiscard]] bool busy() const;
  /// Waits for the unit that is being written; advance() then takes it in.
  void wait() const;
  void wait_for(std::chrono::milliseconds most) const;

  /// Memory of the finished trees that wait for their unit.
  [[nodiscard]] std::uint64_t held_bytes() const { return held_bytes_; }

  /// Commits what is finished in units that are not whole, as far as there is any (the run ends before its
  /// problems do). A later session writes these units again.
  [[nodiscard]] core::Status commit_rest(std::uint64_t journal_from);

  [[nodiscard]] const storage::Manifest& manifest() const { return manifest_; }

 private:
  struct Gathering {
    std::map<std::uint64_t, FinishedTree> trees;  ///< by problem
    std::uint64_t rejected = 0;
  };

  [[nodiscard]] std::uint64_t problems_in(std::uint64_t unit) const;
  [[nodiscard]] bool whole(std::uint64_t unit) const;
  [[nodiscard]] FinishedUnit take(std::uint64_t unit);
  core::Status commit(storage::UnitEntry entry, std::uint64_t journal_from);

  const Options& options_;
  const storage::RunDirectory& run_;
  storage::Manifest manifest_;
  tbb::task_arena& arena_;
  std::map<std::uint64_t, Gathering> gathering_;  ///< by unit
  std::uint64_t held_bytes_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t rows_ = 0;  ///< in committed units and the one that is being written
  std::future<core::Result<storage::UnitEntry>> writing_;
};

}  // namespace viltree::crawl
