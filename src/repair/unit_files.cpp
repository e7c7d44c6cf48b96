#include "unit_files.hpp"

#include <viltree/archive/frames.hpp>
#include <viltree/archive/totals.hpp>
#include <viltree/archive/trees.hpp>
#include <viltree/codec/codec.hpp>
#include <viltree/search/stored_tree.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>
#include <string>
#include <utility>

namespace viltree::repair {

namespace {

/// What an archive's trees were sums of.
struct Sums {
  std::uint64_t trees = 0;
  archive::Totals totals;
};

void add(archive::Totals& totals, const search::Tree& tree) {
  const search::Spent& spent = tree.spent();
  totals.answers += spent.answers;
  totals.refusals += spent.refusals;
  totals.rollouts += spent.rollouts;
  totals.usage.add(spent.usage);
  for (const search::RolloutRecord& rollout : tree.rollouts()) totals.verdicts.add(rollout.verdict);
}

core::Result<Sums> sum_trees(const storage::RunDirectory& run, const std::string& name) {
  Sums sums;
  archive::TreeWork<Sums> work;
  work.begin = [] { return Sums(); };
  work.add = [](Sums& of_frame, const search::StoredTree& stored) {
    ++of_frame.trees;
    add(of_frame.totals, stored.tree);
    for (const domain::Ruling& ruling : stored.rulings) of_frame.totals.judge.add(ruling);
    return core::Status();
  };
  work.take = [&](const Sums& of_frame) {
    sums.trees += of_frame.trees;
    sums.totals.add(of_frame.totals);
    return core::Status();
  };
  if (auto done = archive::for_each_tree(run, {{name}}, 0, work); !done) return core::fail(done.error());
  return sums;
}

core::Result<std::uint64_t> count_rows(const storage::RunDirectory& run, const std::string& name) {
  using Rows = core::Result<std::uint64_t>;
  Rows all = 0;
  archive::FrameWork<Rows> work;
  work.work = [](const archive::Frame& frame) -> Rows {
    std::uint64_t rows = 0;
    const auto read =
        archive::for_each_line(frame, [&](std::uint64_t, std::string_view line) -> core::Status {
          ++rows;
          const auto row = codec::decode_row(line);
          if (!row) return core::fail(row.error());
          return {};
        });
    if (!read) return core::fail(archive::told(frame.file, read.error()));
    return rows;
  };
  work.take = [&](const Rows& rows) {
    all = all && rows ? Rows(*all + *rows) : rows;
    return all.has_value();
  };
  const auto read = archive::for_each_frame(run, {{name}}, 0, work);
  if (all && !read) return core::fail(read.error());
  return all;
}

/// The number in "unit-000012.jsonl.zst", where the name is the right one for it.
void take_number(const std::string& name, std::string_view prefix, std::string (*name_of)(std::uint64_t),
                 const std::string& folder, std::set<std::uint64_t>& units) {
  if (!name.starts_with(prefix)) return;
  std::uint64_t unit = 0;
  const std::string digits = name.substr(prefix.size());
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), unit);
  if (parsed.ec == std::errc{} && name_of(unit) == folder + "/" + name) units.insert(unit);
}

}  // namespace

core::Result<storage::UnitEntry> read_unit_files(const storage::RunDirectory& run, std::uint64_t unit) {
  storage::UnitEntry entry;
  entry.unit = unit;
  const std::string trees = storage::RunDirectory::tree_archive_name(unit);
  const auto sums = sum_trees(run, trees);
  if (!sums) return core::fail(sums.error());
  entry.trees = sums->trees;
  const std::string shard = storage::RunDirectory::shard_name(unit);
  const auto rows = count_rows(run, shard);
  if (!rows) return core::fail(rows.error());
  auto tree_entry = storage::entry_of_file(run.file_system(), run.root(), trees, entry.trees);
  if (!tree_entry) return core::fail(tree_entry.error());
  auto shard_entry = storage::entry_of_file(run.file_system(), run.root(), shard, *rows);
  if (!shard_entry) return core::fail(shard_entry.error());
  entry.rows = *rows;
  entry.counts = archive::to_counts(sums->totals);
  entry.tree_archive = *std::move(tree_entry);
  entry.shard = *std::move(shard_entry);
  return entry;
}

core::Result<std::vector<search::Tree>> read_trees(const storage::RunDirectory& run,
                                                   const std::string& name) {
  using Trees = std::vector<search::Tree>;
  Trees trees;
  archive::TreeWork<Trees> work;
  work.begin = [] { return Trees(); };
  work.add = [](Trees& of_frame, search::StoredTree stored) {
    of_frame.push_back(std::move(stored.tree));
    return core::Status();
  };
  work.take = [&](Trees of_frame) {
    std::move(of_frame.begin(), of_frame.end(), std::back_inserter(trees));
    return core::Status();
  };
  if (auto done = archive::for_each_tree(run, {{name}}, 0, work); !done) return core::fail(done.error());
  return trees;
}

core::Result<std::vector<std::uint64_t>> units_on_disk(const storage::RunDirectory& run) {
  std::set<std::uint64_t> units;
  for (const std::string folder : {"trees", "shards"}) {
    const auto there = run.file_system().exists(run.path(folder));
    if (!there) return core::fail(there.error());
    if (!*there) continue;
    const auto names = run.file_system().list(run.path(folder));
    if (!names) return core::fail(names.error());
    for (const std::string& name : *names) {
      take_number(name, "unit-", &storage::RunDirectory::tree_archive_name, folder, units);
      take_number(name, "train-", &storage::RunDirectory::shard_name, folder, units);
    }
  }
  return std::vector<std::uint64_t>(units.begin(), units.end());
}

}  // namespace viltree::repair
