#include "manifest.hpp"

#include <utility>

namespace viltree::inspect {

core::Result<storage::Manifest> manifest_of(const storage::RunDirectory& run) {
  auto manifest = storage::load_manifest(run.file_system(), run.manifest());
  if (!manifest) return core::fail(std::move(manifest.error()));
  if (!*manifest) {
    return core::fail(core::ErrorKind::kInvalidInput,
                      "'" + run.root().string() + "' is not a run directory: it has no manifest.json");
  }
  return **std::move(manifest);
}

}  // namespace viltree::inspect
