#pragma once

#include <viltree/core/result.hpp>
#include <viltree/storage/run_directory.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace viltree::fsck {

enum class Severity {
  kNote,   ///< a crash or a running crawl leaves this behind; nothing is lost
  kError,  ///< stored data is damaged, missing, or contradicts itself
};

struct Finding {
  std::string file;  ///< below the run directory
  std::string what;
  Severity severity = Severity::kError;
  std::optional<std::uint64_t> unit = std::nullopt;  ///< whose files or numbers it is about
  bool of_contents = true;  ///< false: the contents are whole, but not what the manifest lists
};

/// What a check went through and found. A plain value.
struct Report {
  std::vector<Finding> findings;  ///< in the order of the run; a limited number per file
  std::uint64_t errors = 0;       ///< all of them, also those beyond the limit per file
  /// The units that errors are about, and whether it is their contents that are damaged.
  std::map<std::uint64_t, bool> damaged_units;
  std::uint64_t files = 0;
  std::uint64_t trees = 0;
  std::uint64_t rollouts = 0;
  std::uint64_t rows = 0;
  std::uint64_t images = 0;
  std::uint64_t journal_frames = 0;
  std::uint64_t journal_answers = 0;

  [[nodiscard]] bool sound() const { return errors == 0; }
};

/// Reads everything in a run directory and compares it: the manifest; each listed file's size, hash and
/// frames; each tree with itself and its unit; each row with its tree, and the numbering of rows over the
/// run; each image with its name; the journal past any damage. Damage is a finding, never a crash, and the
/// check goes on behind it. Parallel inside; memory follows one unit. kInvalidInput where there is no run,
/// and the disk's errors for the folders themselves.
[[nodiscard]] core::Result<Report> check_run(const storage::RunDirectory& run);

/// For people: a line per finding, then what was read.
[[nodiscard]] std::string render_report(const Report& report);

}  // namespace viltree::fsck
