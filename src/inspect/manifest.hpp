#pragma once

#include <viltree/core/result.hpp>
#include <viltree/storage/manifest.hpp>
#include <viltree/storage/run_directory.hpp>

namespace viltree::inspect {

/// The run's manifest; kInvalidInput where there is none.
[[nodiscard]] core::Result<storage::Manifest> manifest_of(const storage::RunDirectory& run);

}  // namespace viltree::inspect
