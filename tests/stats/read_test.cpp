#include "stats/fixture.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/labels/modes.hpp>
#include <viltree/search/posterior.hpp>
#include <viltree/search/stored_tree.hpp>

#include <cmath>
#include <fstream>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::stats;
using namespace viltree::stats::test;
using doctest::Approx;
using domain::Verdict;

namespace {

Statistics read(const Run& run, int threads = 1) {
  return core::value_or_fatal(read_statistics(run.directory(), {{}, threads}), core::ExitCode::kStorage);
}

Statistics read_one(search::Tree tree) {
  Run run;
  run.add_unit({stored(0, std::move(tree))}, 0);
  return read(run);
}

double root_mean(const search::StoredTree& tree) {
  search::Posterior posterior(search::built_in_kernel());
  posterior.look_at(tree.tree, {});
  return posterior.mean(domain::kRoot);
}

}  // namespace

TEST_CASE("stats: trees, and problems without one, are counted") {
  const Coverage coverage = statistics_of_three().coverage;
  CHECK(coverage.problems == 6);
  CHECK(coverage.trees == 3);
  CHECK(coverage.rejected == 1);
  CHECK(coverage.unfinished() == 2);
  CHECK(coverage.trees_with_rows == 2);
  CHECK(coverage.stopped_by_budget == 0);
}

TEST_CASE("stats: every rollout counts once by its verdict, and a refused completion is failed") {
  const Statistics s = statistics_of_three();
  CHECK(s.cost.rollouts == 8);
  CHECK(s.verdicts == Verdicts{4, 2, 1, 1, 0, 2});
  CHECK(s.share_of(Verdict::kRight) == Approx(0.4));
  CHECK(s.share_of(Verdict::kFailed) == Approx(0.2));
}

TEST_CASE("stats: a failed rollout counts once, also where it ended by itself") {
  search::Tree tree;
  grow(tree, 0, {"a"}, Verdict::kFailed);
  grow(tree, 0, {"b"}, Verdict::kRight, "1");
  tree.add_refusal({1}, 3);
  CHECK(read_one(std::move(tree)).verdicts == Verdicts{1, 0, 0, 0, 0, 4});
}

TEST_CASE("stats: trees by what came out, and the values of their roots") {
  const RootValues roots = statistics_of_three().roots;
  CHECK(roots.outcomes.mixed == 1);
  CHECK(roots.outcomes.all_right == 1);
  CHECK(roots.outcomes.all_wrong == 0);
  CHECK(roots.outcomes.undecided == 1);
  const double sum = root_mean(mixed_tree()) + root_mean(right_tree()) + root_mean(unparsed_tree());
  CHECK(roots.means.all.count == 3);
  CHECK(roots.means.all.mean() == Approx(sum / 3));
}

TEST_CASE("stats: soft labels are those of the rows, by depth, too") {
  const Statistics s = statistics_of_three();  // 0 1 0 1 0 of the first tree, 1 of the second
  CHECK(s.rows() == 6);
  CHECK(s.labels.all.value.mean() == Approx(0.5));
  CHECK(s.labels.all.zeros == 3);
  CHECK(s.labels.all.ones == 3);
  CHECK(s.labels.values.cells == std::array<std::uint64_t, 10>{3, 0, 0, 0, 0, 0, 0, 0, 0, 3});
  REQUIRE(s.labels.by_depth.size() == 2);
  CHECK(s.labels.by_depth.at(1).value.count == 2);
  CHECK(s.labels.by_depth.at(1).share_of_zeros() == Approx(0.5));
  CHECK(s.labels.by_depth.at(2).value.count == 4);
  CHECK(s.labels.by_depth.at(2).value.mean() == Approx(0.5));
}

