#include "crawl/outcome.hpp"
#include "crawl/support.hpp"
#include "faults/memory_file_system.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/codec/codec.hpp>
#include <viltree/fsck/fsck.hpp>
#include <viltree/repair/repair.hpp>
#include <viltree/storage/lines.hpp>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::crawl::test;

namespace {

using Files = std::map<std::string, std::string>;  // by name below the run directory
using Delivered = std::map<std::string, std::string>;

const repair::Facts kFacts{"test", "0123456789abcdef", 4};

Files read_all(const std::filesystem::path& folder) {
  Files files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    files[std::filesystem::relative(entry.path(), folder).string()] =
        *storage::read_file(storage::real_file_system(), entry.path(), 1U << 30U);
  }
  return files;
}

void write_all(storage::FileSystem& fs, const storage::Path& folder, const Files& files) {
  for (const auto& [name, bytes] : files) {
    REQUIRE(storage::make_durable_directories(fs, (folder / name).parent_path()));
    REQUIRE(storage::write_atomically(fs, folder / name, bytes));
  }
}

/// Like the fakes' crawl everywhere in these tests, in several sessions, so that the journal has segments.
void configure(Session& session, const std::string& strategy, bool keep_journal) {
  session.options.search.strategy = strategy;
  if (strategy == "adaptive") session.options.search.constants = {};
  session.options.keep_journal = keep_journal;
  session.source.bad = {5};
}

/// A finished run, and what it delivers.
struct Run {
  Files files;
  Delivered delivered;
  std::string last_segment = {};  ///< of the journal: damage of its last frame is a torn tail
  storage::Manifest manifest = {};
};

Run make_run(bool keep_journal) {
  const TemporaryFolder folder;
  for (const std::uint64_t problems : {5, 9, 0}) {
    Session session(folder.path());
    configure(session, "math-shepherd", keep_journal);
    session.options.budget.problems = problems;
    (void)session.go();
  }
  Files files = read_all(folder.path());
  files["run.yaml"] = "seen by nobody here";
  Run run{std::move(files), delivered(folder.path())};
  for (const auto& [name, bytes] : run.files) {
    if (name.starts_with("journal/")) run.last_segment = name;
  }
  run.manifest = **storage::load_manifest(storage::real_file_system(), folder.path() / "manifest.json");
  return run;
}

const Run& run_with_journal() {
  static const Run kRun = make_run(true);
  return kRun;
}

const Run& run_without_journal() {
  static const Run kRun = make_run(false);
  return kRun;
}

void flip(std::string& bytes) {
  bytes[bytes.size() / 3] = static_cast<char>(bytes[bytes.size() / 3] ^ 4);
}

/// As an older program writes it, so that damage of it is seen by what it says alone.
void drop_checksum(std::string& manifest) {
  const std::size_t at = manifest.find(",\n \"checksum\"");
  REQUIRE(at != std::string::npos);
  manifest = manifest.substr(0, at) + "\n}\n";
}

std::function<void(Files&)> flipped(const std::string& name) {
  return [name](Files& files) { flip(files.at(name)); };
}

std::function<void(Files&)> gone(const std::string& name) {
  return [name](Files& files) { REQUIRE(files.erase(name) == 1); };
}

struct Case {
  std::string name;
  std::function<void(Files&)> damage;
};

/// None of these loses an answer that is needed.
std::vector<Case> harmless_cases() {
  const std::string shard = "shards/train-000001.jsonl.zst";
  const std::string trees = "trees/unit-000002.jsonl.zst";
  return {
      {"a shard", flipped(shard)},
      {"a shard that is gone", gone(shard)},
      {"a tree archive", flipped(trees)},
      {"a tree archive that was cut", [=](Files& files) { files[trees].resize(50); }},
      {"the first and the last unit",
       [](Files& files) {
         flip(files["trees/unit-000000.jsonl.zst"]);
         flip(files["shards/train-000003.jsonl.zst"]);
       }},
      {"the kernel", flipped("kernel.json")},
      {"the kernel and the first unit",
       [](Files& files) {
         flip(files["kernel.json"]);
         flip(files["trees/unit-000000.jsonl.zst"]);
       }},
      {"a manifest that is none", [](Files& files) { files["manifest.json"].resize(100); }},
      {"a manifest that is gone", gone("manifest.json")},
      {"a manifest with a flipped bit", flipped("manifest.json")},
      {"a manifest with another number",
       [](Files& files) {
         std::string& text = files["manifest.json"];
         drop_checksum(text);
         const std::size_t at = text.find("\"rows\": ");
         REQUIRE(at != std::string::npos);
         text[at + 8] = text[at + 8] == '1' ? '2' : '1';
       }},
      {"a manifest with another hash",
       [](Files& files) {
         std::string& text = files["manifest.json"];
         drop_checksum(text);
         const std::size_t at = text.find("\"sha256\": \"", text.find("tree_archive"));
         REQUIRE(at != std::string::npos);
         text[at + 20] = text[at + 20] == '0' ? '1' : '0';
       }},
      {"a segment of the journal", flipped("journal/000002.jsonl.zst")},
      {"a segment that is gone", gone("journal/000002.jsonl.zst")},
  };
}

