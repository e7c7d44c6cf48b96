#include "tree_sums.hpp"

#include <viltree/stats/stats.hpp>
#include <viltree/storage/lines.hpp>
#include <viltree/storage/manifest.hpp>

#include <atomic>
#include <memory>
#include <utility>

#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

namespace viltree::stats {

namespace {

/// Different steps whose rows are counted one by one: below 100 MB, and at worst an error of one part in 700.
constexpr std::size_t kMostDistinct = std::size_t{1} << 20U;
/// Counters of frequent steps: a step of one row in 16,384 is not missed.
constexpr std::size_t kFrequentCounters = std::size_t{1} << 14U;

/// A frame of trees on its way.
struct Frame {
  std::shared_ptr<const storage::LineFileReader> archive;
  std::size_t number = 0;
  std::size_t unit = 0;  ///< place in Manifest::units
  std::optional<core::Error> error;
};

struct Counted {
  std::size_t unit = 0;
  std::uint64_t trees = 0;
  std::unique_ptr<FrameSums> sums;
  std::optional<core::Error> error;
};
using CountedPtr = std::shared_ptr<Counted>;

/// The frames of all tree archives in the order of the manifest. For one thread.
class Frames {
 public:
  Frames(const storage::RunDirectory& run, const storage::Manifest& manifest)
      : run_(run), manifest_(manifest) {}

  /// None at the end; the last one may be an error.
  std::optional<Frame> next() {
    for (; unit_ < manifest_.units.size(); ++unit_, archive_.reset()) {
      if (!archive_) {
        auto opened = storage::LineFileReader::open(run_.file_system(),
                                                    run_.path(manifest_.units[unit_].tree_archive.path));
        if (!opened) return failed(std::move(opened.error()));
        archive_ = std::make_shared<const storage::LineFileReader>(std::move(*opened));
        number_ = 0;
      }
      if (number_ < archive_->frame_count()) return Frame{archive_, number_++, unit_, std::nullopt};
    }
    return std::nullopt;
  }

 private:
  Frame failed(core::Error error) {
    const std::size_t unit = std::exchange(unit_, manifest_.units.size());
    return {nullptr, 0, unit, std::move(error)};
  }

  const storage::RunDirectory& run_;
  const storage::Manifest& manifest_;
  std::shared_ptr<const storage::LineFileReader> archive_;
  std::size_t unit_ = 0;
  std::size_t number_ = 0;
};

/// next frame (in order) ─► read, verify, decode, count (parallel) ─► add up (in order)
class Reading {
 public:
  Reading(const storage::RunDirectory& run, const storage::Manifest& manifest, const Options& options)
      : manifest_(manifest),
        options_(options),
        frames_(run, manifest),
        trees_(manifest.units.size()),
        statistics_(nothing_yet(options.labels.mode)) {}

  [[nodiscard]] core::Result<Statistics> run() {
    tbb::task_arena arena(options_.threads == 0 ? tbb::task_arena::automatic : options_.threads);
    arena.execute([&] { pump(static_cast<std::size_t>(arena.max_concurrency()) * 2); });
    if (error_) return core::fail(std::move(*error_));
    if (core::Status same = compare_with_manifest(); !same) return core::fail(std::move(same.error()));
    finish();
    return std::move(statistics_);
  }

 private:
  void pump(std::size_t in_flight) {
    using tbb::filter_mode;
    const auto next = [&](tbb::flow_control& control) { return next_frame(control); };
    const auto work = [&](const Frame& frame) { return count(frame); };
    const auto take = [&](const CountedPtr& counted) { add_up(*counted); };
    tbb::parallel_pipeline(in_flight,
                           tbb::make_filter<void, Frame>(filter_mode::serial_in_order, next) &
                               tbb::make_filter<Frame, CountedPtr>(filter_mode::parallel, work) &
                               tbb::make_filter<CountedPtr, void>(filter_mode::serial_in_order, take));
  }

