#include "outcome.hpp"
#include "support.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/codec/codec.hpp>
#include <viltree/crawl/replay_tree.hpp>
#include <viltree/kernels/kernels.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/storage/lines.hpp>
#include <viltree/storage/manifest.hpp>

#include <map>
#include <optional>
#include <string>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::crawl;
using namespace viltree::crawl::test;
using core::ExitCode;

namespace {

using Files = std::map<std::string, std::string>;

constexpr std::uint64_t kProblems = 19;

/// Five units of four problems (the last of three), whose trees grow by the posterior.
struct AdaptiveSession : Session {
  explicit AdaptiveSession(const std::filesystem::path& folder, std::uint64_t order = 1)
      : Session(folder, order) {
    options.search.strategy = "adaptive";
    options.search.constants = *search::complete_constants(
        **search::find_strategy("adaptive"),
        {{"solutions", 4}, {"batch", 2}, {"parallel", 2}, {"tokens", 100}, {"half_width", 0.05}});
    options.labels.mode = &labels::posterior();
    options.labels.max_width = 0.6;
    source.size = kProblems;
  }
};

Files adaptive_run(bool fit_kernel) {
  const TemporaryFolder folder;
  AdaptiveSession session(folder.path());
  session.options.search.fit_kernel = fit_kernel;
  CHECK(session.go().state == archive::State::kFinished);
  return delivered(folder.path());
}

const Files& undisturbed_adaptive() {
  static const Files kFiles = adaptive_run(true);
  return kFiles;
}

std::uint64_t index_of(const std::string& problem) {
  return std::stoull(problem.substr(1));
}

/// Whether a problem of unit 2 or later was asked.
bool asked_beyond_pilot(const Session& session) {
  const std::uint64_t end = kernels::kFirstFittedUnit * session.options.unit_size;
  for (const FakePolicy::Asked& asked : session.policy.asked) {
    if (index_of(asked.problem) >= end) return true;
  }
  return false;
}

/// The rows of all committed trees, made again.
std::string rows_again(const Session& session, const search::Kernel& kernel) {
  labels::Options options = session.options.labels;
  options.kernel = kernel;
  std::string lines;
  std::uint64_t index = 0;
  for (const storage::UnitEntry& unit : manifest_of(session).units) {
    const auto reader =
        *storage::LineFileReader::open(session.run.file_system(), session.run.path(unit.tree_archive.path));
    REQUIRE(reader.for_each_line([&](std::uint64_t, std::string_view line) -> core::Status {
      const search::StoredTree stored = *codec::decode_tree(line);
      for (auto& row : labels::rows(stored.problem, stored.tree, options, session.options.facts)) {
        row.index = index++;
        lines += codec::encode_row(row) + "\n";
      }
      return {};
    }));
  }
  return lines;
}

/// The stored tree of a problem.
std::string tree_line(const Session& session, std::uint64_t problem) {
  std::string found;
  const storage::Manifest manifest = manifest_of(session);
  const storage::UnitEntry& unit = *manifest.find(problem / session.options.unit_size);
  const auto reader =
      *storage::LineFileReader::open(session.run.file_system(), session.run.path(unit.tree_archive.path));
  REQUIRE(reader.for_each_line([&](std::uint64_t index, std::string_view line) -> core::Status {
    if (unit.first_problem + index == problem) found = line;
    return {};
  }));
  return found;
}

std::string shard_text(const Session& session) {
  std::string text;
  for (const storage::UnitEntry& unit : manifest_of(session).units) {
    const auto reader =
        *storage::LineFileReader::open(session.run.file_system(), session.run.path(unit.shard.path));
    for (std::size_t i = 0; i < reader.frame_count(); ++i) text += *reader.read_frame(i);
  }
  return text;
}

}  // namespace

TEST_CASE("kernel: fitted on the first unit, listed by the manifest, and the rows of all units rest on it") {
  const TemporaryFolder folder;
  AdaptiveSession session(folder.path());
  CHECK(session.go().state == archive::State::kFinished);
  const storage::Manifest manifest = manifest_of(session);
  REQUIRE(manifest.units.size() == 5);
  REQUIRE(manifest.kernel.has_value());
  const search::FittedKernel fitted = *kernels::of_run(session.run);
  CHECK(fitted.trees == 4);
  CHECK(fitted.log_likelihood_after > fitted.log_likelihood_before);
  CHECK(shard_text(session) == rows_again(session, fitted.kernel));
  CHECK(shard_text(session) != rows_again(session, search::built_in_kernel()));
}

