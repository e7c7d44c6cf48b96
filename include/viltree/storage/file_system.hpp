#pragma once

#include <viltree/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::storage {

using Path = std::filesystem::path;

/// What a file is opened for.
enum class OpenMode {
  kRead,    ///< must exist
  kAppend,  ///< made if missing; what is in it stays
  kCreate,  ///< made, or cut to nothing
};

/// An open file; closed by its destructor. Errors name the operation, the path and the system's reason:
/// kExhausted where the disk or the quota is full, kPermanent otherwise.
/// Thread-safety: read_at may be called by many threads; sync may run while another thread appends; all else
/// is for one thread at a time.
class File {
 public:
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  virtual ~File() = default;

  /// Writes all bytes at the end. After an error any prefix of them may be there.
  [[nodiscard]] virtual core::Status append(std::string_view bytes) = 0;
  /// Returns when bytes and size are on the disk. Once it has failed, what the disk holds is unknown, and
  /// each later sync or append of this file fails with the same reason.
  [[nodiscard]] virtual core::Status sync() = 0;
  [[nodiscard]] virtual core::Status truncate(std::uint64_t size) = 0;
  [[nodiscard]] virtual core::Result<std::uint64_t> size() const = 0;
  /// Reads on from where the last read ended. Fewer bytes than asked for come only at the end of the file.
  [[nodiscard]] virtual core::Result<std::size_t> read(std::span<char> into) = 0;
  /// The same from `offset`; does not move read().
  [[nodiscard]] virtual core::Result<std::size_t> read_at(std::uint64_t offset,
                                                          std::span<char> into) const = 0;
};

/// An exclusive lock, held until destroyed or until the process ends, however it ends.
class FileLock {
 public:
  FileLock() = default;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  virtual ~FileLock() = default;
};

struct LockState {
  bool held = false;
  std::int64_t process = 0;  ///< who holds it; 0 where unknown
};

/// All that storage asks of a disk, so that a test can put another one in its place. Thread-safe.
class FileSystem {
 public:
  FileSystem() = default;
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;
  virtual ~FileSystem() = default;

  [[nodiscard]] virtual core::Result<std::unique_ptr<File>> open(const Path& path, OpenMode mode) = 0;
  /// Replaces `to` in one step. Survives a power loss only after sync_directory of the folder.
  [[nodiscard]] virtual core::Status rename(const Path& from, const Path& to) = 0;
  /// A file that is not there is no error.
  [[nodiscard]] virtual core::Status remove(const Path& path) = 0;
  /// Makes the folder and those above it, where missing; see make_durable_directories.
  [[nodiscard]] virtual core::Status make_directories(const Path& path) = 0;
  /// Returns when the names in this folder are on the disk.
  [[nodiscard]] virtual core::Status sync_directory(const Path& path) = 0;
  /// The names in this folder (files and folders), sorted.
  [[nodiscard]] virtual core::Result<std::vector<std::string>> list(const Path& path) = 0;
  [[nodiscard]] virtual core::Result<bool> exists(const Path& path) = 0;
  /// Takes the lock or fails at once with kPermanent, naming the process that holds it. The file stays for
  /// ever.
  [[nodiscard]] virtual core::Result<std::unique_ptr<FileLock>> lock(const Path& path) = 0;
  /// Looks without taking it, so that it never makes another's lock() fail. A missing file is not held.
  [[nodiscard]] virtual core::Result<LockState> lock_state(const Path& path) = 0;
};

/// The one of the operating system (POSIX). Lives as long as the program.
[[nodiscard]] FileSystem& real_file_system();

/// The whole file, or kExhausted where it is longer than `most_bytes`.
[[nodiscard]] core::Result<std::string> read_file(FileSystem& fs, const Path& path, std::uint64_t most_bytes);

/// The file holds either its old bytes or the new ones, whatever happens: written to `path`.tmp, synced,
/// renamed, its folder synced. One writer of a path at a time.
[[nodiscard]] core::Status write_atomically(FileSystem& fs, const Path& path, std::string_view bytes);

/// Like make_directories, and every folder that was made, now or by a process killed in here, is on the disk
/// on return.
[[nodiscard]] core::Status make_durable_directories(FileSystem& fs, const Path& path);

/// The name beside `path` under which a file is written before it takes its place.
[[nodiscard]] Path temporary_path(const Path& path);

}  // namespace viltree::storage
