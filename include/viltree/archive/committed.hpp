#pragma once

#include <viltree/core/result.hpp>
#include <viltree/storage/manifest.hpp>
#include <viltree/storage/run_directory.hpp>

/// What a run has committed is what its manifest lists, and nothing else: so a running crawl is no trouble
/// for those who read. Functions are thread-safe.
namespace viltree::archive {

/// kInvalidInput where there is none: the directory is no run. Else the errors of storage::load_manifest.
[[nodiscard]] core::Result<storage::Manifest> manifest_of(const storage::RunDirectory& run);

/// The same; an empty one where there is none.
[[nodiscard]] core::Result<storage::Manifest> manifest_or_empty(const storage::RunDirectory& run);

/// The same, with a unit at least; kInvalidInput where nothing is committed yet, or the directory is no run.
[[nodiscard]] core::Result<storage::Manifest> manifest_with_units(const storage::RunDirectory& run);

}  // namespace viltree::archive
