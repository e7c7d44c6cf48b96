#pragma once

#include <viltree/core/result.hpp>
#include <viltree/storage/manifest.hpp>
#include <viltree/storage/run_directory.hpp>

#include <cstdint>

namespace viltree::archive {

/// Lets the rows of every listed unit behind `unit` go on from the rows before it: shards whose first row has
/// another index, or that are not the file that is listed, are written anew with right indices and nothing
/// else changed, and listed so. Units lie behind one that is being committed where it was left out or was not
/// whole.
[[nodiscard]] core::Status renumber_behind(const storage::RunDirectory& run, std::uint64_t unit,
                                           int compression_level, storage::Manifest& manifest);

/// Rows of the listed units before this one.
[[nodiscard]] std::uint64_t rows_before(const storage::Manifest& manifest, std::uint64_t unit);

}  // namespace viltree::archive
