#include "codec/random_tree.hpp"
#include "run_fixture.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/core/text.hpp>
#include <viltree/search/stored_tree.hpp>

#include <fstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <oneapi/tbb/global_control.h>

using namespace viltree;
using test::make_tree;
using test::options_for;
using test::read_file;
using test::RunFixture;
using test::stored;

namespace {

void check_error(const core::Result<exports::ExportSummary>& result, core::ErrorKind kind,
                 std::string_view says) {
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().kind == kind);
  CHECK_MESSAGE(result.error().message.find(says) != std::string::npos, result.error().message);
}

void overwrite(const storage::Path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::size_t count_files(const storage::Path& path) {
  return std::filesystem::exists(path) ? test::read_folder(path).size() : 0;
}

/// 120 trees of any text, in units of many small frames.
void add_random_units(RunFixture& fixture, std::uint64_t seed) {
  core::Random random(seed);
  for (int n = 1; n <= 3; ++n) fixture.add_image(std::to_string(n));
  for (int unit = 0; unit < 4; ++unit) {
    std::vector<search::StoredTree> trees;
    for (int i = 0; i < 30; ++i) trees.push_back(codec::test::random_stored_tree(random, 25));
    fixture.add_unit(trees, 8192);
  }
}

}  // namespace

TEST_CASE("export: the same bytes with one thread and with four") {
  const std::uint64_t seed = 42;
  CAPTURE(seed);
  // More threads than cores, so that frames do overtake each other.
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  RunFixture fixture;
  add_random_units(fixture, seed);
  for (const exports::FormatInfo& format : exports::formats()) {
    CAPTURE(format.name);
    exports::ExportOptions options = options_for(std::string(format.name));
    options.threads = 1;
    const std::string one = std::string(format.name) + "-1";
    const std::string four = std::string(format.name) + "-4";
    const exports::ExportSummary summary = fixture.run_export(options, one);
    CHECK(summary.problems == 120);
    CHECK(summary.rows > (format.name == "pairwise" ? 0 : 40));  // few steps of these trees are sure
    options.threads = 4;
    fixture.run_export(options, four);
    CHECK(test::read_folder(fixture.out(one)) == test::read_folder(fixture.out(four)));
  }
}

TEST_CASE("export: every format gives UTF-8 JSON, labels as many as steps, and texts that are the solution") {
  const std::uint64_t seed = 43;
  CAPTURE(seed);
  RunFixture fixture;
  add_random_units(fixture, seed);
  for (const exports::FormatInfo& format : exports::formats()) {
    const std::string name(format.name);
    fixture.run_export(options_for(name), name);
    for (const auto& file : test::read_folder(fixture.out(name))) {
      if (!file.first.ends_with(".zip")) CHECK_MESSAGE(core::is_utf8(file.second), file.first);
    }
  }
  for (const std::string& line : test::read_lines(fixture.out("trl") / "data.jsonl")) {
    const auto row = nlohmann::json::parse(line);
    REQUIRE(row["completions"].size() == row["labels"].size());
    REQUIRE_FALSE(row["completions"].empty());
  }
  for (const auto& row : nlohmann::json::parse(read_file(fixture.out("vilreward") / "data.json"))) {
    REQUIRE(row.size() == 5);
    REQUIRE(row["value"].is_number_float());
  }
  const auto images = test::read_zip(fixture.out("visualprm") / "images.zip");
  CHECK(images.size() == 3);
  for (const std::string& line : test::read_lines(fixture.out("visualprm") / "data.jsonl")) {
    const auto row = nlohmann::json::parse(line);
    if (row["image"].is_string() && row["image"] != "")
      REQUIRE(images.count(row["image"].get<std::string>()) == 1);
  }
}

TEST_CASE("export: the card tells policy, settings, numbers, labels, files and how to read them") {
  RunFixture fixture;
  search::StoredTree budget = stored("q", make_tree());
  budget.stopped_by_budget = true;
  fixture.add_unit({stored("p", make_tree()), budget});
  exports::ExportOptions options = options_for("vilreward");
  const exports::ExportSummary summary = fixture.run_export(options);
  const std::string card = read_file(fixture.out() / "README.md");
  for (const std::string_view part : {
           "- config_name: default\n  data_files: data.json\n",
           "| policy | `model x` (12 rollouts) |",
           "| strategy | `uct` (2 trees) |",
           "| configuration | `c0ffee` |",
           "| trees read | 2 |",
           "| of these, stopped by their budget | 1 |",
           "| rows | 6 |",
           "| label mode | `soft` |",
           "| mean | 0.5000 |",
           "| share of 0 | 0.3333 |",
           "| [0.5, 0.6) | 2 |",
           "| [0.9, 1] | 2 |",
           "images.zip",
       }) {
    CHECK_MESSAGE(card.find(part) != std::string::npos, part);
  }
  std::uint64_t bytes = card.size();
  for (const exports::ExportedFile& file : summary.files) {
    const std::string content = read_file(fixture.out() / file.name);
    CHECK(file.sha256 == core::sha256_hex(content));
    CHECK(card.find(file.sha256) != std::string::npos);
    bytes += content.size();
  }
  CHECK(summary.bytes == bytes);
  CHECK(card.find("| kernel of the posterior values | built-in |") != std::string::npos);
}

