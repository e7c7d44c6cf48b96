#pragma once

#include <viltree/core/result.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/search/machine_factory.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/storage/run_directory.hpp>

#include <cstdint>
#include <optional>

namespace viltree::crawl {

/// The tree of a problem whose unit is not committed, as far as the journal goes; none where the journal has
/// no answer for it. Only reads, so that a running crawl is no trouble. kInvalidInput where the problem is
/// not the one that was asked; kCorruption where the journal is damaged. FatalError(kUsage) as crawl().
[[nodiscard]] core::Result<std::optional<search::StoredTree>> replay_tree(const search::Options& options,
                                                                          std::uint64_t unit_size,
                                                                          const storage::RunDirectory& run,
                                                                          const domain::Problem& problem);

}  // namespace viltree::crawl
