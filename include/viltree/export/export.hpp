#pragma once

#include <viltree/core/result.hpp>
#include <viltree/labels/labels.hpp>
#include <viltree/storage/file_system.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// From the run directory to what trainers read. (`export` is a word of the language, hence the plural.)
namespace viltree::exports {

struct ExportOptions {
  std::string format;  ///< one of formats()
  storage::Path out;   ///< a new or an empty directory
  /// rows_per_problem and balance are of what a row is in that format: a step of `vilreward`, else a
  /// solution, which is good where all its steps are.
  labels::Options labels;
  storage::Path judgements;        ///< for the mode consensus: a JSONL file of domain::Judgement; else empty
  std::uint64_t kernel_trees = 0;  ///< that the labels' kernel was fitted on, for the card; 0: it is built in
  int threads = 0;                 ///< 0: one per core. The bytes do not depend on it
};

/// A file that was written, complete and synced.
struct ExportedFile {
  std::string name;  ///< below the output directory
  std::uint64_t bytes = 0;
  std::string sha256;
};

struct ExportSummary {
  std::uint64_t problems = 0;            ///< finished trees that were read
  std::uint64_t problems_with_rows = 0;  ///< of these, those that gave a row
  std::uint64_t rows = 0;                ///< of the format's first file
  labels::LeftOut left_out;              ///< by the filters of labels
  std::uint64_t judgements = 0;          ///< in the judge's file
  std::uint64_t judged = 0;              ///< of these, those of solutions that were read
  std::uint64_t problems_left_out = 0;   ///< without a row, because the filters left none
  std::uint64_t bytes = 0;               ///< of all files
  std::vector<ExportedFile> files;       ///< the data files; the card README.md lists them too
};

struct FormatInfo {
  std::string_view name;
  std::string_view what;   ///< one line for `--help`
  bool has_pairs = false;  ///< its rows are labels::SiblingPairs: PairOptions are for it, label modes are not
};

/// All formats.
[[nodiscard]] std::span<const FormatInfo> formats();

/// Converts the committed units of a run: what the manifest lists, and nothing else, each tree's checksum
/// verified as it is read. Trees are read and written in order and converted in parallel, a few frames in
/// memory at a time (and, where images are packed, one name per image). Files take their names when all are
/// complete, the card README.md last. The same run and options give the same bytes.
///
/// kInvalidInput: an unknown format (the message lists them), a threshold outside 0 to 1, a mode without the
/// judgements that it needs or judgements without that mode, a line that is no judgement (with file and
/// line), an output directory that is not empty, a run that has finished nothing yet. kCorruption: a damaged
/// manifest, archive or image. Else the errors of the disk. A directory without its card is no finished
/// export.
[[nodiscard]] core::Result<ExportSummary> run_export(storage::FileSystem& fs, const storage::Path& run,
                                                     const ExportOptions& options);

}  // namespace viltree::exports
