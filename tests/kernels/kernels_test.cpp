#include "search/support.hpp"

#include <viltree/codec/codec.hpp>
#include <viltree/kernels/kernels.hpp>
#include <viltree/search/posterior.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/storage/lines.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <stdlib.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

using namespace viltree;
using core::ErrorKind;
using search::FittedKernel;

namespace {

struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "viltree-test-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path path;
};

search::Tree make_tree(std::uint32_t number) {
  const search::test::RandomPolicy policy(11);
  search::Tree tree;
  for (std::uint32_t i = 0; i < 8; ++i) {
    const std::string word = policy("", 100 * number + i);
    if (word.empty()) continue;
    tree.add_rollout(domain::kRoot, search::test::LetterSplitter::letters(word),
                     search::test::rollout_of(word), {1}, "p");
  }
  return tree;
}

std::vector<search::Tree> make_trees(std::uint32_t count) {
  std::vector<search::Tree> trees;
  for (std::uint32_t i = 0; i < count; ++i) trees.push_back(make_tree(i));
  return trees;
}

FittedKernel fit(const std::vector<search::Tree>& trees, std::size_t most, int threads) {
  std::vector<const search::Tree*> all;
  for (const search::Tree& tree : trees) all.push_back(&tree);
  tbb::task_arena arena(threads);
  return arena.execute([&] { return kernels::fit(all, most, false); });
}

/// A run of units with some trees each, in frames of about `frame_bytes`.
class Run {
 public:
  explicit Run(const std::vector<std::uint32_t>& units, std::size_t frame_bytes = storage::kFrameTextBytes)
      : directory(storage::real_file_system(), folder_.path) {
    REQUIRE(directory.create().has_value());
    std::uint32_t number = 0;
    for (std::size_t unit = 0; unit < units.size(); ++unit) {
      storage::UnitEntry entry;
      entry.unit = unit;
      entry.first_problem = number;
      entry.problems = entry.trees = units[unit];
      entry.complete = true;
      const std::string name = storage::RunDirectory::tree_archive_name(unit);
      auto writer = *storage::LineFileWriter::create(directory.file_system(), directory.path(name),
                                                     {.frame_text_bytes = frame_bytes});
      for (std::uint32_t i = 0; i < units[unit]; ++i) {
        search::StoredTree stored;
        stored.problem.index = {number};
        stored.problem.id = std::to_string(number);
        stored.tree = make_tree(number++);
        REQUIRE(writer->add_line(codec::encode_tree(stored)).has_value());
      }
      const auto summary = *writer->finish();
      entry.tree_archive = {name, summary.bytes, summary.sha256, summary.lines};
      entry.shard = entry.tree_archive;
      manifest.put(entry);
    }
    save();
  }

  void save() { REQUIRE(storage::save_manifest(directory.file_system(), directory.manifest(), manifest)); }
  core::Result<FittedKernel> fit(std::uint64_t trees, int threads = 1) const {
    kernels::ArchiveFit options;
    options.most_trees = trees;
    options.threads = threads;
    return kernels::fit_archives(directory, options);
  }
  void overwrite(const std::string& name, const std::string& text) const {
    std::ofstream(directory.path(name), std::ios::binary) << text;
  }

 private:
  Folder folder_;

 public:
  storage::RunDirectory directory;
  storage::Manifest manifest;
};

}  // namespace

TEST_CASE("kernels: a fit is the same for any number of threads, and more likely than the built-in kernel") {
  const tbb::global_control threads_there(tbb::global_control::max_allowed_parallelism, 5);
  const auto trees = make_trees(40);
  const FittedKernel fitted = fit(trees, 128, 1);
  CHECK(fitted.trees == 40);
  CHECK(fitted.log_likelihood_after > fitted.log_likelihood_before + 0.02);
  CHECK(fitted.kernel != search::built_in_kernel());
  for (const int threads : {2, 3, 4}) CHECK(fit(trees, 128, threads) == fitted);
}

TEST_CASE("kernels: at most so many trees are looked at, spread evenly") {
  const auto trees = make_trees(21);
  std::vector<search::Tree> every_fifth;
  for (std::uint32_t i = 0; i < 21; i += 5) every_fifth.push_back(make_tree(i));
  CHECK(fit(trees, 5, 1) == fit(every_fifth, 0, 2));
  CHECK(fit(trees, 5, 1).trees == 5);
}

TEST_CASE("kernels: trees without an outcome say nothing; without any other the kernel is the built-in one") {
  std::vector<search::Tree> trees(3);
  trees[1].add_rollout(domain::kRoot, search::test::LetterSplitter::letters("ab"),
                       search::test::rollout_of("ab"), {1}, "p");  // cut off by the length limit
  CHECK(fit(trees, 0, 1).built_in());
  CHECK(fit({}, 0, 1).built_in());
  trees.push_back(make_tree(1));
  CHECK(fit(trees, 0, 1).trees == 1);
}

