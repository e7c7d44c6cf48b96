#include "format.hpp"
#include "judgements.hpp"
#include "tree_reader.hpp"
#include "writer.hpp"

#include <viltree/export/export.hpp>

#include <atomic>
#include <memory>
#include <optional>

#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

namespace viltree::exports {

namespace {

/// One frame of trees on its way through the pipeline.
struct Batch {
  std::optional<FrameOfTrees> frame;  ///< none: the reader failed
  std::uint64_t lines = 0;
  Converted converted;
  std::optional<core::Error> error;
};
using BatchPtr = std::shared_ptr<Batch>;

void describe(const search::StoredTree& stored, Tally& tally) {
  ++tally.trees;
  ++tally.strategies[stored.strategy];
  tally.trees_with_images += stored.problem.images.empty() ? 0 : 1;
  tally.stopped_by_budget += stored.stopped_by_budget ? 1 : 0;
  const auto policies = stored.tree.policies();
  std::vector<std::uint64_t> rollouts(policies.size());
  for (const search::RolloutRecord& rollout : stored.tree.rollouts()) ++rollouts[rollout.policy];
  for (std::size_t i = 0; i < rollouts.size(); ++i) tally.policies[policies[i]] += rollouts[i];
}

/// Reads committed trees, converts them on all cores and writes them in order:
///
///     next frame (in order) ─► read, verify, decode, convert (parallel) ─► write (in order)
class Export {
 public:
  Export(TreeReader& reader, const Format& format, const labels::Options& options,
         const Judgements& judgements, const storage::Manifest& manifest, Writer& writer)
      : reader_(reader),
        format_(format),
        options_(options),
        judgements_(judgements),
        manifest_(manifest),
        writer_(writer) {}

  [[nodiscard]] core::Status run(int threads) {
    tbb::task_arena arena(threads == 0 ? tbb::task_arena::automatic : threads);
    const auto in_flight = static_cast<std::size_t>(arena.max_concurrency()) * 2;
    arena.execute([&] {
      using tbb::filter_mode;
      tbb::parallel_pipeline(
          in_flight,
          tbb::make_filter<void, BatchPtr>(filter_mode::serial_in_order, [&](tbb::flow_control& control) {
            return next(control);
          }) & tbb::make_filter<BatchPtr, BatchPtr>(filter_mode::parallel, [&](const BatchPtr& batch) {
            return convert(batch);
          }) & tbb::make_filter<BatchPtr, void>(filter_mode::serial_in_order, [&](const BatchPtr& batch) {
            write(*batch);
          }));
    });
    if (error_) return core::fail(*error_);
    return check_counts();
  }

 private:
  BatchPtr next(tbb::flow_control& control) {
    if (stopped_ || reader_failed_) {
      control.stop();
      return nullptr;
    }
    auto batch = std::make_shared<Batch>();
    auto frame = reader_.next();
    if (!frame) {
      batch->error = std::move(frame.error());
      reader_failed_ = true;
    } else if (!*frame) {
      control.stop();
    } else {
      batch->frame = std::move(**frame);
    }
    return batch;
  }

  BatchPtr convert(const BatchPtr& batch) const {
    if (batch->error || stopped_) return batch;
    batch->converted.records.resize(format_.files().size());
    const core::Result<std::string> text = batch->frame->archive->read_frame(batch->frame->frame);
    core::Status done = text ? storage::for_each_line_of(*text, batch->lines,
                                                         [&](std::uint64_t /*index*/, std::string_view line) {
                                                           return convert_tree(line, batch->converted);
                                                         })
                             : core::fail(text.error());
    if (!done) {
      const std::string& archive = manifest_.units[batch->frame->unit].tree_archive.path;
      batch->error =
          core::fail(done.error(), archive + ", frame " + std::to_string(batch->frame->frame)).value();
    }
    return batch;
  }

