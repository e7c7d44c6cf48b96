#include <viltree/archive/unit_writer.hpp>
#include <viltree/codec/codec.hpp>
#include <viltree/labels/tree_labels.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/storage/lines.hpp>
#include <viltree/storage/zstd_frame.hpp>

#include <atomic>
#include <optional>
#include <utility>

#include <tbb/parallel_pipeline.h>

namespace viltree::archive {

namespace {

constexpr std::size_t kTokens = 16;  // trees between the pipeline's first and last stage

using Lines = std::vector<std::string>;

/// Frames that a tree's lines closed, or what went wrong on the way.
using Frames = std::vector<core::Result<storage::TextFrame>>;

struct Compressed {
  core::Result<std::string> bytes;
  std::size_t text_size = 0;
  std::uint64_t lines = 0;
};

/// Writes the lines of some trees into a line file.
class LineFilePipeline {
 public:
  LineFilePipeline(storage::FileSystem& fs, const storage::Path& path, int level)
      : level_(level),
        writer_(storage::LineFileWriter::create(
            fs, path, {.compression_level = level, .frame_text_bytes = storage::kFrameTextBytes})) {}

  /// The first filter: 0 … count-1, until something fails.
  [[nodiscard]] tbb::filter<void, std::size_t> places(std::size_t count) {
    return tbb::make_filter<void, std::size_t>(tbb::filter_mode::serial_in_order,
                                               [this, count](tbb::flow_control& control) -> std::size_t {
                                                 if (next_ == count || failed_) control.stop();
                                                 return next_++;
                                               });
  }

  /// Writes the lines that `lines` gives, which begins with places().
  core::Result<storage::LineFileSummary> write(const tbb::filter<void, Lines>& lines) {
    if (!writer_) return core::fail(writer_.error());
    using CompressedFrames = std::vector<Compressed>;
    tbb::parallel_pipeline(
        kTokens, lines &
                     tbb::make_filter<Lines, Frames>(tbb::filter_mode::serial_in_order,
                                                     [this](const Lines& of_tree) { return cut(of_tree); }) &
                     tbb::make_filter<Frames, CompressedFrames>(tbb::filter_mode::parallel,
                                                                [this](const Frames& frames) {
                                                                  CompressedFrames compressed;
                                                                  for (const auto& frame : frames)
                                                                    compressed.push_back(compress(frame));
                                                                  return compressed;
                                                                }) &
                     tbb::make_filter<CompressedFrames, void>(tbb::filter_mode::serial_in_order,
                                                              [this](const CompressedFrames& frames) {
                                                                for (const Compressed& frame : frames)
                                                                  add(frame);
                                                              }));
    if (auto last = cutter_.finish()) add(compress(std::move(*last)));
    if (!status_) return core::fail(status_.error());
    return (*writer_)->finish();
  }

 private:
  Frames cut(const Lines& lines) {
    Frames frames;
    for (const std::string& line : lines) {
      auto frame = cutter_.add(line);
      if (!frame) {
        frames.emplace_back(core::fail(frame.error()));
      } else if (*frame) {
        frames.emplace_back(std::move(**frame));
      }
    }
    return frames;
  }

  [[nodiscard]] Compressed compress(const core::Result<storage::TextFrame>& frame) const {
    if (!frame) return {core::fail(frame.error()), 0, 0};
    return {storage::compress_frame(frame->text, level_), frame->text.size(), frame->lines};
  }

  void add(const Compressed& frame) {
    if (status_ && !frame.bytes) status_ = core::fail(frame.bytes.error());
    if (status_) status_ = (*writer_)->add_frame(*frame.bytes, frame.text_size, frame.lines);
    failed_ = !status_;
  }

  int level_;
  std::size_t next_ = 0;  // of the first stage alone
  core::Result<std::unique_ptr<storage::LineFileWriter>> writer_;
  storage::FrameCutter cutter_;
  core::Status status_;  // of the writing stage alone
  std::atomic<bool> failed_ = false;
};

storage::FileEntry entry_of(std::string name, const storage::LineFileSummary& summary) {
  return {std::move(name), summary.bytes, summary.sha256, summary.lines};
}

core::Result<storage::FileEntry> write_trees(const storage::RunDirectory& run, const FinishedUnit& unit,
                                             int level) {
  const std::string name = storage::RunDirectory::tree_archive_name(unit.unit);
  LineFilePipeline pipeline(run.file_system(), run.path(name), level);
  auto summary =
      pipeline.write(pipeline.places(unit.trees.size()) &
                     tbb::make_filter<std::size_t, Lines>(tbb::filter_mode::parallel, [&](std::size_t i) {
                       return Lines{codec::encode_tree(unit.trees[i].stored)};
                     }));
  if (!summary) return core::fail(summary.error());
  return entry_of(name, *summary);
}

struct Rows {
  std::vector<domain::LabelRow> rows;
  std::uint64_t left_out = 0;  ///< by filters
};

struct WrittenRows {
  storage::FileEntry file;
  std::uint64_t left_out = 0;
};

/// How many rows a tree has is known when they are made, in parallel; then they are numbered, in order.
core::Result<WrittenRows> write_rows(const storage::RunDirectory& run, const FinishedUnit& unit,
                                     const UnitOptions& options) {
  std::uint64_t next = unit.first_row;
  std::uint64_t left_out = 0;
  const auto make = [&](std::size_t i) {
    const search::StoredTree& stored = unit.trees[i].stored;
    const labels::Selection selection = labels::select_rows(stored.tree, options.labels);
    return Rows{labels::rows(stored.problem, stored.tree, selection, options.labels, options.facts),
                selection.left_out.total()};
  };
  const auto number = [&](Rows made) {
    for (domain::LabelRow& row : made.rows) row.index = next++;
    left_out += made.left_out;
    return made;
  };
  const auto encode = [](const Rows& made) {
    Lines lines;
    for (const domain::LabelRow& row : made.rows) lines.push_back(codec::encode_row(row));
    return lines;
  };
  const std::string name = storage::RunDirectory::shard_name(unit.unit);
  LineFilePipeline pipeline(run.file_system(), run.path(name), options.compression_level);
  auto summary = pipeline.write(pipeline.places(unit.trees.size()) &
                                tbb::make_filter<std::size_t, Rows>(tbb::filter_mode::parallel, make) &
                                tbb::make_filter<Rows, Rows>(tbb::filter_mode::serial_in_order, number) &
                                tbb::make_filter<Rows, Lines>(tbb::filter_mode::parallel, encode));
  if (!summary) return core::fail(summary.error());
  return WrittenRows{entry_of(name, *summary), left_out};
}

}  // namespace

core::Result<storage::UnitEntry> write_unit(const storage::RunDirectory& run, const FinishedUnit& unit,
                                            const UnitOptions& options) {
  auto trees = write_trees(run, unit, options.compression_level);
  if (!trees) return core::fail(trees.error());
  auto shard = write_rows(run, unit, options);
  if (!shard) return core::fail(shard.error());
  Totals totals;
  for (const FinishedTree& tree : unit.trees) totals.add(tree.totals);
  totals.left_out = shard->left_out;
  storage::UnitEntry entry;
  entry.unit = unit.unit;
  entry.first_problem = unit.first_problem;
  entry.problems = unit.problems;
  entry.trees = unit.trees.size();
  entry.rows = shard->file.lines;
  entry.rejected = unit.rejected;
  entry.complete = unit.complete();
  entry.counts = to_counts(totals);
  entry.tree_archive = std::move(*trees);
  entry.shard = std::move(shard->file);
  return entry;
}

}  // namespace viltree::archive
