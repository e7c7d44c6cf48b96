#include "units.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace viltree::crawl {

Units::Units(const Options& options, const storage::RunDirectory& run, storage::Manifest manifest,
             tbb::task_arena& arena)
    : options_(options), run_(run), manifest_(std::move(manifest)), arena_(arena) {
  while (manifest_.find(next_) != nullptr && manifest_.find(next_)->complete) {
    rows_ += manifest_.find(next_)->rows;
    ++next_;
  }
}

Units::~Units() {
  wait();
}

std::uint64_t Units::problems_in(std::uint64_t unit) const {
  const std::uint64_t first = unit * options_.unit_size;
  return std::min(options_.unit_size, manifest_.total_problems - first);
}

void Units::finish(FinishedTree tree) {
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
  return writing_.valid() || whole(next_);
}

void Units::wait() const {
  if (writing_.valid()) writing_.wait();
}

void Units::wait_for(std::chrono::milliseconds most) const {
  if (writing_.valid()) writing_.wait_for(most);
}

FinishedUnit Units::take(std::uint64_t unit) {
  Gathering gathered = std::move(gathering_.extract(unit).mapped());
  FinishedUnit finished;
  finished.unit = unit;
  finished.first_problem = unit * options_.unit_size;
  finished.problems = problems_in(unit);
  finished.rejected = gathered.rejected;
  finished.first_row = rows_;
  for (auto& [problem, tree] : gathered.trees) {
    rows_ += tree.totals.rows;
    held_bytes_ -= tree.stored.tree.memory_bytes();
    finished.trees.push_back(std::move(tree));
  }
  return finished;
}

core::Status Units::commit(storage::UnitEntry entry, std::uint64_t journal_from) {
  manifest_.put(std::move(entry));
  manifest_.journal_from = std::max(manifest_.journal_from, journal_from);
  return storage::save_manifest(run_.file_system(), run_.manifest(), manifest_);
}

core::Result<bool> Units::advance(std::uint64_t journal_from) {
  bool committed = false;
  if (writing_.valid() && writing_.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
    auto entry = writing_.get();
    if (!entry) return core::fail(entry.error());
    if (auto saved = commit(std::move(*entry), journal_from); !saved) return core::fail(saved.error());
    ++next_;
    committed = true;
  }
  if (!writing_.valid() && whole(next_)) {
    writing_ = std::async(std::launch::async, [this, unit = take(next_)] {
      return arena_.execute([&] { return write_unit(run_, unit, options_); });
    });
  }
  return committed;
}

core::Status Units::commit_rest(std::uint64_t journal_from) {
  while (!gathering_.empty()) {
    const FinishedUnit unit = take(gathering_.begin()->first);
    auto entry = arena_.execute([&] { return write_unit(run_, unit, options_); });
    if (!entry) return core::fail(entry.error());
    if (auto saved = commit(std::move(*entry), journal_from); !saved) return saved;
  }
  return {};
}

}  // namespace viltree::crawl
