#include <viltree/storage/file_system.hpp>

namespace viltree::storage {

using core::ErrorKind;
using core::Result;
using core::Status;

namespace {

Status write_and_sync(FileSystem& fs, const Path& path, std::string_view bytes) {
  const Result<std::unique_ptr<File>> file = fs.open(path, OpenMode::kCreate);
  if (!file) return core::fail(file.error());
  if (Status written = (*file)->append(bytes); !written) return written;
  return (*file)->sync();
}

Path folder_of(const Path& path) {
  return path.has_parent_path() ? path.parent_path() : Path(".");
}

}  // namespace

Path temporary_path(const Path& path) {
  Path temporary = path;
  temporary += ".tmp";
  return temporary;
}

Result<std::string> read_file(FileSystem& fs, const Path& path, std::uint64_t most_bytes) {
  const Result<std::unique_ptr<File>> file = fs.open(path, OpenMode::kRead);
  if (!file) return core::fail(file.error());
  const Result<std::uint64_t> size = (*file)->size();
  if (!size) return core::fail(size.error());
  if (*size > most_bytes) {
    return core::fail(ErrorKind::kExhausted, "read '" + path.string() + "': " + std::to_string(*size) +
                                                 " bytes are more than the " + std::to_string(most_bytes) +
                                                 " allowed");
  }
  std::string bytes(*size, '\0');
  const Result<std::size_t> count = (*file)->read_at(0, bytes);
  if (!count) return core::fail(count.error());
  bytes.resize(*count);
  return bytes;
}

Status write_atomically(FileSystem& fs, const Path& path, std::string_view bytes) {
  const Path temporary = temporary_path(path);
  Status status = write_and_sync(fs, temporary, bytes);
  if (status) status = fs.rename(temporary, path);
  if (!status) {
    (void)fs.remove(temporary);
    return status;
  }
  return fs.sync_directory(folder_of(path));
}

Status make_durable_directories(FileSystem& fs, const Path& path) {
  const Result<bool> there = fs.exists(path);
  if (!there) return core::fail(there.error());
  const Path above = folder_of(path);
  if (*there) {
    // Whoever made it may have been killed before the sync. It may also be somebody else's, where we may not
    // sync.
    (void)fs.sync_directory(above);
    return {};
  }
  if (above != path) {
    if (Status made = make_durable_directories(fs, above); !made) return made;
  }
  if (Status made = fs.make_directories(path); !made) return made;
  return fs.sync_directory(above);
}

}  // namespace viltree::storage
