#include "stats/fixture.hpp"

#include <viltree/codec/codec.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/storage/lines.hpp>

#include <utility>

namespace viltree::stats::test {

using core::ExitCode;
using core::value_or_fatal;
using domain::Verdict;

void grow(search::Tree& tree, std::uint32_t origin, const std::vector<std::string_view>& steps,
          Verdict verdict, std::string_view answer) {
  domain::Rollout rollout;
  rollout.verdict = verdict;
  const bool cut = verdict == Verdict::kTruncated;
  rollout.completion.finish = cut ? domain::FinishReason::kLength : domain::FinishReason::kStop;
  rollout.completion.tokens = 10;
  if (!answer.empty()) rollout.answer = std::string(answer);
  const auto ticket = static_cast<std::uint32_t>(tree.rollout_count() + 1);
  tree.add_rollout({origin}, steps, rollout, {ticket}, "model");
}

search::StoredTree stored(std::uint64_t index, search::Tree tree) {
  search::StoredTree stored;
  stored.problem.index = {index};
  stored.problem.id = "p" + std::to_string(index);
  stored.problem.question = "2 + 3?";
  stored.problem.answer = "5";
  stored.strategy = "math-shepherd";
  stored.tree = std::move(tree);
  return stored;
}

namespace {

void set_spent(search::Tree& tree, std::uint64_t answers, const domain::Usage& usage) {
  search::Spent spent;
  spent.answers = answers;
  spent.rollouts = tree.rollout_count();
  spent.usage = usage;
  tree.restore_spent(spent);
}

}  // namespace

search::StoredTree mixed_tree() {
  search::Tree tree;
  grow(tree, 0, {"Add 2 and 3.\n", "So 5."}, Verdict::kRight, "5");
  grow(tree, 0, {"Add 2 and 3.\n", "So 6."}, Verdict::kWrong, "6");
  grow(tree, 0, {"ADD 7 and 10. ", "So 5."}, Verdict::kRight, "5");
  grow(tree, 0, {"Hm"}, Verdict::kTruncated);
  grow(tree, 1, {"It is 5."}, Verdict::kWrong, "5");
  for (const std::uint32_t id : {1U, 2U, 3U, 4U, 5U, 7U}) tree.label({id});
  set_spent(tree, 2, {100, 40, 50});
  return stored(0, std::move(tree));
}

search::StoredTree right_tree() {
  search::Tree tree;
  grow(tree, 0, {"So 7."}, Verdict::kRight, "7");
  grow(tree, 0, {"So 7."}, Verdict::kRight, "7");
  tree.add_refusal(domain::kRoot, 2);
  tree.label({1});
  set_spent(tree, 1, {30, std::nullopt, 20});
  return stored(2, std::move(tree));
}

search::StoredTree unparsed_tree() {
  search::Tree tree;
  grow(tree, 0, {"??"}, Verdict::kUnparsed);
  tree.label({1});
  set_spent(tree, 1, {});
  return stored(3, std::move(tree));
}

Run::Run() : directory_(storage::real_file_system(), temporary_.path() / "run") {
  value_or_fatal(directory_.create(), ExitCode::kStorage);
  manifest_.program = "test";
  manifest_.config_hash = "abc";
  manifest_.total_problems = 6;
  save_manifest();
}

void Run::save_manifest() {
  value_or_fatal(storage::save_manifest(directory_.file_system(), directory_.manifest(), manifest_),
                 ExitCode::kStorage);
}

namespace {

storage::FileEntry write_lines(const storage::RunDirectory& run, const std::string& name,
                               const std::vector<std::string>& lines, std::size_t frame_bytes) {
  const auto writer = value_or_fatal(
      storage::LineFileWriter::create(run.file_system(), run.path(name),
                                      {.compression_level = 3, .frame_text_bytes = frame_bytes}),
      ExitCode::kStorage);
  for (const std::string& line : lines) value_or_fatal(writer->add_line(line), ExitCode::kStorage);
  const storage::LineFileSummary summary = value_or_fatal(writer->finish(), ExitCode::kStorage);
  return {name, summary.bytes, summary.sha256, summary.lines};
}

}  // namespace

void Run::add_unit(const std::vector<search::StoredTree>& trees, std::uint64_t rejected,
                   std::size_t frame_bytes) {
  storage::UnitEntry unit;
  unit.unit = manifest_.units.size();
  for (const storage::UnitEntry& before : manifest_.units) unit.first_problem += before.problems;
  unit.trees = trees.size();
  unit.rejected = rejected;
  unit.problems = trees.size() + rejected;
  unit.complete = true;
  std::vector<std::string> lines;
  for (const search::StoredTree& tree : trees) lines.push_back(codec::encode_tree(tree));
  unit.tree_archive =
      write_lines(directory_, storage::RunDirectory::tree_archive_name(unit.unit), lines, frame_bytes);
  unit.shard = write_lines(directory_, storage::RunDirectory::shard_name(unit.unit), {}, frame_bytes);
  manifest_.put(unit);
  save_manifest();
}

Statistics statistics_of_three(const labels::Options& options) {
  Run run;
  run.add_unit({mixed_tree()}, 1);
  run.add_unit({right_tree(), unparsed_tree()}, 0);
  return value_or_fatal(read_statistics(run.directory(), {options, 1}), ExitCode::kStorage);
}

}  // namespace viltree::stats::test