/// Plans and repairs, and holds it to its word; the run is sound afterwards.
repair::Plan repaired(const storage::RunDirectory& run) {
  auto plan = repair::plan_repair(run, kFacts);
  REQUIRE_MESSAGE(plan, (plan ? "" : plan.error().message));
  const core::Status done = repair::apply(run, *plan);
  REQUIRE_MESSAGE(done, (done ? "" : done.error().message));
  const auto report = fsck::check_run(run);
  REQUIRE_MESSAGE(report, (report ? "" : report.error().message));
  CHECK_MESSAGE(report->sound(), fsck::render_report(*report));
  return *std::move(plan);
}

/// What the next session asks and delivers.
struct Ending {
  std::size_t asked = 0;
  std::set<std::string> problems;
  Delivered delivered;
};

Ending go_on(const std::filesystem::path& folder, bool keep_journal = true) {
  Session session(folder, 3);
  configure(session, "math-shepherd", keep_journal);
  CHECK(session.go().state == archive::State::kFinished);
  const auto report = fsck::check_run(session.run);
  REQUIRE(report);
  CHECK_MESSAGE(report->sound(), fsck::render_report(*report));
  Ending ending{session.policy.asked.size(), {}, delivered(folder)};
  for (const FakePolicy::Asked& asked : session.policy.asked) ending.problems.insert(asked.problem);
  return ending;
}

