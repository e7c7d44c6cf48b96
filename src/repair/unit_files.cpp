#include "unit_files.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/codec/codec.hpp>
#include <viltree/storage/lines.hpp>

#include <charconv>
#include <functional>
#include <set>
#include <string>
#include <utility>

namespace viltree::repair {

namespace {

using OnTree = std::function<void(search::StoredTree)>;

core::Status for_each_tree(const storage::RunDirectory& run, const std::string& name, const OnTree& on_tree) {
  const auto reader = storage::LineFileReader::open(run.file_system(), run.path(name));
  if (!reader) return core::fail(reader.error());
  return reader->for_each_line([&](std::uint64_t, std::string_view line) -> core::Status {
    auto stored = codec::decode_tree(line);
    if (!stored) return core::fail(stored.error(), name);
    on_tree(*std::move(stored));
    return {};
  });
}

core::Result<std::uint64_t> count_rows(const storage::RunDirectory& run, const std::string& name) {
  const auto reader = storage::LineFileReader::open(run.file_system(), run.path(name));
  if (!reader) return core::fail(reader.error());
  std::uint64_t rows = 0;
  const auto read = reader->for_each_line([&](std::uint64_t, std::string_view line) -> core::Status {
    ++rows;
    const auto row = codec::decode_row(line);
    if (!row) return core::fail(row.error(), name);
    return {};
  });
  if (!read) return core::fail(read.error());
  return rows;
}

void add(archive::Totals& totals, const search::Tree& tree) {
  const search::Spent& spent = tree.spent();
  totals.answers += spent.answers;
  totals.refusals += spent.refusals;
  totals.rollouts += spent.rollouts;
  totals.usage.add(spent.usage);
  for (const search::RolloutRecord& rollout : tree.rollouts()) totals.verdicts.add(rollout.verdict);
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
  archive::Totals totals;
  const std::string archive = storage::RunDirectory::tree_archive_name(unit);
  const auto read = for_each_tree(run, archive, [&](const search::StoredTree& stored) {
    ++entry.trees;
    add(totals, stored.tree);
    for (const domain::Ruling& ruling : stored.rulings) totals.judge.add(ruling);
  });
  if (!read) return core::fail(read.error());
  const std::string shard = storage::RunDirectory::shard_name(unit);
  const auto rows = count_rows(run, shard);
  if (!rows) return core::fail(rows.error());
  auto tree_entry = storage::entry_of_file(run.file_system(), run.root(), archive, entry.trees);
  if (!tree_entry) return core::fail(tree_entry.error());
  auto shard_entry = storage::entry_of_file(run.file_system(), run.root(), shard, *rows);
  if (!shard_entry) return core::fail(shard_entry.error());
  entry.rows = *rows;
  entry.counts = archive::to_counts(totals);
  entry.tree_archive = *std::move(tree_entry);
  entry.shard = *std::move(shard_entry);
  return entry;
}

core::Result<std::vector<search::Tree>> read_trees(const storage::RunDirectory& run,
                                                   const std::string& name) {
  std::vector<search::Tree> trees;
  const auto read =
      for_each_tree(run, name, [&](search::StoredTree stored) { trees.push_back(std::move(stored.tree)); });
  if (!read) return core::fail(read.error());
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
