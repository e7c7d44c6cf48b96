#pragma once

#include <viltree/codec/codec.hpp>
#include <viltree/core/result.hpp>
#include <viltree/crawl/crawl.hpp>
#include <viltree/storage/manifest.hpp>
#include <viltree/storage/run_directory.hpp>

#include <cstdint>
#include <vector>

namespace viltree::crawl {

/// A finished tree that waits for its unit.
struct FinishedTree {
  codec::StoredTree stored;
  Totals totals;  ///< what it brought; rows are counted when they are written
};

/// All finished trees of a unit, in the order of the problems.
struct FinishedUnit {
  std::uint64_t unit = 0;
  std::uint64_t first_problem = 0;
  std::uint64_t problems = 0;
  std::uint64_t rejected = 0;
  std::uint64_t first_row = 0;  ///< index of the unit's first row in the run
  std::vector<FinishedTree> trees;
  [[nodiscard]] bool complete() const { return trees.size() + rejected == problems; }
};

/// Writes a unit's tree archive and its shard (ordered TBB pipelines: encode and compress in parallel, write
/// in order), and returns the entry for the manifest. Only the trees, the options and the kernel that the
/// rows' values rest on decide the bytes.
[[nodiscard]] core::Result<storage::UnitEntry> write_unit(const storage::RunDirectory& run,
                                                          const FinishedUnit& unit, const Options& options,
                                                          const search::Kernel& kernel);

}  // namespace viltree::crawl
