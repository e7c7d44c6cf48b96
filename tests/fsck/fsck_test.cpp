#include "archive/fixture.hpp"

#include <viltree/codec/codec.hpp>
#include <viltree/core/hash.hpp>
#include <viltree/fsck/fsck.hpp>
#include <viltree/kernels/kernels.hpp>
#include <viltree/labels/labels.hpp>
#include <viltree/labels/modes.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/storage/journal.hpp>

#include <algorithm>
#include <functional>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::fsck;
using archive::test::grow;
using archive::test::RunFixture;

namespace {

const std::string kTrees = "trees/unit-000000.jsonl.zst";
const std::string kShard = "shards/train-000000.jsonl.zst";

Report checked(const RunFixture& fixture) {
  auto report = check_run(fixture.run());
  REQUIRE(report.has_value());
  return *std::move(report);
}

bool finds(const Report& report, std::string_view file, std::string_view what,
           Severity severity = Severity::kError) {
  const bool found = std::any_of(report.findings.begin(), report.findings.end(), [&](const Finding& finding) {
    return finding.file == file && finding.severity == severity &&
           finding.what.find(what) != std::string::npos;
  });
  if (!found) MESSAGE(render_report(report));
  return found;
}

/// A run of one unit whose rows were changed before they were written.
Report with_rows(const std::function<void(std::vector<domain::LabelRow>&)>& change) {
  RunFixture fixture;
  const std::vector<search::StoredTree> trees = {fixture.tree(0, "a"), fixture.tree(1, "b")};
  std::vector<domain::LabelRow> rows = fixture.rows_of(trees);
  change(rows);
  fixture.add_unit(trees, rows);
  return checked(fixture);
}

/// A run of one unit whose first tree was changed before it was written.
Report with_tree(const std::function<void(search::StoredTree&)>& change) {
  RunFixture fixture;
  std::vector<search::StoredTree> trees = {fixture.tree(0, "a"), fixture.tree(1, "b")};
  change(trees.front());
  fixture.add_unit(trees);
  return checked(fixture);
}

std::string journal_record(std::uint32_t ticket) {
  codec::JournalRecord record;
  record.problem_id = "a";
  record.fingerprint = "0123456789abcdef";
  std::get<domain::TreeEvent>(record.content).ticket = {ticket};
  return codec::encode_record(record);
}

}  // namespace

TEST_CASE("check: a sound run has no finding, and everything in it was read") {
  RunFixture fixture;
  fixture.add_unit({fixture.tree(0, "a"), fixture.tree(1, "b\xFF")});
  fixture.add_unit({fixture.tree(3, "c")});
  {
    const auto journal =
        storage::JournalWriter::open(fixture.run().file_system(), fixture.run().journal(), {});
    REQUIRE(journal.has_value());
    const std::vector<std::string> records = {journal_record(1), journal_record(2)};
    REQUIRE((*journal)->append(records).has_value());
  }
  const Report report = checked(fixture);
  CHECK(report.sound());
  CHECK(report.findings.empty());
  CHECK(report.files == 6);
  CHECK(report.trees == 3);
  CHECK(report.rollouts == 24);
  CHECK(report.rows == 12);
  CHECK(report.images == 1);
  CHECK(report.journal_frames == 1);
  CHECK(report.journal_answers == 2);
  CHECK(render_report(report).ends_with("all is well\n"));
}

TEST_CASE("check: a flipped bit in a shard or an archive is found, and the rest is still checked") {
  for (const std::string& file : {kShard, kTrees}) {
    RunFixture fixture;
    fixture.add_unit({fixture.tree(0, "a"), fixture.tree(1, "b")});
    fixture.add_unit({fixture.tree(2, "c")});
    fixture.damage(file);
    const Report report = checked(fixture);
    CHECK(finds(report, file, "sha256"));
    CHECK(finds(report, file, "frame 0"));
    CHECK(report.errors == 2);
    CHECK(report.trees == (file == kTrees ? 1 : 3));
  }
}

