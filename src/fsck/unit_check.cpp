#include "unit_check.hpp"

#include "tree_check.hpp"

#include <viltree/archive/frames.hpp>
#include <viltree/archive/totals.hpp>
#include <viltree/codec/codec.hpp>
#include <viltree/core/display.hpp>
#include <viltree/core/text.hpp>
#include <viltree/search/stored_tree.hpp>

#include <map>
#include <utility>

namespace viltree::fsck {

namespace {

using search::StoredTree;
using Sums = std::map<std::string, std::uint64_t>;

/// The lines of a frame, decoded where that went well.
template <class Value>
struct Decoded {
  std::vector<Value> values;
  std::vector<std::string> complaints;
  bool whole = true;  ///< every line of the frame is in `values`
};

std::string id_text(const std::string& id) {
  return "'" + core::one_line(id, 0) + "'";
}

template <class Value, class TakeLine>
Decoded<Value> decode(const archive::Frame& frame, const TakeLine& take_line) {
  Decoded<Value> decoded;
  const auto complain = [&](std::string what) {
    decoded.whole = false;
    decoded.complaints.push_back(std::move(what));
  };
  const auto read =
      archive::for_each_line(frame, [&](std::uint64_t at, std::string_view line) -> core::Status {
        const core::Status taken = take_line(line, decoded);
        if (!taken) complain(archive::place_of(frame, at) + ": " + taken.error().message);
        return {};
      });
  if (!read) complain(read.error().message);
  return decoded;
}

Decoded<StoredTree> decode_trees(const archive::Frame& frame) {
  return decode<StoredTree>(frame, [](std::string_view line, Decoded<StoredTree>& decoded) -> core::Status {
    auto stored = codec::decode_tree(line);
    if (!stored) return core::fail(std::move(stored.error()));
    for (const std::string& complaint : tree_complaints(*stored)) {
      decoded.complaints.push_back("tree of problem " + id_text(stored->problem.id) + ": " + complaint);
    }
    decoded.values.push_back(*std::move(stored));
    return {};
  });
}

void add_sums(Sums& sums, const search::Tree& tree) {
  const search::Spent& spent = tree.spent();
  sums["answers"] += spent.answers;
  sums["refusals"] += spent.refusals;
  sums["rollouts"] += spent.rollouts;
  sums["prompt_tokens"] += spent.usage.prompt_tokens.value_or(0);
  sums["cached_tokens"] += spent.usage.cached_tokens.value_or(0);
  sums["completion_tokens"] += spent.usage.completion_tokens.value_or(0);
  sums["reasoning_tokens"] += spent.usage.reasoning_tokens.value_or(0);
  for (const search::RolloutRecord& rollout : tree.rollouts()) ++sums[std::string(name(rollout.verdict))];
}

/// Compares the rows of a frame with their trees; those of one tree follow each other.
class RowComparison {
 public:
  RowComparison(const std::unordered_map<std::string, const StoredTree*>& by_id, bool all_trees_read)
      : by_id_(by_id), all_trees_read_(all_trees_read) {}

  /// What is wrong with the row, if anything.
  std::optional<std::string> complaint(const domain::LabelRow& row, std::string_view line) {
    const auto found = by_id_.find(row.problem_id);
    if (found == by_id_.end()) {
      if (!all_trees_read_) return std::nullopt;  // its tree is among those that could not be read
      return "there is no tree of problem " + id_text(row.problem_id) + " in the unit";
    }
    if (found->second != tree_) {
      tree_ = found->second;
      expected_.emplace(*tree_);
    }
    return expected_->complaint(row, line);
  }

