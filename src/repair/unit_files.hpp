#pragma once

#include <viltree/core/result.hpp>
#include <viltree/search/tree.hpp>
#include <viltree/storage/manifest.hpp>
#include <viltree/storage/run_directory.hpp>

#include <cstdint>
#include <vector>

namespace viltree::repair {

/// What the two files of a unit say: sizes, hashes, numbers of trees and rows, sums. The unit's place among
/// the problems, and whether it is whole, are not theirs to say. kCorruption where a line of them cannot be
/// read.
[[nodiscard]] core::Result<storage::UnitEntry> read_unit_files(const storage::RunDirectory& run,
                                                               std::uint64_t unit);

/// The trees of an archive. kCorruption where one cannot be read.
[[nodiscard]] core::Result<std::vector<search::Tree>> read_trees(const storage::RunDirectory& run,
                                                                 const std::string& name);

/// The units that have a file in trees/ or shards/, ascending.
[[nodiscard]] core::Result<std::vector<std::uint64_t>> units_on_disk(const storage::RunDirectory& run);

}  // namespace viltree::repair
