#pragma once

#include <viltree/archive/progress.hpp>
#include <viltree/core/result.hpp>
#include <viltree/storage/manifest.hpp>
#include <viltree/storage/run_directory.hpp>

#include <optional>
#include <string>

namespace viltree::archive {

/// Where a run stands, as its directory tells. A plain value.
struct RunStatus {
  std::optional<Progress> progress;  ///< of status.json; none where it is missing or torn
  std::string written_at;            ///< when status.json was; empty where unknown
  std::optional<storage::Manifest> manifest;
  storage::LockState lock;  ///< whether a process is at work on the run
};

/// kInvalidInput where the directory holds neither a manifest nor a status; kCorruption for a damaged
/// manifest. A status.json that cannot be read is no error: the manifest tells enough.
[[nodiscard]] core::Result<RunStatus> read_status(const storage::RunDirectory& run);

/// As the run stands, whatever the last session wrote: a status of "running" outlives a killed process.
/// Without a status.json the numbers are those of the manifest. Pure.
[[nodiscard]] Progress current(const RunStatus& status);

/// One JSON object, several lines: that of status.json, with "source" ("status.json" or "manifest"), "live"
/// and "manifest". Pure.
[[nodiscard]] std::string to_json(const RunStatus& status);

}  // namespace viltree::archive
