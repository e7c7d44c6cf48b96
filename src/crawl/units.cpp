#include "units.hpp"

#include <viltree/archive/renumber.hpp>
#include <viltree/archive/unit_writer.hpp>
#include <viltree/kernels/kernels.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace viltree::crawl {

namespace {

/// In an arena of its own, behind all else: the crawl's thread does not wait for it.
search::FittedKernel fit_on(const archive::FinishedUnit& unit, const Options& options, int threads) {
  std::vector<const search::Tree*> trees;
  for (const archive::FinishedTree& tree : unit.trees) trees.push_back(&tree.stored.tree);
  tbb::task_arena background(threads, 1, tbb::task_arena::priority::low);
  return background.execute(
      [&] { return kernels::fit(trees, kernels::kPilotTrees, options.labels.truncated_is_wrong); });
}

}  // namespace

Units::Units(const Options& options, const storage::RunDirectory& run, storage::Manifest manifest,
             search::FittedKernel kernel, tbb::task_arena& arena, core::Background& background)
    : options_(options),
      run_(run),
      manifest_(std::move(manifest)),
      kernel_(std::move(kernel)),
      arena_(arena),
      background_(background) {
  pass_committed();
}

Units::~Units() {
  wait();
}

void Units::pass_committed() {
  while (committed(next_)) ++next_;
}

bool Units::committed(std::uint64_t unit) const {
  const storage::UnitEntry* entry = manifest_.find(unit);
  return entry != nullptr && entry->complete;
}

std::uint64_t Units::problems_in(std::uint64_t unit) const {
  const std::uint64_t first = unit * options_.unit_size;
  return std::min(options_.unit_size, manifest_.total_problems - first);
}

bool Units::knows_kernel_of(std::uint64_t unit) const {
  return unit < kernels::kFirstFittedUnit || next_ > 0 || manifest_.kernel || !options_.search.fit_kernel;
}

const search::Kernel& Units::kernel_of(std::uint64_t unit) const {
  return kernels::growing_kernel(unit, kernel_.kernel);
}

void Units::finish(archive::FinishedTree tree) {
  const domain::ProblemIndex problem = tree.stored.problem.index;
  held_bytes_ += tree.stored.tree.memory_bytes();
  gathering_[unit_of(problem)].trees.emplace(problem.value, std::move(tree));
}

void Units::reject(domain::ProblemIndex problem) {
  ++gathering_[unit_of(problem)].rejected;
}

bool Units::whole(std::uint64_t unit) const {
  const auto found = gathering_.find(unit);
  return found != gathering_.end() &&
         found->second.trees.size() + found->second.rejected == problems_in(unit);
}

bool Units::busy() const {
  return writing_.begun() || whole(next_);
}

void Units::wait() const {
  writing_.wait();
}

void Units::wait_for(std::chrono::milliseconds most) const {
  writing_.wait_for(most);
}

archive::FinishedUnit Units::take(std::uint64_t unit) {
  Gathering gathered = std::move(gathering_.extract(unit).mapped());
  archive::FinishedUnit finished;
  finished.unit = unit;
  finished.first_problem = unit * options_.unit_size;
  finished.problems = problems_in(unit);
  finished.rejected = gathered.rejected;
  finished.first_row = archive::rows_before(manifest_, unit);
  for (auto& [problem, tree] : gathered.trees) {
    held_bytes_ -= tree.stored.tree.memory_bytes();
    finished.trees.push_back(std::move(tree));
  }
  return finished;
}

core::Result<Units::Written> Units::write(const archive::FinishedUnit& unit) const {
  Written written;
  written.kernel = kernel_;
  if (unit.unit == 0 && unit.complete() && options_.search.fit_kernel && !manifest_.kernel) {
    written.kernel = fit_on(unit, options_, arena_.max_concurrency());
    auto saved = kernels::save(run_, written.kernel);
    if (!saved) return core::fail(saved.error());
    written.kernel_file = std::move(*saved);
  }
  archive::UnitOptions options{options_.labels, options_.facts, options_.compression_level};
  options.labels.kernel = written.kernel.kernel;
  auto entry = arena_.execute([&] { return archive::write_unit(run_, unit, options); });
  if (!entry) return core::fail(entry.error());
  written.entry = std::move(*entry);
  return written;
}

core::Status Units::commit(Written written, std::uint64_t journal_from) {
  last_committed_ = written.entry.unit;
  kernel_ = std::move(written.kernel);
  if (written.kernel_file) manifest_.kernel = std::move(written.kernel_file);
  manifest_.put(std::move(written.entry));
  if (auto done = archive::renumber_behind(run_, last_committed_, options_.compression_level, manifest_);
      !done)
    return done;
  manifest_.journal_from = std::max(manifest_.journal_from, journal_from);
  return storage::save_manifest(run_.file_system(), run_.manifest(), manifest_);
}

core::Result<bool> Units::commit_written(std::uint64_t journal_from) {
  if (!writing_.done()) return false;
  auto written = writing_.take();
  if (!written) return core::fail(written.error());
  if (auto saved = commit(std::move(*written), journal_from); !saved) return core::fail(saved.error());
  pass_committed();
  return true;
}

void Units::write_next() {
  if (writing_.begun() || !whole(next_)) return;
  writing_.begin(background_, [this, unit = take(next_)] { return write(unit); });
}

core::Status Units::commit_rest(std::uint64_t journal_from) {
  while (!gathering_.empty()) {
    auto written = write(take(gathering_.begin()->first));
    if (!written) return core::fail(written.error());
    if (auto saved = commit(std::move(*written), journal_from); !saved) return saved;
  }
  return {};
}

}  // namespace viltree::crawl