  core::Status convert_tree(std::string_view line, Converted& into) const {
    const core::Result<search::StoredTree> stored = codec::decode_tree(line);
    if (!stored) return core::fail(stored.error());
    describe(*stored, into.tally);
    const std::uint64_t before = into.tally.rows;
    const std::uint64_t left_out = into.tally.left_out.total();
    labels::Options options = options_;
    const auto judged = judgements_.of(*stored);
    if (!judged) return core::fail(judged.error());
    options.judged = *judged;
    into.tally.judged += judged->size();
    format_.convert(*stored, options, into);
    const bool has_rows = into.tally.rows > before;
    into.tally.trees_with_rows += has_rows ? 1 : 0;
    into.tally.trees_left_out += !has_rows && into.tally.left_out.total() > left_out ? 1 : 0;
    return {};
  }

  /// The first error in the order of the trees is the one that is told.
  void write(const Batch& batch) {
    if (error_) return;
    error_ = batch.error;
    if (!error_) {
      lines_.resize(manifest_.units.size());
      lines_[batch.frame->unit] += batch.lines;
      if (core::Status written = writer_.write(batch.converted); !written)
        error_ = std::move(written.error());
    }
    if (error_) stopped_ = true;
  }

  [[nodiscard]] core::Status check_counts() {
    lines_.resize(manifest_.units.size());
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const storage::FileEntry& archive = manifest_.units[i].tree_archive;
      if (lines_[i] == archive.lines) continue;
      return core::fail(core::ErrorKind::kCorruption, archive.path + " has " + std::to_string(lines_[i]) +
                                                          " trees, but the manifest says " +
                                                          std::to_string(archive.lines));
    }
    return {};
  }

  TreeReader& reader_;
  const Format& format_;
  const labels::Options& options_;
  const Judgements& judgements_;
  const storage::Manifest& manifest_;
  Writer& writer_;
  std::vector<std::uint64_t> lines_;  ///< trees read, by unit
  std::optional<core::Error> error_;
  bool reader_failed_ = false;
  std::atomic<bool> stopped_ = false;  ///< set by write: what comes later is not looked at
};

core::Result<storage::Manifest> committed_units(storage::FileSystem& fs, const storage::Path& run) {
  auto manifest = storage::load_manifest(fs, run / "manifest.json");
  if (!manifest) return core::fail(std::move(manifest.error()));
  if (!*manifest || (*manifest)->units.empty()) {
    return core::fail(core::ErrorKind::kInvalidInput,
                      run.string() +
                          " has finished nothing yet that could be exported (or is no run "
                          "directory): see `viltree status`");
  }
  return std::move(**manifest);
}

core::Status check(const labels::Options& labels, bool has_judgements) {
  const auto wrong = [](const std::string& what) { return core::fail(core::ErrorKind::kInvalidInput, what); };
  if (labels.threshold < 0 || labels.threshold > 1)
    return wrong("the labels' threshold is " + std::to_string(labels.threshold) + ", it must be from 0 to 1");
  const bool needs = labels.mode == labels::Mode::kConsensus;
  if (needs && !has_judgements)
    return wrong("the label mode consensus needs a file with what a judge says (--judgements)");
  if (!needs && has_judgements)
    return wrong("judgements are for the label mode consensus, but these labels are " +
                 std::string(labels::name(labels.mode)));
  return {};
}

}  // namespace

core::Result<ExportSummary> run_export(storage::FileSystem& fs, const storage::Path& run,
                                       const ExportOptions& options) {
  const auto format = find_format(options.format);
  if (!format) return core::fail(format.error());
  const labels::Options labels = (*format)->adapted(options.labels);
  const bool has_judgements = !options.judgements.empty();
  if (core::Status checked = check(labels, has_judgements); !checked)
    return core::fail(std::move(checked.error()));
  const auto manifest = committed_units(fs, run);
  if (!manifest) return core::fail(manifest.error());
  const auto judgements =
      has_judgements ? Judgements::load(fs, options.judgements) : core::Result<Judgements>(Judgements());
  if (!judgements) return core::fail(judgements.error());
  const auto writer = Writer::create(fs, run, options.out, **format);
  if (!writer) return core::fail(writer.error());
  TreeReader reader(fs, run, *manifest);
  Export pipeline(reader, **format, labels, *judgements, *manifest, **writer);
  if (core::Status done = pipeline.run(options.threads); !done) return core::fail(std::move(done.error()));
  (*writer)->count_judgements(judgements->size());
  ExportOptions used = options;
  used.labels = labels;
  return (*writer)->finish(used, *manifest);
}

}  // namespace viltree::exports