TEST_CASE("export: posterior labels rest on the kernel that is asked for, and the card says on which") {
  RunFixture fixture;
  fixture.add_unit({stored("p", make_tree())});
  exports::ExportOptions options = options_for("vilreward");
  options.labels.mode = &labels::posterior();
  (void)fixture.run_export(options);
  const std::string built_in = read_file(fixture.out() / "data.json");
  std::filesystem::remove_all(fixture.out());
  options.labels.kernel.prior.fill(0);
  options.labels.kernel.prior.back() = 1;  // whatever was seen, every question is solved for sure
  options.kernel_trees = 1234;
  (void)fixture.run_export(options);
  CHECK(read_file(fixture.out() / "data.json") != built_in);
  const std::string card = read_file(fixture.out() / "README.md");
  CHECK(card.find("| kernel of the posterior values | fitted on 1,234 trees |") != std::string::npos);
}

TEST_CASE("export: only what the manifest lists is read") {
  RunFixture fixture;
  fixture.add_unit({stored("p", make_tree())});
  fixture.add_unit({stored("q", make_tree())});
  fixture.manifest().units.pop_back();
  fixture.save_manifest();
  CHECK(fixture.run_export(options_for("trl")).problems == 1);
}

TEST_CASE("export: an unknown format lists the known ones, and nothing is made") {
  RunFixture fixture;
  fixture.add_unit({stored("p", make_tree())});
  std::string names;
  for (const exports::FormatInfo& format : exports::formats())
    names += (names.empty() ? "" : ", ") + std::string(format.name);
  check_error(fixture.try_export(options_for("hf")), core::ErrorKind::kInvalidInput,
              "there is no export format \"hf\"; there are " + names);
  CHECK_FALSE(std::filesystem::exists(fixture.out()));
}

TEST_CASE("export: an output directory that is not empty is refused and left alone") {
  RunFixture fixture;
  fixture.add_unit({stored("p", make_tree())});
  std::filesystem::create_directories(fixture.out());
  fixture.run_export(options_for("trl"));
  check_error(fixture.try_export(options_for("trl")), core::ErrorKind::kInvalidInput, "is not empty");
  CHECK(count_files(fixture.out()) == 2);
}

TEST_CASE("export: a run without a finished unit, or a threshold that is none, is refused") {
  RunFixture fixture;
  check_error(fixture.try_export(options_for("trl")), core::ErrorKind::kInvalidInput, "finished nothing yet");
  fixture.add_unit({stored("p", make_tree())});
  exports::ExportOptions options = options_for("trl");
  options.labels.threshold = 1.5;
  check_error(fixture.try_export(options), core::ErrorKind::kInvalidInput, "from 0 to 1");
}

TEST_CASE("export: a damaged or missing archive is corruption, and no file is left") {
  RunFixture fixture;
  const domain::Image image = fixture.add_image("bytes");
  fixture.add_unit({stored("p", make_tree(), {image})});
  fixture.add_unit({stored("q", make_tree())});
  const storage::Path archive = fixture.run() / storage::RunDirectory::tree_archive_name(1);
  std::string bytes = read_file(archive);
  for (const exports::FormatInfo& format : exports::formats()) {
    const exports::ExportOptions options = options_for(std::string(format.name));
    std::string damaged = bytes;
    damaged[damaged.size() / 3] = static_cast<char>(damaged[damaged.size() / 3] ^ 0x10);
    overwrite(archive, damaged);
    check_error(fixture.try_export(options), core::ErrorKind::kCorruption, "unit-000001");
    CHECK(count_files(fixture.out()) == 0);
    overwrite(archive, bytes.substr(0, bytes.size() / 2));
    check_error(fixture.try_export(options), core::ErrorKind::kCorruption, "unit-000001");
    CHECK(count_files(fixture.out()) == 0);
    overwrite(archive, bytes);
  }
}

TEST_CASE("export: an archive with another number of trees than the manifest says is corruption") {
  RunFixture fixture;
  fixture.add_unit({stored("p", make_tree())});
  fixture.manifest().units[0].tree_archive.lines = 2;
  fixture.save_manifest();
  check_error(fixture.try_export(options_for("trl")), core::ErrorKind::kCorruption,
              "unit-000000.jsonl.zst has 1 trees, but the manifest says 2");
}

TEST_CASE("export: an image that is damaged, missing or outside the run is corruption") {
  RunFixture fixture;
  const domain::Image image = fixture.add_image("bytes");
  fixture.add_unit({stored("p", make_tree(), {image})});
  overwrite(fixture.run() / image.path, "bytez");
  check_error(fixture.try_export(options_for("vilreward")), core::ErrorKind::kCorruption, "is damaged");
  CHECK(count_files(fixture.out()) == 0);
  std::filesystem::remove(fixture.run() / image.path);
  CHECK_FALSE(fixture.try_export(options_for("vilreward")).has_value());
  CHECK(count_files(fixture.out()) == 0);
  domain::Image outside = image;
  outside.path = "images/../../secret.png";
  fixture.add_unit({stored("q", make_tree(), {outside})});
  overwrite(fixture.run() / image.path, "bytes");
  check_error(fixture.try_export(options_for("vilreward")), core::ErrorKind::kCorruption,
              "not below the run directory");
  CHECK(fixture.try_export(options_for("trl")).has_value());
}