  Frame next_frame(tbb::flow_control& control) {
    std::optional<Frame> frame = stopped_ ? std::nullopt : frames_.next();
    if (frame) return *std::move(frame);
    control.stop();
    return {};
  }

  CountedPtr count(const Frame& frame) const {
    auto counted = std::make_shared<Counted>();
    counted->unit = frame.unit;
    counted->error = frame.error;
    if (frame.error || stopped_) return counted;
    counted->sums = std::make_unique<FrameSums>(options_.labels);
    if (core::Status done = count_trees(frame, *counted); !done)
      counted->error = described(frame, done.error());
    return counted;
  }

  static core::Status count_trees(const Frame& frame, Counted& counted) {
    const auto text = frame.archive->read_frame(frame.number);
    if (!text) return core::fail(text.error());
    const auto add_tree = [&](std::uint64_t /*index*/, std::string_view line) -> core::Status {
      const auto stored = codec::decode_tree(line);
      if (!stored) return core::fail(stored.error());
      counted.sums->add(*stored);
      return {};
    };
    return storage::for_each_line_of(*text, counted.trees, add_tree);
  }

  [[nodiscard]] core::Error described(const Frame& frame, const core::Error& error) const {
    return {error.kind, manifest_.units[frame.unit].tree_archive.path + ", frame " +
                            std::to_string(frame.number) + ": " + error.message +
                            "; `viltree verify` says what else is damaged"};
  }

  /// The first error in the order of the trees is the one that is told.
  void add_up(Counted& counted) {
    if (error_) return;
    error_ = std::move(counted.error);
    if (error_) stopped_ = true;
    if (error_ || !counted.sums) return;
    trees_[counted.unit] += counted.trees;
    add(statistics_, counted.sums->sums());
    for (const StepCount& step : counted.sums->steps()) {
      distinct_.add(step.hash, step.rows);
      frequent_.add(step);
    }
  }

  [[nodiscard]] core::Status compare_with_manifest() const {
    for (std::size_t i = 0; i < trees_.size(); ++i) {
      const storage::FileEntry& archive = manifest_.units[i].tree_archive;
      if (trees_[i] == archive.lines) continue;
      return core::fail(core::ErrorKind::kCorruption, archive.path + " has " + std::to_string(trees_[i]) +
                                                          " trees, but the manifest says " +
                                                          std::to_string(archive.lines));
    }
    return {};
  }

  void finish() {
    statistics_.coverage.problems = manifest_.total_problems;
    for (const storage::UnitEntry& unit : manifest_.units) statistics_.coverage.rejected += unit.rejected;
    Duplicates& duplicates = statistics_.duplicates;
    const auto rows = static_cast<double>(duplicates.rows);
    duplicates.distinct = distinct_.distinct();
    duplicates.within_run = std::max(0.0, rows - distinct_.singles());
    duplicates.estimated = !distinct_.is_exact();
    duplicates.sampled = distinct_.size();
    duplicates.frequent = frequent_.most(kFrequentSteps);
  }

  const storage::Manifest& manifest_;
  const Options& options_;
  Frames frames_;
  std::vector<std::uint64_t> trees_;  ///< read so far, by unit
  Statistics statistics_;
  DistinctSample distinct_{kMostDistinct};
  FrequentSteps frequent_{kFrequentCounters};
  std::optional<core::Error> error_;
  std::atomic<bool> stopped_ = false;  ///< set by add_up: what comes later is not looked at
};

}  // namespace

core::Result<Statistics> read_statistics(const storage::RunDirectory& run, const Options& options) {
  const auto manifest = storage::load_manifest(run.file_system(), run.manifest());
  if (!manifest) return core::fail(manifest.error());
  if (!*manifest) {
    return core::fail(core::ErrorKind::kInvalidInput,
                      "'" + run.root().string() + "' is not a run directory: it has no manifest.json");
  }
  return Reading(run, **manifest, options).run();
}

}  // namespace viltree::stats
