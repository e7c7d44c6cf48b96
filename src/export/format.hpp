#pragma once

#include "tally.hpp"

#include <viltree/core/result.hpp>
#include <viltree/export/export.hpp>
#include <viltree/labels/tree_labels.hpp>
#include <viltree/search/stored_tree.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::exports {

enum class Layout {
  kLines,  ///< one record a line
  kArray,  ///< one JSON array of all records
};

/// A file of a format.
struct FileSpec {
  std::string_view name;
  Layout layout = Layout::kLines;
  bool numbered = false;  ///< every record gets its number in the whole file in front: "index", from 0
};

/// What some trees became.
struct Converted {
  std::vector<std::vector<std::string>> records;  ///< by file; each a JSON object that is not empty
  std::vector<domain::Image> images;              ///< that records name, in the order of use
  Tally tally;
};

/// A form that trainers read. Stateless, so thread-safe.
class Format {
 public:
  Format() = default;
  Format(const Format&) = delete;
  Format& operator=(const Format&) = delete;
  virtual ~Format() = default;

  [[nodiscard]] virtual FormatInfo info() const = 0;
  /// The first is the one whose rows are counted.
  [[nodiscard]] virtual std::span<const FileSpec> files() const = 0;
  /// Whether images.zip holds the images that records name.
  [[nodiscard]] virtual bool packs_images() const = 0;
  /// The options that the records are made by, where these were asked for.
  [[nodiscard]] virtual labels::Options adapted(labels::Options options) const { return options; }
  /// `options` are adapted ones, here and in notes(). Adds the records of one tree, with what the tally says
  /// of rows, paths and labels.
  virtual void convert(const search::StoredTree& stored, const labels::Options& options,
                       Converted& into) const = 0;
  /// Markdown for the card: the rule of the labels under these options, how to read the files, known limits.
  [[nodiscard]] virtual std::string notes(const labels::Options& options) const = 0;
};

/// kInvalidInput where there is none; the message lists all.
[[nodiscard]] core::Result<const Format*> find_format(std::string_view name);

// What formats share.

/// A solution whose steps all have a value.
struct MeasuredPath {
  std::vector<search::NodeId> nodes;
  std::vector<double> values;  ///< one per node
};

struct MeasuredPaths {
  std::vector<MeasuredPath> paths;
  std::uint64_t cut = 0;         ///< see Tally
  std::uint64_t unmeasured = 0;  ///< see Tally
  labels::LeftOut left_out;
};

/// The labelled paths, each ended before its first step without a value; those that are then part of another
/// are left out. Balanced, and at most rows_per_problem.
[[nodiscard]] MeasuredPaths measured_paths(const search::Tree& tree, const labels::Options& options);

// For the notes.

/// "right / decided", and what truncated rollouts are.
[[nodiscard]] std::string describe_estimate(const labels::Options& options);
/// What the mode makes of the rollouts, as a sentence: its estimate, or what counts where it reads all of the
/// tree.
[[nodiscard]] std::string describe_rollouts(const labels::Options& options);
/// Where a label is good: "… is true where" this.
[[nodiscard]] std::string describe_good(const labels::Options& options);
/// As JSON writes it.
[[nodiscard]] std::string decimal(double value);

}  // namespace viltree::exports