TEST_CASE("stats: other modes, with the cap on rows, label what rows() labels") {
  for (const labels::ModeInfo* mode : labels::modes()) {
    CAPTURE(mode->name);
    labels::Options options;
    options.mode = mode;
    options.rows_per_problem = 3;
    Mean mean;
    for (const search::StoredTree& tree : {mixed_tree(), right_tree(), unparsed_tree()}) {
      for (const auto& row : labels::rows(tree.problem, tree.tree, options, {})) mean.add(*row.value);
    }
    const Statistics s = statistics_of_three(options);
    CHECK(s.mode == options.mode);
    CHECK(s.rows() == mean.count);
    CHECK((mean.count > 0) != mode->needs_judgements);  // of which there are none
    if (mean.count > 0) CHECK(s.labels.all.value.mean() == Approx(*mean.mean()));
    CHECK(s.labels.values.from == mode->least);
    CHECK(s.labels.values.to == mode->most);
    CHECK(render_text(s).find("labels (" + std::string(mode->name) + ")") != std::string::npos);
    CHECK(to_json(s).find("\"mode\":\"" + std::string(mode->name) + "\"") != std::string::npos);
  }
}

TEST_CASE("stats: widths are those of the rows' intervals; a finished solution's is 0") {
  const Statistics s = statistics_of_three();
  Mean mean;
  for (const search::StoredTree& tree : {mixed_tree(), right_tree()}) {
    for (const auto& row : labels::rows(tree.problem, tree.tree, {}, {}))
      mean.add(*row.posterior_hi - *row.posterior_lo);
  }
  CHECK(s.widths.widths.all.count == 6);
  CHECK(s.widths.widths.all.mean() == Approx(*mean.mean()));
  CHECK(s.widths.widths.cells[0] == 5);
  CHECK(s.widths.within_tenth == 5);
  CHECK(s.widths.known == 5);
  CHECK(s.widths.median() == 0);
  CHECK(s.widths.median_of_unknown() == Approx(6 * *mean.mean()).epsilon(0.001));
}

TEST_CASE("stats: an answer that is judged in two ways is told") {
  const Contradictions found = statistics_of_three().contradictions;
  CHECK(found.answers == 3);  // "5" and "6" of the first problem, "7" of the second
  CHECK(found.contradictory_answers == 1);
  CHECK(found.problems_of_those == 1);
}

TEST_CASE("stats: nodes whose own rollouts agree with the posterior are no contradiction") {
  const Contradictions found = statistics_of_three().contradictions;
  CHECK(found.measured_nodes == 3);  // two roots and node 1; the third root has nothing decided
  CHECK(found.excluded_nodes == 0);
}

TEST_CASE("stats: rollouts from a node that contradict those through it are told") {
  search::Tree tree;
  for (int i = 0; i < 40; ++i)
    grow(tree, 0, {"a", "b" + std::string(1, static_cast<char>('0' + i))}, Verdict::kRight, "1");
  for (int i = 0; i < 4; ++i)
    grow(tree, 1, {"c" + std::string(1, static_cast<char>('0' + i))}, Verdict::kWrong, "2");
  const Contradictions found = read_one(std::move(tree)).contradictions;
  // Node 1: 0 of 4 from it, up to 0.49, but 40 of 44 in all. The root: 40 of 40, from 0.91 on, of the same.
  CHECK(found.measured_nodes == 2);
  CHECK(found.excluded_nodes == 2);
}

TEST_CASE("stats: correlations, each with its number of pairs") {
  const Correlations c = statistics_of_three().correlations;
  // Labels 0 1 0 1 0 1, bytes 13 5 5 5 8 5: -5.5 / √(1.5 · 52.83).
  CHECK(c.label_and_step_bytes.count == 6);
  CHECK(c.label_and_step_bytes.value() == Approx(-5.5 / std::sqrt(1.5 * (333 - 1681.0 / 6))));
  CHECK(c.label_and_depth.count == 6);
  CHECK(c.label_and_depth.value() == Approx(0).epsilon(1e-9));
  // Solutions of 18, 18, 19, 5, 5 bytes, the second one wrong: -5 / √(214 · 0.8).
  CHECK(c.solution_bytes_and_right.count == 5);
  CHECK(c.solution_bytes_and_right.value() == Approx(-5 / std::sqrt(214 * 0.8)));
}

