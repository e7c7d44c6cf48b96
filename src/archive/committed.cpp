#include <viltree/archive/committed.hpp>

#include <utility>

namespace viltree::archive {

core::Result<storage::Manifest> manifest_of(const storage::RunDirectory& run) {
  auto manifest = storage::load_manifest(run.file_system(), run.manifest());
  if (!manifest) return core::fail(std::move(manifest.error()));
  if (*manifest) return **std::move(manifest);
  return core::fail(core::ErrorKind::kInvalidInput,
                    "'" + run.root().string() + "' is not a run directory: it has no manifest.json");
}

core::Result<storage::Manifest> manifest_or_empty(const storage::RunDirectory& run) {
  auto manifest = storage::load_manifest(run.file_system(), run.manifest());
  if (!manifest) return core::fail(std::move(manifest.error()));
  return std::move(*manifest).value_or(storage::Manifest{});
}

core::Result<storage::Manifest> manifest_with_units(const storage::RunDirectory& run) {
  auto manifest = manifest_or_empty(run);
  if (!manifest || !manifest->units.empty()) return manifest;
  return core::fail(core::ErrorKind::kInvalidInput,
                    "'" + run.root().string() +
                        "' has finished nothing yet (or is no run directory): see `viltree status`");
}

}  // namespace viltree::archive