 private:
  const std::unordered_map<std::string, const StoredTree*>& by_id_;
  bool all_trees_read_;
  const StoredTree* tree_ = nullptr;
  std::optional<ExpectedRows> expected_;
};

}  // namespace

void UnitCheck::check(std::optional<std::uint64_t>& next_row, Report& report) {
  check_file(unit_.tree_archive);
  read_trees();
  check_sums();
  map_trees();
  check_file(unit_.shard);
  read_rows(next_row);
  report.files += 2;
  report.trees += trees_.size();
  report.rows += rows_;
  for (const StoredTree& stored : trees_) report.rollouts += stored.tree.rollout_count();
}

void UnitCheck::error(const std::string& file, std::string what, bool of_contents) {
  findings_.add({file, std::move(what), Severity::kError, unit_.unit, of_contents});
}

void UnitCheck::check_file(const storage::FileEntry& file) {
  const core::Status verified = storage::verify_file(run_.file_system(), run_.root(), file);
  if (!verified) error(file.path, verified.error().message, false);
}

/// What damage costs, once it was told.
void UnitCheck::tell_lost(const storage::FileEntry& file, std::uint64_t read, const std::string& noun) {
  if (read >= file.lines) return;
  findings_.add(
      {file.path,
       core::counted(file.lines - read, noun) + " of " + std::to_string(file.lines) + " cannot be read",
       Severity::kNote, unit_.unit});
}

void UnitCheck::read_trees() {
  const std::string& file = unit_.tree_archive.path;
  archive::FrameWork<Decoded<StoredTree>> work;
  work.work = decode_trees;
  work.take = [&](Decoded<StoredTree> decoded) {
    all_trees_read_ = all_trees_read_ && decoded.whole;
    for (std::string& complaint : decoded.complaints) error(file, std::move(complaint));
    for (StoredTree& stored : decoded.values) take_tree(std::move(stored));
    return true;
  };
  const core::Status read = archive::for_each_frame(run_, {{file}}, 0, work);
  if (!read) {
    all_trees_read_ = false;
    error(file, read.error().message);
  }
  if (!all_trees_read_) tell_lost(unit_.tree_archive, trees_.size(), "tree");
}

void UnitCheck::take_tree(StoredTree stored) {
  const std::uint64_t index = stored.problem.index.value;
  const bool in_unit = index >= unit_.first_problem && index - unit_.first_problem < unit_.problems;
  const bool in_order = trees_.empty() || index > trees_.back().problem.index.value;
  if (!in_unit || !in_order) {
    error(unit_.tree_archive.path, "tree of problem " + id_text(stored.problem.id) + ": its index " +
                                       std::to_string(index) +
                                       (in_unit ? " is out of order" : " is not of this unit"));
  }
  trees_.push_back(std::move(stored));
}

void UnitCheck::check_sum(const std::string& what, std::uint64_t found, std::uint64_t listed) {
  if (found == listed) return;
  error("manifest.json",
        "unit " + std::to_string(unit_.unit) + ": it lists " + std::to_string(listed) + ' ' + what +
            ", there are " + std::to_string(found),
        false);
}

/// Where trees could not be read, that has been said, and sums would only repeat it.
void UnitCheck::check_sums() {
  if (!all_trees_read_) return;
  check_sum("trees", trees_.size(), unit_.trees);
  check_sum("lines in " + unit_.tree_archive.path, trees_.size(), unit_.tree_archive.lines);
  if (unit_.complete) check_sum("problems", trees_.size() + unit_.rejected, unit_.problems);
  Sums sums;
  archive::Totals rulings;
  for (const StoredTree& stored : trees_) {
    add_sums(sums, stored.tree);
    for (const domain::Ruling& ruling : stored.rulings) rulings.judge.add(ruling);
  }
  for (const auto& [name, sum] : archive::to_counts(rulings)) {
    if (name.starts_with("rules_")) sums[name] = sum;
  }
  for (const auto& [name, sum] : sums) {
    const auto listed = unit_.counts.find(name);
    if (listed != unit_.counts.end()) check_sum(name, sum, listed->second);
  }
}

void UnitCheck::map_trees() {
  for (const StoredTree& stored : trees_) {
    const bool is_new = by_id_.emplace(core::repair_utf8(stored.problem.id), &stored).second;
    if (!is_new) {
      error(unit_.tree_archive.path, "two trees of problem " + id_text(stored.problem.id));
    }
  }
}

void UnitCheck::read_rows(std::optional<std::uint64_t>& next_row) {
  const std::string& file = unit_.shard.path;
  archive::FrameWork<Decoded<std::uint64_t>> work;
  work.work = [&](const archive::Frame& frame) {
    RowComparison comparison(by_id_, all_trees_read_);
    const auto take_line = [&](std::string_view line, Decoded<std::uint64_t>& decoded) -> core::Status {
      const auto row = codec::decode_row(line);
      if (!row) return core::fail(row.error());
      if (auto complaint = comparison.complaint(*row, line)) {
        decoded.complaints.push_back("row " + std::to_string(row->index) + " (" + core::one_line(row->id, 0) +
                                     "): " + *complaint);
      }
      decoded.values.push_back(row->index);
      return {};
    };
    return decode<std::uint64_t>(frame, take_line);
  };
  bool all_read = true;
  std::optional<std::uint64_t> expected = next_row;
  work.take = [&](const Decoded<std::uint64_t>& decoded) {
    for (const std::string& complaint : decoded.complaints) error(file, complaint);
    all_read = all_read && decoded.whole;
    rows_ += decoded.values.size();
    for (const std::uint64_t index : decoded.values) {
      if (all_read && expected && index != *expected) {
        error(file,
              "row " + std::to_string(index) + " stands where row " + std::to_string(*expected) + " is due");
      }
      if (!expected && !next_row) next_row = index;
      expected = index + 1;
    }
    return true;
  };
  const core::Status read = archive::for_each_frame(run_, {{file}}, 0, work);
  if (!read) error(file, read.error().message);
  if (all_read && read) {
    check_sum("rows", rows_, unit_.rows);
    check_sum("lines in " + file, rows_, unit_.shard.lines);
  }
  if (!all_read || !read) tell_lost(unit_.shard, rows_, "row");
  if (next_row) *next_row += unit_.rows;
}

}  // namespace viltree::fsck
