#pragma once

#include <viltree/core/result.hpp>
#include <viltree/search/kernel_fit.hpp>
#include <viltree/search/tree.hpp>
#include <viltree/storage/manifest.hpp>
#include <viltree/storage/run_directory.hpp>

#include <cstdint>
#include <functional>
#include <span>

/// The kernel of a run (search/kernel.hpp): fitted on its own trees, kept in its directory.
namespace viltree::kernels {

/// A run's kernel is fitted on its first unit. Trees of the first units are grown with the built-in one,
/// those of this unit and later with the run's: so that the next unit can grow while the first one ends.
inline constexpr std::uint64_t kFirstFittedUnit = 2;

/// Trees that a run's kernel is fitted on, at most.
inline constexpr std::size_t kPilotTrees = 128;

/// What the trees of a unit are grown with.
[[nodiscard]] const search::Kernel& growing_kernel(std::uint64_t unit, const search::Kernel& of_run);

/// Fits a kernel on at most `most` of the trees, spread evenly. Those without an outcome say nothing and are
/// passed over; without any it is the built-in one. Parallel over trees in the caller's TBB arena; the number
/// of threads changes no digit.
[[nodiscard]] search::FittedKernel fit(std::span<const search::Tree* const> trees, std::size_t most,
                                       bool truncated_is_wrong);

struct ArchiveFit {
  std::uint64_t most_trees = 4096;  ///< spread evenly over the frames of all archives
  bool truncated_is_wrong = false;
  int threads = 0;                                                             ///< 0: one a core
  std::function<void(const search::FittedKernel& so_far)> on_round = nullptr;  ///< after each round
};

/// The same on the committed trees of a run, which are read anew for each round: memory follows the largest
/// frame for every thread. kInvalidInput where nothing is committed, kCorruption for damaged archives.
[[nodiscard]] core::Result<search::FittedKernel> fit_archives(const storage::RunDirectory& run,
                                                              const ArchiveFit& options);

/// Writes kernel.json, durably and in one step; its entry for the manifest.
[[nodiscard]] core::Result<storage::FileEntry> save(const storage::RunDirectory& run,
                                                    const search::FittedKernel& fitted);

/// The entry of the file that `save` writes.
[[nodiscard]] storage::FileEntry entry_of(const search::FittedKernel& fitted);

/// The kernel that the posterior values of a run rest on: that of kernel.json where the manifest lists it,
/// else the built-in one. kCorruption where the file is missing, or not what the manifest lists.
[[nodiscard]] core::Result<search::FittedKernel> of_run(const storage::RunDirectory& run,
                                                        const storage::Manifest& manifest);
/// The same; built-in where there is no manifest.
[[nodiscard]] core::Result<search::FittedKernel> of_run(const storage::RunDirectory& run);

/// A file as `save` writes it. kCorruption where it is none.
[[nodiscard]] core::Result<search::FittedKernel> load(storage::FileSystem& fs, const storage::Path& path);

/// The text of such a file.
[[nodiscard]] std::string to_json(const search::FittedKernel& fitted);

}  // namespace viltree::kernels
