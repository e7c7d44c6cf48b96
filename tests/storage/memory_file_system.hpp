#pragma once

#include <viltree/storage/file_system.hpp>

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace viltree::test {

/// What a power loss makes of bytes that were appended and never synced.
enum class PowerLoss {
  kDropped,  ///< gone
  kTorn,     ///< the first half is there
  kHole,     ///< the second half is there, the first is zeros: writes reach a disk in any order
};

/// A disk in memory that remembers what has been synced, and that fails on demand. Calls that change
/// something (open for writing, append, sync, truncate, rename, remove, make_directories, sync_directory) are
/// counted from 1. For one thread.
class MemoryFileSystem final : public storage::FileSystem {
 public:
  struct Node {
    bool is_folder = false;
    std::string bytes;
    std::string durable;  // as of the last sync
  };

  /// The process dies at changing call `call`; an append is half done when `halfway`. Every later call fails.
  void die_at(std::uint64_t call, bool halfway) {
    die_at_ = call;
    die_halfway_ = halfway;
  }
  /// After so many more bytes the disk is full: an append writes what fits and fails.
  void limit_space(std::uint64_t bytes) { space_ = bytes; }
  /// The next sync of a file fails, and loses what was not synced before.
  void fail_next_sync() { fail_sync_ = true; }
  /// A new process after the old one has died or been given up: no faults, no locks.
  void restart();
  /// restart() after the power went: only synced names remain, and of unsynced bytes what `how` leaves.
  void lose_power(PowerLoss how);

  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  [[nodiscard]] bool is_dead() const { return dead_; }
  /// The bytes of a file, for a test to look at or to damage.
  [[nodiscard]] std::string& bytes(const storage::Path& path);
  [[nodiscard]] std::vector<std::string> files() const;

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
  using Names = std::map<std::string, std::shared_ptr<Node>>;

  core::Status change(const std::string& what);
  core::Status append(Node& node, std::string_view bytes);
  core::Status sync(Node& node);

  Names names_;
  Names durable_names_;
  std::set<std::string> locks_;
  std::uint64_t calls_ = 0;
  std::uint64_t die_at_ = 0;
  bool die_halfway_ = false;
  bool dead_ = false;
  bool fail_sync_ = false;
  std::uint64_t space_ = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace viltree::test
