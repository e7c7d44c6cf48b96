#pragma once

#include <viltree/core/mutex.hpp>
#include <viltree/storage/file_system.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace viltree::test {

/// All that a disk holds, and what of it would outlast a power loss. A plain value.
struct DiskImage {
  struct File {
    bool is_folder = false;
    std::string bytes;
    std::string durable;                ///< as of the last sync
    std::size_t kept = 0;               ///< leading bytes that nothing has touched since then
    std::vector<std::size_t> appended;  ///< where the appends since then begin, in `bytes`
  };
  /// A change of names that its folder's sync has not reached.
  struct NameChange {
    std::string folder;
    std::string from;  ///< gone; may be empty
    std::string to;    ///< there, as `file`; may be empty
    std::size_t file = 0;
  };
  using Names = std::map<std::string, std::size_t>;  ///< places in `files`

  std::deque<File> files;  ///< a removed one stays, for who has it open; places stay, too
  Names names;
  Names durable_names;
  std::vector<NameChange> pending;

  [[nodiscard]] const File* find(const std::string& name) const;
};

/// What a power loss makes of bytes that were appended and never synced, and of names whose folder was not.
enum class PowerLoss {
  kDropped,  ///< neither is there
  kKept,     ///< all is there, as after a kill
  kTorn,     ///< no new names; of each file the first half of the new bytes
  kHole,     ///< no new names; the second half is there, the first is zeros: writes reach a disk in any order
  kNamesOnly,  ///< the names, but not the bytes
  kDrawn,      ///< each name and each file as the seed has it
};

/// What is on a disk after the power went. kDrawn: any part of the new names; of each file's new bytes none,
/// all, a part that ends at a sector (512), a block (4,096) or anywhere, with zeros or garbage behind it or
/// in the middle, or without one of the appends. Where a file was cut or written anew, the old bytes may be
/// back.
[[nodiscard]] DiskImage after_power_loss(const DiskImage& disk, PowerLoss how, std::uint64_t seed = 0);

/// How a call fails that does not end the process.
enum class FaultKind {
  kError,  ///< EIO
  kFull,   ///< ENOSPC; of an append the first half is there
  kFiles,  ///< EMFILE: opening fails, all else goes on
};

/// A disk in memory that remembers what has been synced, and that fails on demand. Calls that change
/// something (open for writing, append, sync, truncate, rename, remove, make_directories, sync_directory) are
/// counted from 1. Thread-safe, but for what the test sets.
class MemoryFileSystem final : public storage::FileSystem {
 public:
  /// A call that is about to change something.
  struct Change {
    std::uint64_t call = 0;
    std::string what;             ///< "append", …
    std::string path;             ///< empty where the file has none any more
    std::size_t file = 0;         ///< of an append: its place in the image
    std::string_view bytes = {};  ///< that will be appended
  };

  MemoryFileSystem() = default;
  explicit MemoryFileSystem(DiskImage image) : disk_(std::move(image)) {}

  /// The process dies at changing call `call`; an append is half done when `halfway`. Every later call fails.
  void die_at(std::uint64_t call, bool halfway) {
    die_at_ = call;
    die_halfway_ = halfway;
  }
  /// After so many more bytes the disk is full: an append writes what fits and fails.
  void limit_space(std::uint64_t bytes) { space_ = bytes; }
  /// The next sync of a file fails, and loses what was not synced before.
  void fail_next_sync() { fail_sync_ = true; }
  /// Call `call` of all, reading ones included (counted from 1: all_calls()), fails; for ever: all from
  /// there.
  void fail_at(std::uint64_t call, FaultKind kind, bool for_ever) { fault_ = Fault{call, kind, for_ever}; }
  /// A new process after the old one has died or been given up: no faults, no locks.
  void restart();
  /// restart() after the power went.
  void lose_power(PowerLoss how, std::uint64_t seed = 0);

  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  [[nodiscard]] std::uint64_t all_calls() const { return all_calls_; }
  [[nodiscard]] bool is_dead() const { return dead_; }
  [[nodiscard]] bool has_failed() const { return failed_; }  ///< since restart(), as fail_at() wanted
  /// Since restart(), a failed sync has lost what was not synced before, as disks do.
  [[nodiscard]] bool has_lost_at_sync() const { return lost_at_sync_; }
  /// The bytes of a file, for a test to look at or to damage.
  [[nodiscard]] std::string& bytes(const storage::Path& path);
  [[nodiscard]] std::vector<std::string> files() const;
  [[nodiscard]] const DiskImage& image() const { return disk_; }

  /// Of any kind, before it takes place.
  std::function<void(const std::string& path)> before_call;
  std::function<void(const Change&)> before_change;  ///< sees the disk as it is before

  core::Result<std::unique_ptr<storage::File>> open(const storage::Path& path,
                                                    storage::OpenMode mode) override;
  core::Status rename(const storage::Path& from, const storage::Path& to) override;
  core::Status remove(const storage::Path& path) override;
  core::Status make_directories(const storage::Path& path) override;
  core::Status sync_directory(const storage::Path& path) override;
  core::Result<std::vector<std::string>> list(const storage::Path& path) override;
  core::Result<bool> exists(const storage::Path& path) override;
  core::Result<std::unique_ptr<storage::FileLock>> lock(const storage::Path& path) override;
  core::Result<storage::LockState> lock_state(const storage::Path& path) override;

 private:
  friend class MemoryFile;
  friend class MemoryLock;
  struct Fault {
    std::uint64_t call;
    FaultKind kind;
    bool for_ever;
  };

  void step(const std::string& path) const {
    if (before_call) before_call(path);
  }
  core::Status enter(bool opens = false) VILTREE_REQUIRES(mutex_);
  core::Status change(Change change, bool opens = false) VILTREE_REQUIRES(mutex_);
  core::Status append(std::size_t file, const std::string& path, std::string_view bytes);
  core::Status sync(std::size_t file, const std::string& path);
  core::Status truncate(std::size_t file, const std::string& path, std::uint64_t size);
  core::Result<std::uint64_t> size(std::size_t file, const std::string& path);
  core::Result<std::size_t> read_at(std::size_t file, const std::string& path, std::uint64_t offset,
                                    std::span<char> into);

  core::Mutex mutex_;
  DiskImage disk_;
  std::set<std::string> locks_;
  std::uint64_t calls_ = 0;
  std::uint64_t all_calls_ = 0;
  std::uint64_t die_at_ = 0;
  bool die_halfway_ = false;
  bool dead_ = false;
  bool fail_sync_ = false;
  bool failed_ = false;
  bool lost_at_sync_ = false;
  std::optional<Fault> fault_;
  std::uint64_t space_ = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace viltree::test
