#include "tree_sums.hpp"

#include <viltree/archive/committed.hpp>
#include <viltree/archive/trees.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/stats/stats.hpp>

#include <algorithm>
#include <utility>

namespace viltree::stats {

namespace {

/// Different steps whose rows are counted one by one: below 100 MB, and at worst an error of one part in 700.
constexpr std::size_t kMostDistinct = std::size_t{1} << 20U;
/// Counters of frequent steps: a step of one row in 16,384 is not missed.
constexpr std::size_t kFrequentCounters = std::size_t{1} << 14U;

/// FrameSums, added up in the order of frames.
class Reading {
 public:
  Reading(const storage::Manifest& manifest, const Options& options)
      : manifest_(manifest), options_(options), statistics_(nothing_yet(options.labels.mode)) {}

  [[nodiscard]] core::Result<Statistics> run(const storage::RunDirectory& run) {
    archive::TreeWork<FrameSums> work;
    work.begin = [&] { return FrameSums(options_.labels); };
    work.add = [](FrameSums& sums, const search::StoredTree& stored) {
      sums.add(stored);
      return core::Status();
    };
    work.take = [&](const FrameSums& sums) {
      add_up(sums);
      return core::Status();
    };
    if (auto done = archive::for_each_tree(run, manifest_, options_.threads, work); !done)
      return core::fail(std::move(done.error()));
    finish();
    return std::move(statistics_);
  }

 private:
  void add_up(const FrameSums& frame) {
    add(statistics_, frame.sums());
    for (const StepCount& step : frame.steps()) {
      distinct_.add(step.hash, step.rows);
      frequent_.add(step);
    }
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
  Statistics statistics_;
  DistinctSample distinct_{kMostDistinct};
  FrequentSteps frequent_{kFrequentCounters};
};

}  // namespace

core::Result<Statistics> read_statistics(const storage::RunDirectory& run, const Options& options) {
  const auto manifest = archive::manifest_of(run);
  if (!manifest) return core::fail(manifest.error());
  return Reading(*manifest, options).run(run);
}

}  // namespace viltree::stats