TEST_CASE("kernel: built-in kernel on request, for trees and rows; the first two units' trees are the same") {
  const Files built_in = adaptive_run(false);
  CHECK_FALSE(built_in.contains("kernel.json"));
  std::size_t other_trees = 0;
  for (const auto& [name, bytes] : undisturbed_adaptive()) {
    if (!name.starts_with("unit-")) continue;
    const bool grown_alike = name <= storage::RunDirectory::tree_archive_name(1).substr(6);
    if (grown_alike) CHECK(bytes == built_in.at(name));
    other_trees += bytes == built_in.at(name) ? 0 : 1;
  }
  CHECK(other_trees > 0);
  CHECK(undisturbed_adaptive().at("train-000000.jsonl.zst") != built_in.at("train-000000.jsonl.zst"));
}

TEST_CASE("kernel: order of answers, workers and open trees do not change a byte") {
  for (std::uint64_t order = 2; order < 6; ++order) {
    CAPTURE(order);
    const TemporaryFolder folder;
    AdaptiveSession session(folder.path(), order);
    session.background = &core::threads();
    session.options.workers = static_cast<std::uint32_t>(order - 1);
    session.options.open_trees = static_cast<std::uint32_t>(order * 6 - 11);
    CHECK(session.go().state == archive::State::kFinished);
    CHECK(delivered(folder.path()) == undisturbed_adaptive());
  }
}

TEST_CASE("kernel: interrupted at any moment and resumed, again and again, it delivers the same") {
  for (const std::uint64_t step : {20U, 40U, 80U, 120U}) {
    CAPTURE(step);
    const TemporaryFolder folder;
    std::uint64_t sessions = 0;
    for (archive::State state = archive::State::kInterrupted; state != archive::State::kFinished;
         ++sessions) {
      REQUIRE(sessions < 60);
      AdaptiveSession session(folder.path(), 1 + sessions);
      session.options.workers = 1 + sessions % 3;
      session.clock.on_tick = [&](std::uint64_t now) {
        session.stop = session.stop || now == step + sessions;
      };
      state = session.go().state;
    }
    CHECK(sessions > 1);
    CHECK(delivered(folder.path()) == undisturbed_adaptive());
  }
}

TEST_CASE("kernel: no tree of the third unit is begun before the first is committed, however long it takes") {
  const TemporaryFolder folder;
  AdaptiveSession session(folder.path());
  session.options.open_trees = 200;
  bool released = false;
  session.policy.later = [&](const std::string& problem) { return problem == "p2" && !released; };
  session.clock.on_tick = [&](std::uint64_t now) {
    if (now < 600) {
      CHECK_FALSE(asked_beyond_pilot(session));
    } else {
      released = true;
    }
  };
  CHECK(session.go().state == archive::State::kFinished);
  CHECK(released);
  CHECK(asked_beyond_pilot(session));
  CHECK(delivered(folder.path()) == undisturbed_adaptive());
}

TEST_CASE(
    "kernel: with the built-in kernel, or a strategy that needs none, nothing waits for the first unit") {
  for (const bool adaptive : {true, false}) {
    CAPTURE(adaptive);
    const TemporaryFolder folder;
    AdaptiveSession session(folder.path());
    session.options.open_trees = 200;
    if (adaptive) {
      session.options.search.fit_kernel = false;
    } else {
      session.options.search.strategy = "math-shepherd";
      session.options.search.constants = {{"solutions", 3}, {"rollouts", 4}};
    }
    session.policy.later = [&](const std::string& problem) {
      return problem == "p2" && !asked_beyond_pilot(session);
    };
    CHECK(session.go().state == archive::State::kFinished);
    CHECK(manifest_of(session).kernel.has_value() == !adaptive);
  }
}

TEST_CASE("kernel: a run that ends within the first unit has none, and a later session fits the same") {
  const TemporaryFolder folder;
  AdaptiveSession part(folder.path());
  part.options.budget.problems = 3;
  CHECK(part.go().state == archive::State::kBudget);
  CHECK_FALSE(manifest_of(part).kernel.has_value());
  CHECK_FALSE(std::filesystem::exists(part.run.kernel()));
  CHECK(shard_text(part) == rows_again(part, search::built_in_kernel()));
  AdaptiveSession more(folder.path(), 2);
  more.options.budget.problems = 10;
  CHECK(more.go().state == archive::State::kBudget);
  CHECK(manifest_of(more).kernel.has_value());
  CHECK(shard_text(more) == rows_again(more, kernels::of_run(more.run)->kernel));
  AdaptiveSession rest(folder.path(), 3);
  CHECK(rest.go().state == archive::State::kFinished);
  CHECK(delivered(folder.path()) == undisturbed_adaptive());
}

