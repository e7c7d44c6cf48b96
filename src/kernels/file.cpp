#include <viltree/archive/committed.hpp>
#include <viltree/codec/codec.hpp>
#include <viltree/core/hash.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/kernels/kernels.hpp>

namespace viltree::kernels {

namespace {

constexpr std::size_t kMostBytes = core::limits::kMiB;

}  // namespace

std::string to_json(const search::FittedKernel& fitted) {
  return codec::encode_kernel(fitted) + "\n";
}

core::Result<storage::FileEntry> save(const storage::RunDirectory& run, const search::FittedKernel& fitted) {
  if (auto written = storage::write_atomically(run.file_system(), run.kernel(), to_json(fitted)); !written)
    return core::fail(written.error());
  return entry_of(fitted);
}

storage::FileEntry entry_of(const search::FittedKernel& fitted) {
  const std::string text = to_json(fitted);
  return storage::FileEntry{std::string(storage::RunDirectory::kKernelName), text.size(),
                            core::sha256_hex(text), 1};
}

core::Result<search::FittedKernel> load(storage::FileSystem& fs, const storage::Path& path) {
  const auto text = storage::read_file(fs, path, kMostBytes);
  if (!text) return core::fail(text.error());
  auto fitted = codec::decode_kernel(*text);
  if (!fitted) return core::fail(fitted.error(), "'" + path.string() + "'");
  return fitted;
}

core::Result<search::FittedKernel> of_run(const storage::RunDirectory& run,
                                          const storage::Manifest& manifest) {
  if (!manifest.kernel) return search::FittedKernel{};
  if (auto same = storage::verify_file(run.file_system(), run.root(), *manifest.kernel); !same)
    return core::fail(same.error());
  return load(run.file_system(), run.path(manifest.kernel->path));
}

core::Result<search::FittedKernel> of_run(const storage::RunDirectory& run) {
  const auto manifest = archive::manifest_or_empty(run);
  if (!manifest) return core::fail(manifest.error());
  return of_run(run, *manifest);
}

}  // namespace viltree::kernels