TEST_CASE("check: a missing file is found") {
  for (const std::string& file : {kShard, kTrees}) {
    RunFixture fixture;
    fixture.add_unit({fixture.tree(0, "a")});
    fixture.remove(file);
    CHECK(finds(checked(fixture), file, "missing"));
  }
}

TEST_CASE("check: a row that disagrees with its tree is found, with the field's name") {
  using Rows = std::vector<domain::LabelRow>;
  CHECK(finds(with_rows([](Rows& rows) { rows[1].evidence.add(domain::Verdict::kRight); }), kShard,
              "row 1 (a/2): \"n_right\" is 2, its tree says 1"));
  CHECK(finds(with_rows([](Rows& rows) { rows[1].process += "x"; }), kShard, "\"process\" is"));
  CHECK(finds(with_rows([](Rows& rows) { rows[1].parent_id = 0; }), kShard,
              "\"parent_id\" is 0, its tree says 1"));
  CHECK(finds(with_rows([](Rows& rows) { rows[1].node_id = 5; }), kShard, "node 5 is not labelled"));
  CHECK(finds(with_rows([](Rows& rows) { rows[1].node_id = 99; }), kShard, "node 99 is not labelled"));
  CHECK(finds(with_rows([](Rows& rows) { rows[1].problem_id = "z"; }), kShard, "no tree of problem 'z'"));
  CHECK(finds(with_rows([](Rows& rows) { rows[1].value = 1.5; }), kShard, "\"value\""));
  CHECK(finds(with_rows([](Rows& rows) { rows[1].value = std::nullopt; }), kShard, "\"value\""));
  CHECK(finds(with_rows([](Rows& rows) { rows[1].images.clear(); }), kShard, "\"images\""));
}

TEST_CASE("check: rows whose labels count truncated rollouts as wrong agree with their trees") {
  const Report report = with_tree([](search::StoredTree& stored) {
    grow(stored.tree, 1, {"cut"}, {domain::Verdict::kTruncated, "", domain::FinishReason::kLength}, 4);
    search::Spent spent = stored.tree.spent();
    ++spent.rollouts;
    ++spent.answers;
    stored.tree.restore_spent(spent);
  });
  CHECK(report.sound());
  const Report counted = with_rows([](std::vector<domain::LabelRow>& rows) {
    for (domain::LabelRow& row : rows) row.value = 0.0;  // another label mode
  });
  CHECK(counted.sound());
}

TEST_CASE("check: a gap in the numbers of rows is found, within a unit and between two") {
  CHECK(finds(with_rows([](std::vector<domain::LabelRow>& rows) { rows.erase(rows.begin() + 2); }), kShard,
              "row 3 stands where row 2 is due"));
  RunFixture fixture;
  fixture.add_unit({fixture.tree(0, "a")});
  const std::vector<search::StoredTree> trees = {fixture.tree(2, "b")};
  std::vector<domain::LabelRow> rows = fixture.rows_of(trees);
  for (domain::LabelRow& row : rows) ++row.index;
  fixture.add_unit(trees, rows);
  CHECK(finds(checked(fixture), "shards/train-000001.jsonl.zst", "row 5 stands where row 4 is due"));
}

TEST_CASE("check: a missing or changed image is found, and no path of a tree is followed out of images/") {
  const std::string image = RunFixture().tree(0, "a").problem.images.front().path;
  {
    RunFixture fixture;
    fixture.add_unit({fixture.tree(0, "a"), fixture.tree(1, "b")});
    fixture.remove(image);
    const Report report = checked(fixture);
    CHECK(finds(report, image, "No such file"));
    CHECK(report.errors == 1);
  }
  {
    RunFixture fixture;
    fixture.add_unit({fixture.tree(0, "a")});
    fixture.write(image, "something else");
    CHECK(finds(checked(fixture), image, "not those that it is named after"));
  }
  for (const std::string path : {"/etc/passwd", "images/../run.yaml", "images/ab/../../x.png", ""}) {
    const Report report =
        with_tree([&](search::StoredTree& stored) { stored.problem.images.front().path = path; });
    CHECK(finds(report, path, "no name of an image"));
  }
}

