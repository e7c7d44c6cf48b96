#include "fixture.hpp"

#include <viltree/codec/codec.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/core/hash.hpp>
#include <viltree/labels/labels.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/storage/lines.hpp>

namespace viltree::archive::test {

using core::ExitCode;
using core::value_or_fatal;
using domain::FinishReason;
using domain::Verdict;

namespace {

constexpr std::uint64_t kUnitProblems = 2;
constexpr std::string_view kHostile = "\x1b[2J\"]; </script> \xE2\x80\xAE &#27; \\ \xFF\nend";

storage::FileEntry write_lines(const storage::RunDirectory& run, const std::string& name,
                               const std::vector<std::string>& lines, std::size_t frame_text_bytes) {
  const auto writer = value_or_fatal(
      storage::LineFileWriter::create(run.file_system(), run.path(name),
                                      {.compression_level = 3, .frame_text_bytes = frame_text_bytes}),
      ExitCode::kStorage);
  for (const std::string& line : lines) value_or_fatal(writer->add_line(line), ExitCode::kStorage);
  const storage::LineFileSummary summary = value_or_fatal(writer->finish(), ExitCode::kStorage);
  return {name, summary.bytes, summary.sha256, summary.lines};
}

}  // namespace

void grow(search::Tree& tree, std::uint32_t origin, const std::vector<std::string_view>& steps,
          const Sample& sample, std::uint32_t ticket) {
  domain::Rollout rollout;
  rollout.verdict = sample.verdict;
  rollout.completion.finish = sample.finish;
  rollout.completion.tokens = static_cast<std::uint32_t>(10 * steps.size());
  if (!sample.answer.empty()) rollout.answer = sample.answer;
  tree.add_rollout({origin}, steps, rollout, {ticket}, "model");
}

search::StoredTree triangle(std::uint64_t index, const std::string& id) {
  search::StoredTree stored;
  stored.problem.index = {index};
  stored.problem.id = id;
  stored.problem.question = "A triangle has base 3 and height 4.\nWhat is its area?";
  stored.problem.answer = "6";
  stored.strategy = "omegaprm";
  stored.seed = 7;
  search::Tree& tree = stored.tree;
  grow(tree, 0, {"The base is 3.\n\n", "Half of 3·4 is taken.\n\n", "So the area is 6."},
       {Verdict::kRight, "6"}, 1);
  grow(tree, 0, {"The base is 3.\n\n", "Half of 3·4 is taken.\n\n", "So the area is 12."},
       {Verdict::kWrong, "12"}, 1);
  grow(tree, 0, {"I guess.\n\n", "It is 5.\n\n", "Yes."}, {Verdict::kWrong, "5"}, 1);
  grow(tree, 0, {"The base is 3.\n\n", "The height"}, {Verdict::kTruncated, "", FinishReason::kLength}, 1);
  grow(tree, 1, {"Half of 3·4 is taken.\n\n", "So the area is 6."}, {Verdict::kRight, "6"}, 2);
  grow(tree, 1, {"Add them.\n\n", "7."}, {Verdict::kWrong, "7"}, 2);
  grow(tree, 2, {"So the area is 6."}, {Verdict::kRight, "6"}, 3);
  grow(tree, 2, {"So the area is 12."}, {Verdict::kWrong, "12"}, 3);
  for (const std::uint32_t node : {1U, 2U, 3U, 4U}) tree.label({node});
  search::Spent spent;
  spent.answers = 3;
  spent.rollouts = tree.rollout_count();
  spent.usage = {1200, 800, 160};
  tree.restore_spent(spent);
  return stored;
}

search::StoredTree hostile() {
  search::StoredTree stored;
  stored.problem.id = kHostile;
  stored.problem.question = kHostile;
  stored.problem.answer = kHostile;
  stored.problem.choices = {std::string(kHostile)};
  stored.problem.images.push_back({"", "image/png", 1, 1, std::string(kHostile), nullptr});
  stored.strategy = kHostile;
  grow(stored.tree, 0,
       {kHostile,
        "\xC2\x9B"
        "31m"},
       {Verdict::kRight, std::string(kHostile)}, 1);
  grow(stored.tree, 0, {"second", kHostile}, {Verdict::kWrong, std::string(kHostile)}, 1);
  stored.tree.label({2});
  return stored;
}

RunFixture::RunFixture(std::size_t frame_text_bytes)
    : run_(storage::real_file_system(), directory_.path() / "run"), frame_text_bytes_(frame_text_bytes) {
  value_or_fatal(run_.create(), ExitCode::kStorage);
  const std::string bytes = "not really a png";
  image_.sha256 = core::sha256_hex(bytes);
  image_.media_type = "image/png";
  image_.path = value_or_fatal(run_.put_image(image_.sha256, "png", bytes), ExitCode::kStorage);
  manifest_.program = "test";
  manifest_.config_hash = "abc";
  manifest_.total_problems = 6;
}

search::StoredTree RunFixture::tree(std::uint64_t index, const std::string& id) const {
  search::StoredTree stored = triangle(index, id);
  stored.problem.images.push_back(image_);
  return stored;
}

std::vector<domain::LabelRow> RunFixture::rows_of(const std::vector<search::StoredTree>& trees) const {
  std::uint64_t index = 0;
  for (const storage::UnitEntry& unit : manifest_.units) index += unit.rows;
  std::vector<domain::LabelRow> all;
  for (const search::StoredTree& stored : trees) {
    for (domain::LabelRow& row : labels::rows(stored.problem, stored.tree, {}, {})) {
      row.index = index++;
      all.push_back(std::move(row));
    }
  }
  return all;
}

void RunFixture::add_unit(const std::vector<search::StoredTree>& trees) {
  add_unit(trees, rows_of(trees));
}

void RunFixture::add_unit(const std::vector<search::StoredTree>& trees,
                          const std::vector<domain::LabelRow>& rows) {
  storage::UnitEntry unit;
  unit.unit = manifest_.units.size();
  unit.first_problem = unit.unit * kUnitProblems;
  unit.problems = kUnitProblems;
  unit.trees = trees.size();
  unit.rejected = kUnitProblems - trees.size();
  unit.rows = rows.size();
  unit.complete = true;
  for (const search::StoredTree& stored : trees) {
    unit.counts["rollouts"] += stored.tree.rollout_count();
    for (const domain::Ruling& ruling : stored.rulings)
      ++unit.counts["rules_untold_judge_" + std::string(name(ruling.verdict))];
  }
  std::vector<std::string> lines;
  for (const search::StoredTree& stored : trees) lines.push_back(codec::encode_tree(stored));
  unit.tree_archive =
      write_lines(run_, storage::RunDirectory::tree_archive_name(unit.unit), lines, frame_text_bytes_);
  lines.clear();
  for (const domain::LabelRow& row : rows) lines.push_back(codec::encode_row(row));
  unit.shard = write_lines(run_, storage::RunDirectory::shard_name(unit.unit), lines, frame_text_bytes_);
  manifest_.put(unit);
  value_or_fatal(storage::save_manifest(run_.file_system(), run_.manifest(), manifest_), ExitCode::kStorage);
}

std::string RunFixture::read(const std::string& name) const {
  return value_or_fatal(storage::read_file(run_.file_system(), run_.path(name), 1U << 30U),
                        ExitCode::kStorage);
}

void RunFixture::write(const std::string& name, std::string_view bytes) const {
  const auto file = value_or_fatal(run_.file_system().open(run_.path(name), storage::OpenMode::kCreate),
                                   ExitCode::kStorage);
  value_or_fatal(file->append(bytes), ExitCode::kStorage);
}

void RunFixture::remove(const std::string& name) const {
  value_or_fatal(run_.file_system().remove(run_.path(name)), ExitCode::kStorage);
}

void RunFixture::damage(const std::string& name) const {
  std::string bytes = read(name);
  bytes[bytes.size() / 3] = static_cast<char>(bytes[bytes.size() / 3] ^ 1);
  write(name, bytes);
}

void RunFixture::list_trees(std::uint64_t unit, std::uint64_t lines) {
  storage::UnitEntry entry = *manifest_.find(unit);
  entry.tree_archive.lines = lines;
  manifest_.put(entry);
  value_or_fatal(storage::save_manifest(run_.file_system(), run_.manifest(), manifest_), ExitCode::kStorage);
}

}  // namespace viltree::archive::test
