#pragma once

#include <viltree/core/result.hpp>
#include <viltree/storage/file_system.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace viltree::storage {

/// A finished file of the run.
struct FileEntry {
  std::string path;  ///< below the run directory, with '/'
  std::uint64_t bytes = 0;
  std::string sha256;  ///< 64 lower-case hex digits
  std::uint64_t lines = 0;
  friend bool operator==(const FileEntry&, const FileEntry&) = default;
};

/// A committed unit.
struct UnitEntry {
  std::uint64_t unit = 0;
  std::uint64_t first_problem = 0;
  std::uint64_t problems = 0;  ///< lines of the data set in this unit
  std::uint64_t trees = 0;
  std::uint64_t rows = 0;
  std::uint64_t rejected = 0;
  bool complete = false;
  std::map<std::string, std::uint64_t> counts;  ///< further sums over the unit, by name; kept, not understood
  FileEntry tree_archive;
  FileEntry shard;
  friend bool operator==(const UnitEntry&, const UnitEntry&) = default;
};

inline constexpr std::uint64_t kManifestFormat = 1;

/// What a run has finished. Readers trust only what it lists. A plain value.
struct Manifest {
  std::uint64_t format = kManifestFormat;
  std::string program;  ///< version of viltree that wrote it
  std::string config_hash;
  std::uint64_t total_problems = 0;  ///< 0: not known, after a repair without it
  std::uint64_t journal_from = 1;    ///< segments below are no longer needed
  std::optional<FileEntry> kernel;   ///< what the run's posterior values rest on; none: what is built in
  std::vector<UnitEntry> units;      ///< by unit, ascending, each once
  friend bool operator==(const Manifest&, const Manifest&) = default;

  /// The entry of this unit, or null.
  [[nodiscard]] const UnitEntry* find(std::uint64_t unit) const;
  /// Puts the entry in its place, instead of an older one of the same unit.
  void put(UnitEntry entry);
};

/// Nothing where there is no file. kCorruption, naming the key, where it is not a manifest (a wrong checksum
/// or types, units out of order or overlapping, paths that leave the run directory); kInvalidInput where a
/// newer program wrote it.
[[nodiscard]] core::Result<std::optional<Manifest>> load_manifest(FileSystem& fs, const Path& path);

/// Atomic and durable. Refuses what load_manifest would refuse.
[[nodiscard]] core::Status save_manifest(FileSystem& fs, const Path& path, const Manifest& manifest);

/// The entry of a file as it is, with `lines` as given.
[[nodiscard]] core::Result<FileEntry> entry_of_file(FileSystem& fs, const Path& run_directory,
                                                    const std::string& name, std::uint64_t lines);

/// Size and SHA-256 against the entry; kCorruption with both values where they differ or the file is missing.
[[nodiscard]] core::Status verify_file(FileSystem& fs, const Path& run_directory, const FileEntry& entry);

}  // namespace viltree::storage