TEST_CASE("check: a tree that contradicts itself or its unit is found") {
  CHECK(finds(with_tree([](search::StoredTree& stored) {
                stored.tree.restore_spent({3, 0, 7, {}});
              }),
              kTrees, "it has 8 rollouts, but 7 were paid for"));
  CHECK(finds(with_tree([](search::StoredTree& stored) {
                stored.tree.restore_spent({2, 0, 8, {}});
              }),
              kTrees, "more answers than were paid for"));
  CHECK(finds(
      with_tree([](search::StoredTree& stored) { stored.tree.restore_node({0}, "nobody", true, false); }),
      kTrees, "node 11 is on no rollout's path"));
  CHECK(finds(with_tree([](search::StoredTree& stored) {
                stored.tree.restore_node({2}, "So the area is 6.", true, false);
              }),
              kTrees, "node 2 has two children with the same step"));
  CHECK(finds(with_tree([](search::StoredTree& stored) { stored.problem.index = {2}; }), kTrees,
              "not of this unit"));
  CHECK(finds(with_tree([](search::StoredTree& stored) { stored.problem.index = {1}; }), kTrees,
              "out of order"));
  CHECK(finds(with_tree([](search::StoredTree& stored) { stored.problem.id = "b"; }), kTrees,
              "two trees of problem 'b'"));
}

TEST_CASE("check: a damaged manifest is found, and the journal is still read") {
  RunFixture fixture;
  fixture.add_unit({fixture.tree(0, "a")});
  fixture.write("manifest.json", "{\"format\": 1");
  CHECK(finds(checked(fixture), "manifest.json", "not JSON"));
}

TEST_CASE("check: numbers of the manifest that are not those of its files are found") {
  RunFixture fixture;
  fixture.add_unit({fixture.tree(0, "a"), fixture.tree(1, "b")});
  std::string manifest = fixture.read("manifest.json");
  const std::size_t at = manifest.find("\"rollouts\": 16");
  REQUIRE(at != std::string::npos);
  manifest.replace(at, 14, "\"rollouts\": 17");
  fixture.write("manifest.json", manifest);
  CHECK(finds(checked(fixture), "manifest.json", "its checksum does not fit"));
  const std::size_t checksum = manifest.find(",\n \"checksum\"");
  REQUIRE(checksum != std::string::npos);
  manifest = manifest.substr(0, checksum) + "\n}\n";
  fixture.write("manifest.json", manifest);
  CHECK(finds(checked(fixture), "manifest.json", "unit 0: it lists 17 rollouts, there are 16"));
}

TEST_CASE("check: rulings of the manifest that are not those of its trees are found") {
  RunFixture fixture;
  search::StoredTree judged = fixture.tree(0, "a");
  judged.rulings.push_back({.answer = "a bus",
                            .verdict = domain::Verdict::kRight,
                            .reply = "right",
                            .bill = {.usage = {}, .model = "j"}});
  fixture.add_unit({judged, fixture.tree(1, "b")});
  CHECK(checked(fixture).sound());
  std::string manifest = fixture.read("manifest.json");
  const std::string_view listed = "\"rules_untold_judge_right\": 1";
  const std::size_t at = manifest.find(listed);
  REQUIRE(at != std::string::npos);
  manifest[at + listed.size() - 1] = '2';
  fixture.write("manifest.json", manifest.substr(0, manifest.find(",\n \"checksum\"")) + "\n}\n");
  CHECK(finds(checked(fixture), "manifest.json", "unit 0: it lists 2 rules_untold_judge_right, there are 1"));
}

TEST_CASE("check: a torn tail of the journal and files that nobody lists are notes, not errors") {
  RunFixture fixture;
  fixture.add_unit({fixture.tree(0, "a")});
  fixture.write("trees/unit-000007.jsonl.zst.tmp", "half");
  {
    const auto journal =
        storage::JournalWriter::open(fixture.run().file_system(), fixture.run().journal(), {});
    REQUIRE(journal.has_value());
    REQUIRE((*journal)->append(std::vector<std::string>{journal_record(1)}).has_value());
  }
  fixture.write("journal/000001.jsonl.zst", fixture.read("journal/000001.jsonl.zst") + "torn");
  const Report report = checked(fixture);
  CHECK(report.sound());
  CHECK(finds(report, "journal", "4 bytes", Severity::kNote));
  CHECK(finds(report, "trees/unit-000007.jsonl.zst.tmp", "does not list", Severity::kNote));
}