bool says(const repair::Plan& plan, std::string_view part) {
  return std::any_of(plan.lines.begin(), plan.lines.end(),
                     [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("repair: a sound run is left alone") {
  const TemporaryFolder folder;
  write_all(storage::real_file_system(), folder.path(), run_with_journal().files);
  const storage::RunDirectory run(storage::real_file_system(), folder.path());
  const repair::Plan plan = repaired(run);
  CHECK(run.damaged() == folder.path() / "damaged");
  CHECK(plan.empty());
  CHECK(plan.lines.empty());
  CHECK(read_all(folder.path()) == run_with_journal().files);
}

TEST_CASE("repair: planning changes nothing") {
  for (const Case& one : harmless_cases()) {
    CAPTURE(one.name);
    Files files = run_with_journal().files;
    one.damage(files);
    const TemporaryFolder folder;
    write_all(storage::real_file_system(), folder.path(), files);
    const auto plan =
        repair::plan_repair(storage::RunDirectory(storage::real_file_system(), folder.path()), kFacts);
    REQUIRE(plan);
    CHECK(!plan->empty());
    CHECK(!plan->lines.empty());
    CHECK(read_all(folder.path()) == files);
  }
}

TEST_CASE("repair: what the journal has is delivered again, to the same bytes, and nothing is asked") {
  for (const Case& one : harmless_cases()) {
    CAPTURE(one.name);
    Files files = run_with_journal().files;
    one.damage(files);
    const TemporaryFolder folder;
    write_all(storage::real_file_system(), folder.path(), files);
    const repair::Plan plan = repaired(storage::RunDirectory(storage::real_file_system(), folder.path()));
    CHECK(plan.asked_again == 0);
    CHECK(plan.beyond_repair.empty());
    const Ending ending = go_on(folder.path());
    CHECK(ending.asked == 0);
    CHECK(ending.delivered == run_with_journal().delivered);
  }
}

TEST_CASE("repair: killed at any call, it is done again, and comes to the same end") {
  const std::set<std::string> chosen = {"a shard", "the kernel and the first unit", "a manifest that is none",
                                        "a segment of the journal"};
  for (const Case& one : harmless_cases()) {
    if (!chosen.contains(one.name)) continue;
    CAPTURE(one.name);
    Files files = run_with_journal().files;
    one.damage(files);
    bool killed = true;
    std::set<Files> ends;
    std::optional<repair::Plan> plan;
    for (std::uint64_t call = 1; killed; ++call) {
      CAPTURE(call);
      viltree::test::MemoryFileSystem fs;
      write_all(fs, "run", files);
      const storage::RunDirectory run(fs, "run");
      if (!plan) plan = *repair::plan_repair(run, kFacts);
      fs.die_at(fs.calls() + call, call % 2 == 0);
      killed = !repair::apply(run, *plan);
      if (killed && call % 3 == 0) {
        fs.lose_power(viltree::test::PowerLoss::kTorn);
      } else {
        fs.restart();
      }
      const auto again = repair::plan_repair(run, kFacts);
      REQUIRE(again);
      REQUIRE(repair::apply(run, *again));
      CHECK(again->asked_again == 0);
      Files after;
      for (const std::string& name : fs.files()) {
        if (!name.starts_with("run/damaged/")) after[name.substr(4)] = fs.bytes(name);
      }
      if (!ends.insert(after).second) continue;  // the session behind it would be the same
      const TemporaryFolder folder;
      write_all(storage::real_file_system(), folder.path(), after);
      CHECK(fsck::check_run(storage::RunDirectory(storage::real_file_system(), folder.path()))->sound());
      const Ending ending = go_on(folder.path());
      CHECK(ending.asked == 0);
      CHECK(ending.delivered == run_with_journal().delivered);
    }
  }
}

TEST_CASE("repair: nothing is deleted") {
  for (const Case& one : harmless_cases()) {
    CAPTURE(one.name);
    Files files = run_with_journal().files;
    one.damage(files);
    const TemporaryFolder folder;
    write_all(storage::real_file_system(), folder.path(), files);
    (void)repaired(storage::RunDirectory(storage::real_file_system(), folder.path()));
    std::set<std::string> contents;
    for (const auto& [name, bytes] : read_all(folder.path())) contents.insert(bytes);
    for (const auto& [name, bytes] : files) {
      CAPTURE(name);
      CHECK(contents.contains(bytes));
    }
  }
}

TEST_CASE("repair: without a journal the unit alone is asked again, and the price is told before") {
  Files files = run_without_journal().files;
  flip(files["trees/unit-000001.jsonl.zst"]);
  const TemporaryFolder folder;
  write_all(storage::real_file_system(), folder.path(), files);
  const repair::Plan plan = repaired(storage::RunDirectory(storage::real_file_system(), folder.path()));
  CHECK(plan.known_answers == 0);
  CHECK(plan.asked_again > 0);
  CHECK(says(plan, "ASKS AGAIN for " + std::to_string(plan.asked_again)));
  const Ending ending = go_on(folder.path(), false);
  CHECK(ending.asked == plan.asked_again);
  CHECK(ending.problems == std::set<std::string>{"p4", "p6", "p7"});
  CHECK(ending.delivered == run_without_journal().delivered);  // the fake answers as it did
}

TEST_CASE("repair: without a journal a lost manifest is made of the files that are whole") {
  Files files = run_without_journal().files;
  files.erase("manifest.json");
  flip(files["shards/train-000002.jsonl.zst"]);
  const TemporaryFolder folder;
  write_all(storage::real_file_system(), folder.path(), files);
  const repair::Plan plan = repaired(storage::RunDirectory(storage::real_file_system(), folder.path()));
  REQUIRE(plan.manifest);
  CHECK(plan.manifest->units.size() == 3);
  CHECK(plan.manifest->kernel);
  CHECK(plan.manifest->total_problems == 14);
  const Ending ending = go_on(folder.path(), false);
  CHECK(ending.problems == std::set<std::string>{"p8"});  // the journal's last segment has the others
  CHECK(ending.delivered == run_without_journal().delivered);
}

TEST_CASE("repair: without a journal a manifest with another hash lists the files again, as they are whole") {
  Files files = run_without_journal().files;
  std::string& text = files["manifest.json"];
  drop_checksum(text);
  const std::size_t at = text.find("\"sha256\": \"", text.find("tree_archive"));
  text[at + 20] = text[at + 20] == '0' ? '1' : '0';
  const TemporaryFolder folder;
  write_all(storage::real_file_system(), folder.path(), files);
  (void)repaired(storage::RunDirectory(storage::real_file_system(), folder.path()));
  const Ending ending = go_on(folder.path(), false);
  CHECK(ending.asked == 0);
  CHECK(ending.delivered == run_without_journal().delivered);
}

TEST_CASE(
    "repair: answers of unfinished trees that rest on lost ones are asked again, and the tree is right") {
  const TemporaryFolder folder;
  {
    Session session(folder.path());
    configure(session, "math-shepherd", true);
    session.clock.on_tick = [&](std::uint64_t tick) { session.stop = tick > 60; };
    REQUIRE(session.go().state == archive::State::kInterrupted);
  }
  const storage::Path segment = folder.path() / "journal" / "000001.jsonl.zst";
  const std::string whole = *storage::read_file(storage::real_file_system(), segment, 1U << 30U);
  std::size_t damages = 0;
  for (std::size_t at = 30; at < whole.size(); at += whole.size() / 6) {
    CAPTURE(at);
    const TemporaryFolder copy;
    std::filesystem::copy(
        folder.path(), copy.path(),
        std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    Files damaged = read_all(copy.path());
    std::string& bytes = damaged.at("journal/000001.jsonl.zst");
    bytes[at] = static_cast<char>(bytes[at] ^ 16);
    write_all(storage::real_file_system(), copy.path(), damaged);
    const repair::Plan plan = repaired(storage::RunDirectory(storage::real_file_system(), copy.path()));
    damages += plan.rewrites_journal ? 1 : 0;
    const Ending ending = go_on(copy.path());
    CHECK(ending.delivered == run_with_journal().delivered);
    const Ending again = go_on(copy.path());
    CHECK(again.asked == 0);
  }
  CHECK(damages > 2);
}

TEST_CASE("repair: rows behind a unit that comes to another number of rows are numbered on") {
  Files files = run_without_journal().files;
  flip(files["trees/unit-000001.jsonl.zst"]);
  const TemporaryFolder folder;
  write_all(storage::real_file_system(), folder.path(), files);
  (void)repaired(storage::RunDirectory(storage::real_file_system(), folder.path()));
  Session session(folder.path(), 3);
  configure(session, "math-shepherd", false);
  session.policy.salt = 77;  // the model is another one by now
  CHECK(session.go().state == archive::State::kFinished);
  const auto report = fsck::check_run(session.run);
  REQUIRE(report);
  CHECK_MESSAGE(report->sound(), fsck::render_report(*report));
  const Delivered now = delivered(folder.path());
  CHECK(now.at("train-000000.jsonl.zst") == run_without_journal().delivered.at("train-000000.jsonl.zst"));
  CHECK(now.at("train-000001.jsonl.zst") != run_without_journal().delivered.at("train-000001.jsonl.zst"));
  CHECK(now.at("train-000002.jsonl.zst") != run_without_journal().delivered.at("train-000002.jsonl.zst"));
  CHECK(now.at("unit-000002.jsonl.zst") == run_without_journal().delivered.at("unit-000002.jsonl.zst"));
}

// By hand: VILTREE_BIT_ROT_RUNS=2000 build/release/tests/repair/test_repair -tc="bit rot*"
TEST_CASE("bit rot: a flipped bit anywhere in a run is found, or changes nothing that counts") {
  const char* given = std::getenv("VILTREE_BIT_ROT_RUNS");
  const std::uint64_t runs = given == nullptr ? 25 : std::strtoull(given, nullptr, 10);
  constexpr std::uint64_t kSeed = 4;
  MESSAGE("seed " << kSeed << ", " << runs << " runs with a flipped bit");
  core::Random random(kSeed);
  const auto below = [&](std::size_t end) {
    return static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(end) - 1));
  };
  std::vector<std::string> names;
  for (const auto& [name, bytes] : run_with_journal().files) {
    const bool counts =
        name.find('/') != std::string::npos || name == "manifest.json" || name == "kernel.json";
    if (counts && !bytes.empty()) names.push_back(name);
  }
  for (std::uint64_t i = 0; i < runs; ++i) {
    Files files = run_with_journal().files;
    const std::string& name = names[below(names.size())];
    const std::size_t at = below(files[name].size());
    files[name][at] = static_cast<char>(files[name][at] ^ (1 << below(8)));
    CAPTURE(name);
    CAPTURE(at);
    viltree::test::MemoryFileSystem fs;
    write_all(fs, "run", files);
    const storage::RunDirectory run(fs, "run");
    const auto report = fsck::check_run(run);
    REQUIRE(report);
    const auto manifest = storage::load_manifest(fs, run.manifest());
    const bool torn = name == run_with_journal().last_segment;
    if (!report->sound()) continue;
    const bool harmless = name == "manifest.json" && manifest && **manifest == run_with_journal().manifest;
    CHECK((harmless || (torn && !report->findings.empty())));
  }
}