TEST_CASE("kernel: a budget of tokens may end a run anywhere, also where only the kernel is missing") {
  for (const std::uint64_t budget : {60U, 300U, 500U, 700U, 800U, 900U, 1100U, 1500U}) {
    CAPTURE(budget);
    const TemporaryFolder folder;
    AdaptiveSession part(folder.path());
    part.options.search.max_tokens = 12;
    part.options.open_trees = 200;
    part.options.budget.tokens = budget;
    CHECK(part.go().state == archive::State::kBudget);
    CHECK(part.policy.generated <= budget);
    AdaptiveSession rest(folder.path(), 2);
    rest.options.search.max_tokens = 12;
    CHECK(rest.go().state == archive::State::kFinished);
    const TemporaryFolder other;
    AdaptiveSession whole(other.path(), 3);
    whole.options.search.max_tokens = 12;
    (void)whole.go();
    CHECK(delivered(folder.path()) == delivered(other.path()));
  }
}

TEST_CASE("kernel: where the listed file is damaged or gone, the run does not go on, and says why") {
  const TemporaryFolder folder;
  AdaptiveSession first(folder.path());
  first.options.budget.problems = 9;
  (void)first.go();
  const std::string good = *storage::read_file(first.run.file_system(), first.run.kernel(), 1U << 20U);
  REQUIRE(storage::write_atomically(first.run.file_system(), first.run.kernel(), kernels::to_json({})));
  AdaptiveSession damaged(folder.path());
  CHECK(exit_of(damaged) == ExitCode::kStorage);
  CHECK(damaged.notes.said("kernel.json"));
  std::filesystem::remove(first.run.kernel());
  AdaptiveSession gone(folder.path());
  CHECK(exit_of(gone) == ExitCode::kStorage);
  CHECK(gone.notes.said("missing, though the manifest lists it"));
  REQUIRE(storage::write_atomically(first.run.file_system(), first.run.kernel(), good));
  AdaptiveSession again(folder.path());
  CHECK(again.go().state == archive::State::kFinished);
  CHECK(delivered(folder.path()) == undisturbed_adaptive());
}

TEST_CASE("kernel: a file that no manifest lists is written again") {
  const TemporaryFolder folder;
  AdaptiveSession session(folder.path());
  REQUIRE(session.run.create());
  REQUIRE(storage::write_atomically(session.run.file_system(), session.run.kernel(), "no kernel"));
  CHECK(session.go().state == archive::State::kFinished);
  CHECK(delivered(folder.path()) == undisturbed_adaptive());
}

TEST_CASE("kernel: a first unit without a tree leaves the built-in one, and says so") {
  const TemporaryFolder folder;
  AdaptiveSession session(folder.path());
  session.source.bad = {0, 1, 2, 3};
  CHECK(session.go().state == archive::State::kFinished);
  CHECK(session.notes.said("keeps the built-in kernel"));
  CHECK(manifest_of(session).kernel.has_value());
  CHECK(kernels::of_run(session.run)->built_in());
  CHECK(shard_text(session) == rows_again(session, search::built_in_kernel()));
}

TEST_CASE("kernel: a tree that still grows is replayed with the kernel that it grew with") {
  const TemporaryFolder folder;
  AdaptiveSession session(folder.path());
  session.options.open_trees = 200;
  session.policy.later = [](const std::string& problem) { return problem == "p9"; };
  session.clock.on_tick = [&](std::uint64_t now) { session.stop = session.stop || now == 2000; };
  session.policy.state = [&] {
    // The one that is held back never comes.
    return session.stop ? policy::Health{policy::Outage{std::chrono::seconds(1), "gone"}, {}}
                        : policy::Health{};
  };
  CHECK(session.go().state == archive::State::kInterrupted);
  REQUIRE(manifest_of(session).kernel.has_value());
  ListSource source;
  REQUIRE(source.skip_to({11}).has_value());
  const auto item = *source.next();
  const auto& problem = std::get<domain::Problem>(item->content);
  const auto replayed = replay_tree(session.options.search, session.options.unit_size, session.run, problem);
  REQUIRE(replayed.has_value());
  REQUIRE(replayed->has_value());
  const TemporaryFolder other;
  AdaptiveSession whole(other.path());
  (void)whole.go();
  CHECK(codec::encode_tree(**replayed) == tree_line(whole, 11));
}