TEST_CASE("check: an answer in the journal that cannot be read is found") {
  RunFixture fixture;
  fixture.add_unit({fixture.tree(0, "a")});
  const auto journal = storage::JournalWriter::open(fixture.run().file_system(), fixture.run().journal(), {});
  REQUIRE(journal.has_value());
  REQUIRE((*journal)->append(std::vector<std::string>{journal_record(1), "{}"}).has_value());
  CHECK(finds(checked(fixture), "journal", "answer 2"));
}

TEST_CASE("check: a file full of damage does not hide the others, and every error counts") {
  const Report report = with_rows([](std::vector<domain::LabelRow>& rows) {
    std::vector<domain::LabelRow> many;
    for (std::uint64_t i = 0; i < 100; ++i) {
      many.push_back(rows.front());
      many.back().index = i;
      many.back().depth = 9;
    }
    rows = many;
  });
  CHECK(report.errors == 100);
  CHECK(report.findings.size() == 21);
  CHECK(finds(report, kShard, "80 findings more", Severity::kNote));
}

TEST_CASE("check: a run that a process works on is noted") {
  RunFixture fixture;
  fixture.add_unit({fixture.tree(0, "a")});
  const auto lock = fixture.run().acquire_lock();
  REQUIRE(lock.has_value());
  CHECK(finds(checked(fixture), "lock", "is at work", Severity::kNote));
}

TEST_CASE("check: a folder without a manifest is no run") {
  const RunFixture fixture;
  const auto report = check_run(fixture.run());
  REQUIRE_FALSE(report.has_value());
  CHECK(report.error().kind == core::ErrorKind::kInvalidInput);
}

TEST_CASE("check: the kernel that the manifest lists is there, is one, and came with the first unit") {
  RunFixture fixture;
  fixture.add_unit({fixture.tree(0, "a"), fixture.tree(1, "b")});
  auto manifest = **storage::load_manifest(fixture.run().file_system(), fixture.run().manifest());
  const auto save = [&] {
    REQUIRE(storage::save_manifest(fixture.run().file_system(), fixture.run().manifest(), manifest));
  };
  manifest.kernel = *kernels::save(fixture.run(), {});
  CHECK(finds(checked(fixture), "kernel.json", "the manifest does not list it", Severity::kNote));
  save();
  CHECK(checked(fixture).findings.empty());

  const std::string good = fixture.read("kernel.json");
  fixture.damage("kernel.json");
  CHECK(finds(checked(fixture), "kernel.json", "sha256"));
  fixture.remove("kernel.json");
  CHECK(finds(checked(fixture), "kernel.json", "missing"));
  const std::string other = "{\"version\":1}";
  fixture.write("kernel.json", other);
  manifest.kernel->bytes = other.size();
  manifest.kernel->sha256 = core::sha256_hex(other);
  save();
  CHECK(finds(checked(fixture), "kernel.json", "kernel"));

  manifest.kernel = *kernels::save(fixture.run(), {});
  manifest.units.front().complete = false;
  save();
  CHECK(finds(checked(fixture), "manifest.json", "it lists a kernel, but the first unit is not whole"));
}

TEST_CASE("check: rows of posterior modes are sound, also of steps without a rollout of their own") {
  RunFixture fixture;
  const std::vector<search::StoredTree> trees = {fixture.tree(0, "a")};
  labels::Options options;
  options.mode = *labels::find_mode("advantage");
  options.kernel.prior.fill(0);
  options.kernel.prior[3] = 1;  // not the built-in kernel's values
  std::vector<domain::LabelRow> rows = labels::rows(trees[0].problem, trees[0].tree, options, {});
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].index = i;
  fixture.add_unit(trees, rows);
  const Report report = checked(fixture);
  CHECK(report.rows == rows.size());
  CHECK(report.findings.empty());
  CHECK(with_rows([](auto& all) { all[0].value = -1.5; }).errors == 1);
}