TEST_CASE("kernels: trees of the first two units are grown with the built-in kernel") {
  search::Kernel other;
  CHECK(&kernels::growing_kernel(0, other) == &search::built_in_kernel());
  CHECK(&kernels::growing_kernel(1, other) == &search::built_in_kernel());
  CHECK(&kernels::growing_kernel(2, other) == &other);
}

TEST_CASE("kernels: a run keeps what was saved, and its file is checked against the manifest") {
  Run run({3});
  CHECK(kernels::of_run(run.directory)->built_in());
  const FittedKernel fitted = fit(make_trees(10), 0, 1);
  run.manifest.kernel = *kernels::save(run.directory, fitted);
  CHECK(kernels::of_run(run.directory)->built_in());  // not listed yet
  run.save();
  CHECK(*kernels::of_run(run.directory) == fitted);
  CHECK(*kernels::load(run.directory.file_system(), run.directory.kernel()) == fitted);

  run.overwrite("kernel.json", kernels::to_json({}));
  auto damaged = kernels::of_run(run.directory);
  REQUIRE_FALSE(damaged.has_value());
  CHECK(damaged.error().kind == ErrorKind::kCorruption);
  CHECK(damaged.error().message.find("kernel.json") != std::string::npos);
  std::filesystem::remove(run.directory.kernel());
  damaged = kernels::of_run(run.directory);
  REQUIRE_FALSE(damaged.has_value());
  CHECK(damaged.error().message.find("missing") != std::string::npos);
}

TEST_CASE("kernels: a file that is none is refused with its name") {
  const Run run({1});
  run.overwrite("mine.json", "{\"version\":1}");
  const auto loaded = kernels::load(run.directory.file_system(), run.directory.path("mine.json"));
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().kind == ErrorKind::kCorruption);
  CHECK(loaded.error().message.find("mine.json") != std::string::npos);
  CHECK_FALSE(kernels::load(run.directory.file_system(), run.directory.path("none.json")).has_value());
}

TEST_CASE("kernels: a fit on archives is that on their trees, and the same for any number of threads") {
  const Run run({9, 1, 14}, 4096);
  const FittedKernel all = *run.fit(1000);
  CHECK(all.trees == 24);
  CHECK(all == *run.fit(24, 3));
  const FittedKernel in_memory = fit(make_trees(24), 0, 1);
  CHECK(all.log_likelihood_after == doctest::Approx(in_memory.log_likelihood_after).epsilon(1e-6));
  const auto rows = search::tables(all.kernel);
  const auto others = search::tables(in_memory.kernel);
  for (std::size_t t = 0; t < rows.size(); ++t) {
    for (std::size_t i = 0; i < rows[t].rows.size(); ++i) {
      for (std::size_t j = 0; j < rows[t].rows[i].size(); ++j)
        CHECK(rows[t].rows[i][j] == doctest::Approx(others[t].rows[i][j]).epsilon(1e-4));
    }
  }
  const FittedKernel some = *run.fit(7, 2);
  CHECK(some.trees <= 7);
  CHECK(some.trees >= 5);
  CHECK(some == *run.fit(7, 1));
}

TEST_CASE("kernels: a fit on archives tells its rounds") {
  const Run run({4});
  kernels::ArchiveFit options;
  std::vector<double> likelihoods;
  options.on_round = [&](const FittedKernel& so_far) { likelihoods.push_back(so_far.log_likelihood_after); };
  const FittedKernel fitted = *kernels::fit_archives(run.directory, options);
  CHECK(likelihoods.size() == fitted.rounds);
  CHECK(likelihoods.front() == fitted.log_likelihood_before);
  CHECK(likelihoods.back() == fitted.log_likelihood_after);
}

TEST_CASE("kernels: a fit on nothing, or on damaged archives, is refused") {
  const Run none({});
  CHECK(none.fit(10).error().kind == ErrorKind::kInvalidInput);
  const Run run({5, 5});
  const std::string archive = storage::RunDirectory::tree_archive_name(1);
  std::string bytes =
      *storage::read_file(run.directory.file_system(), run.directory.path(archive), 1U << 20U);
  bytes[bytes.size() / 3] ^= 1;
  run.overwrite(archive, bytes);
  CHECK_FALSE(run.fit(10, 2).has_value());
  std::filesystem::remove(run.directory.path(archive));
  CHECK_FALSE(run.fit(10).has_value());
}
