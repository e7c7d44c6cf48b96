#include <viltree/core/hash.hpp>
#include <viltree/storage/run_directory.hpp>

namespace viltree::storage {

using core::ErrorKind;
using core::Result;
using core::Status;

namespace {

constexpr std::size_t kUnitDigits = 6;
constexpr std::size_t kLongestExtension = 8;
constexpr std::string_view kExtensionLetters = "abcdefghijklmnopqrstuvwxyz0123456789";

std::string unit_digits(std::uint64_t unit) {
  std::string digits = std::to_string(unit);
  if (digits.size() < kUnitDigits) digits.insert(0, kUnitDigits - digits.size(), '0');
  return digits;
}

bool is_extension(const std::string& text) {
  return !text.empty() && text.size() <= kLongestExtension &&
         text.find_first_not_of(kExtensionLetters) == std::string::npos;
}

Result<bool> has_size(FileSystem& fs, const Path& path, std::uint64_t expected) {
  Result<bool> there = fs.exists(path);
  if (!there || !*there) return there;
  const Result<std::unique_ptr<File>> file = fs.open(path, OpenMode::kRead);
  if (!file) return core::fail(file.error());
  const Result<std::uint64_t> size = (*file)->size();
  if (!size) return core::fail(size.error());
  return *size == expected;
}

Result<std::uint64_t> remove_temporaries(FileSystem& fs, const Path& folder) {
  const Result<bool> there = fs.exists(folder);
  if (!there) return core::fail(there.error());
  if (!*there) return 0;
  const Result<std::vector<std::string>> names = fs.list(folder);
  if (!names) return core::fail(names.error());
  std::uint64_t removed = 0;
  for (const std::string& name : *names) {
    if (!name.ends_with(".tmp")) continue;
    if (Status done = fs.remove(folder / name); !done) return core::fail(done.error());
    ++removed;
  }
  return removed;
}

}  // namespace

std::string RunDirectory::tree_archive_name(std::uint64_t unit) {
  return "trees/unit-" + unit_digits(unit) + ".jsonl.zst";
}

std::string RunDirectory::shard_name(std::uint64_t unit) {
  return "shards/train-" + unit_digits(unit) + ".jsonl.zst";
}

Status RunDirectory::create() const {
  for (const Path& folder : {root_, journal(), trees(), shards(), images()}) {
    if (Status made = make_durable_directories(fs_, folder); !made) return made;
  }
  return {};
}

Result<std::unique_ptr<FileLock>> RunDirectory::acquire_lock() const {
  Result<std::unique_ptr<FileLock>> lock = fs_.lock(lock_file());
  if (!lock) return core::fail(lock.error(), "run directory '" + root_.string() + "'");
  return lock;
}

Result<std::string> RunDirectory::put_image(const std::string& sha256, const std::string& extension,
                                            std::string_view bytes) const {
  if (!is_extension(extension)) {
    return core::fail(ErrorKind::kInvalidInput,
                      "image extension '" + extension + "' is not lower-case letters or digits");
  }
  if (core::sha256_hex(bytes) != sha256) {
    return core::fail(ErrorKind::kInvalidInput, "image bytes do not have the sha256 '" + sha256 + "'");
  }
  const std::string folder = "images/" + sha256.substr(0, 2);
  std::string name = folder + "/" + sha256 + "." + extension;
  const Result<bool> stored = has_size(fs_, path(name), bytes.size());
  if (!stored) return core::fail(stored.error());
  if (*stored) return name;
  if (Status made = make_durable_directories(fs_, path(folder)); !made) return core::fail(made.error());
  if (Status written = write_atomically(fs_, path(name), bytes); !written) return core::fail(written.error());
  return name;
}

Result<std::uint64_t> RunDirectory::remove_leftovers() const {
  std::vector<Path> folders = {root_, trees(), shards()};
  const Result<bool> there = fs_.exists(images());
  if (!there) return core::fail(there.error());
  if (*there) {
    const Result<std::vector<std::string>> names = fs_.list(images());
    if (!names) return core::fail(names.error());
    for (const std::string& name : *names) folders.push_back(images() / name);
  }
  std::uint64_t removed = 0;
  for (const Path& folder : folders) {
    Result<std::uint64_t> here = remove_temporaries(fs_, folder);
    if (!here) return here;
    removed += *here;
  }
  return removed;
}

}  // namespace viltree::storage
