#pragma once

#include <viltree/core/result.hpp>
#include <viltree/storage/file_system.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace viltree::storage {

/// Where everything in a run directory is. Names ending in _name are relative to it, as the manifest lists
/// them. Its paths are plain values; put_image and remove_leftovers are for the one who holds the lock, one
/// thread at a time.
class RunDirectory {
 public:
  RunDirectory(FileSystem& fs, Path root) : fs_(fs), root_(std::move(root)) {}

  [[nodiscard]] FileSystem& file_system() const { return fs_; }
  [[nodiscard]] const Path& root() const { return root_; }
  [[nodiscard]] Path config() const { return root_ / "run.yaml"; }
  [[nodiscard]] Path manifest() const { return root_ / "manifest.json"; }
  [[nodiscard]] Path kernel() const { return root_ / kKernelName; }
  [[nodiscard]] Path journal() const { return root_ / "journal"; }
  [[nodiscard]] Path trees() const { return root_ / "trees"; }
  [[nodiscard]] Path shards() const { return root_ / "shards"; }
  [[nodiscard]] Path images() const { return root_ / "images"; }
  [[nodiscard]] Path status() const { return root_ / "status.json"; }
  [[nodiscard]] Path events() const { return root_ / "events.jsonl"; }
  [[nodiscard]] Path metrics() const { return root_ / "metrics.prom"; }
  /// Where a repair puts what was damaged.
  [[nodiscard]] Path damaged() const { return root_ / "damaged"; }
  [[nodiscard]] Path lock_file() const { return root_ / "lock"; }
  [[nodiscard]] Path path(std::string_view name) const { return root_ / name; }

  static constexpr std::string_view kKernelName = "kernel.json";
  [[nodiscard]] static std::string tree_archive_name(std::uint64_t unit);  ///< trees/unit-000000.jsonl.zst
  [[nodiscard]] static std::string shard_name(std::uint64_t unit);         ///< shards/train-000000.jsonl.zst

  /// Makes the run directory and its folders, durably, where missing.
  [[nodiscard]] core::Status create() const;

  /// The right to write, for this process alone, until destroyed. kPermanent, naming the process, where
  /// another has it.
  [[nodiscard]] core::Result<std::unique_ptr<FileLock>> acquire_lock() const;
  /// Whether a crawl is running here, and which process. Never in a crawl's way.
  [[nodiscard]] core::Result<LockState> lock_state() const { return fs_.lock_state(lock_file()); }

  /// Stores an image once under its SHA-256, durably, and returns its name: images/ab/abcdef….png. One that
  /// is there with the right size is left alone. kInvalidInput where `sha256` is not the hash of the bytes,
  /// or the extension (such as "png") is not 1 to 8 lower-case letters or digits.
  [[nodiscard]] core::Result<std::string> put_image(const std::string& sha256, const std::string& extension,
                                                    std::string_view bytes) const;

  /// Removes half-written files (.tmp) that a crash left; returns how many.
  [[nodiscard]] core::Result<std::uint64_t> remove_leftovers() const;

 private:
  FileSystem& fs_;
  Path root_;
};

}  // namespace viltree::storage
