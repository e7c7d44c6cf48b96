#include <viltree/kernels/kernels.hpp>
#include <viltree/repair/repair.hpp>

namespace viltree::repair {

namespace {

constexpr std::uint64_t kMostManifestBytes = 256 * core::limits::kMiB;

storage::Path aside_of(const storage::RunDirectory& run, const std::string& name) {
  return run.damaged() / storage::Path(name).parent_path();
}

core::Status keep_manifest(const storage::RunDirectory& run) {
  storage::FileSystem& fs = run.file_system();
  const auto there = fs.exists(run.manifest());
  if (!there) return core::fail(there.error());
  if (!*there) return {};
  const auto bytes = storage::read_file(fs, run.manifest(), kMostManifestBytes);
  if (!bytes) return core::fail(bytes.error());
  const auto kept = storage::put_aside(fs, run.damaged(), "manifest.json", *bytes);
  return kept ? core::Status{} : core::fail(kept.error());
}

}  // namespace

/// Files are moved before the manifest stops listing them: killed in between, they are missed and the unit is
/// taken out all the same.
core::Status apply(const storage::RunDirectory& run, const Plan& plan) {
  storage::FileSystem& fs = run.file_system();
  if (plan.rewrites_journal) {
    const storage::Path aside = run.damaged() / "journal";
    if (auto done = storage::repair_journal(fs, run.journal(), plan.journal, aside); !done) return done;
  }
  for (const std::string& name : plan.aside) {
    if (auto done = storage::move_aside(fs, run.path(name), aside_of(run, name)); !done) return done;
  }
  if (plan.kernel) {
    if (auto saved = kernels::save(run, *plan.kernel); !saved) return core::fail(saved.error());
  }
  if (!plan.manifest) return {};
  if (auto kept = keep_manifest(run); !kept) return kept;
  return storage::save_manifest(fs, run.manifest(), *plan.manifest);
}

}  // namespace viltree::repair
