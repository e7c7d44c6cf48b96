#pragma once

#include <viltree/archive/totals.hpp>
#include <viltree/core/result.hpp>
#include <viltree/labels/labels.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/storage/manifest.hpp>
#include <viltree/storage/run_directory.hpp>

#include <cstdint>
#include <vector>

namespace viltree::archive {

/// A finished tree that waits for its unit.
struct FinishedTree {
  search::StoredTree stored;
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

struct UnitOptions {
  labels::Options labels;  ///< with the kernel that the rows' values rest on
  labels::RunFacts facts;
  int compression_level = 9;
};

/// Writes a unit's tree archive and its shard (ordered TBB pipelines: encode and compress in parallel, write
/// in order), and returns the entry for the manifest. Only the trees and the options decide the bytes. Errors
/// are the disk's, and kExhausted where a tree or a row is too long for a line.
[[nodiscard]] core::Result<storage::UnitEntry> write_unit(const storage::RunDirectory& run,
                                                          const FinishedUnit& unit,
                                                          const UnitOptions& options);

}  // namespace viltree::archive