TEST_CASE("stats: repeated steps within problems and within the run") {
  const Duplicates found = statistics_of_three().duplicates;
  CHECK(found.rows == 6);
  CHECK(found.within_problem == 3);  // "so 0." three times in the first tree
  CHECK(found.near_within_problem == 3);
  CHECK(found.within_run == 4);  // and once in the second
  CHECK(found.distinct == 3);
  CHECK_FALSE(found.estimated);
  REQUIRE(found.frequent.size() == 1);
  CHECK(found.frequent[0].text == "so 0.");
  CHECK(found.frequent[0].count == 4);
  CHECK(found.frequent[0].error == 0);
}

TEST_CASE("stats: cost is what is known of it") {
  const Cost cost = statistics_of_three().cost;
  CHECK(cost.requests == 4);
  CHECK(cost.usage == domain::Usage{130, 40, 70});
  CHECK(cost.uncounted == 0);
  CHECK_FALSE(cost.money);
}

TEST_CASE("stats: the number of threads changes nothing, nor does where frames end") {
  std::vector<search::StoredTree> trees;
  for (std::uint64_t i = 0; i < 40; ++i) {
    search::Tree tree = i % 3 == 0 ? mixed_tree().tree : right_tree().tree;
    const std::string step = "step " + std::string(i % 7, 'x');
    grow(tree, 0, {step}, i % 2 == 0 ? Verdict::kRight : Verdict::kWrong, "9");
    tree.label({static_cast<std::uint32_t>(tree.size() - 1)});
    trees.push_back(stored(i, std::move(tree)));
  }
  Run run;
  run.manifest().total_problems = 40;
  run.add_unit(trees, 0, 1500);
  const std::string one = to_json(read(run, 1));
  CHECK(to_json(read(run, 2)) == one);
  CHECK(to_json(read(run, 0)) == one);
  Run whole;
  whole.manifest().total_problems = 40;
  whole.add_unit(trees, 0);
  const Statistics in_one_frame = read(whole, 1);
  const Statistics in_many = read(run, 1);
  CHECK(in_one_frame.duplicates.within_run == in_many.duplicates.within_run);
  CHECK(in_one_frame.correlations.label_and_step_bytes.value() ==
        Approx(*in_many.correlations.label_and_step_bytes.value()));
}

TEST_CASE("stats: a run without a committed unit has no figures, and no error") {
  const Run run;
  const Statistics s = read(run);
  CHECK(s.coverage.unfinished() == 6);
  CHECK(s.rows() == 0);
  CHECK_FALSE(s.share_of(Verdict::kRight));
  CHECK_FALSE(s.widths.median());
}

TEST_CASE("stats: what is no run, damaged, or not what the manifest says is an error") {
  Run run;
  run.add_unit({mixed_tree()}, 0);
  const storage::RunDirectory nowhere(storage::real_file_system(), run.directory().root() / "nowhere");
  CHECK(read_statistics(nowhere, {}).error().kind == core::ErrorKind::kInvalidInput);

  ++run.manifest().units[0].tree_archive.lines;
  run.save_manifest();
  const auto fewer = read_statistics(run.directory(), {});
  REQUIRE_FALSE(fewer);
  CHECK(fewer.error().kind == core::ErrorKind::kCorruption);
  CHECK(fewer.error().message.find("trees/unit-000000.jsonl.zst has 1 trees") != std::string::npos);

  std::fstream file(run.directory().path("trees/unit-000000.jsonl.zst"),
                    std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(60);
  file.put('\x7F');
  file.close();
  const auto damaged = read_statistics(run.directory(), {});
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().kind == core::ErrorKind::kCorruption);
  CHECK(damaged.error().message.find("trees/unit-000000.jsonl.zst") != std::string::npos);
}
