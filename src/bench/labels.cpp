#include "benches.hpp"
#include "curve_plot.hpp"
#include "label_tables.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/core/hash.hpp>
#include <viltree/core/text.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <ostream>
#include <utility>

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

namespace viltree::bench {

namespace {

using core::ExitCode;
using core::value_or_fatal;

constexpr std::size_t kWorlds = 4;              ///< of each family; problems are dealt to them in turn
constexpr std::size_t kTreesToLearn = 20;       ///< at most, for each world's kernel
constexpr std::uint64_t kMostRollouts = 1'000;  ///< of a problem, where tokens are not limited
constexpr std::string_view kReference = "mm-prm";

std::uint64_t world_seed(std::uint64_t seed, const Family& family, std::size_t world) {
  return core::mix64(core::mix64(seed, core::hash64(family.name)), world);
}

/// Problems to learn from are others than those to measure.
std::uint64_t problem_seed(std::uint64_t world, std::size_t problem, bool to_learn) {
  return core::mix64(core::mix64(world, to_learn ? 1 : 2), problem);
}

search::TreeBudget budget_of(const Options& options) {
  return options.tokens > 0 ? search::TreeBudget{.rollouts = options.tokens, .tokens = options.tokens}
                            : search::TreeBudget{.rollouts = kMostRollouts};
}

Contestant make_contestant(std::string name, std::string_view strategy, const search::Constants& set,
                           const search::TreeBudget& budget) {
  Contestant contestant;
  contestant.name = std::move(name);
  contestant.strategy = value_or_fatal(search::find_strategy(strategy), ExitCode::kUsage);
  contestant.constants =
      value_or_fatal(search::complete_constants(*contestant.strategy, set), ExitCode::kUsage);
  contestant.budget = budget;
  return contestant;
}

Contestant make_fixed(std::uint32_t rollouts, const search::TreeBudget& budget) {
  return make_contestant("fixed-" + std::to_string(rollouts), "math-shepherd",
                         {{"solutions", 4}, {"rollouts", rollouts}}, budget);
}

/// The published program that others are compared with, to its own end.
Contestant make_reference() {
  const bool has_it = search::find_strategy(kReference).has_value();
  const search::Constants as_published = {
      {"rollouts", 16}, {"filter_rollouts", 16}, {"searches", 200}, {"length_scale", 2000}};
  Contestant reference =
      make_contestant("reference", has_it ? kReference : "omegaprm",
                      has_it ? search::Constants{} : as_published, {.rollouts = kMostRollouts});
  reference.with_posterior = false;
  return reference;
}

/// Those whose names are asked for, all where none is. Throws where there is none of a name.
template <class Item>
std::vector<Item> chosen(std::vector<Item> items, const std::vector<std::string>& names, const char* what) {
  if (names.empty()) return items;
  std::string known;
  for (const Item& item : items) known += (known.empty() ? "" : ", ") + std::string(item.name);
  for (const std::string& name : names) {
    if (std::any_of(items.begin(), items.end(), [&](const Item& item) { return item.name == name; }))
      continue;
    throw core::FatalError(ExitCode::kUsage,
                           std::string("there is no ") + what + " '" + name + "'; available: " + known);
  }
  std::erase_if(items, [&](const Item& item) {
    return std::find(names.begin(), names.end(), item.name) == names.end();
  });
  return items;
}

/// As published. A strategy that has a budget of its own gets the bench's.
Contestant make_published(const search::StrategyInfo& strategy, const Options& options) {
  search::Constants set;
  for (const search::Constant& constant : strategy.constants) {
    if (constant.name == "tokens" && options.tokens > 0) set["tokens"] = static_cast<double>(options.tokens);
  }
  return make_contestant(std::string(strategy.name), strategy.name, set, budget_of(options));
}

std::vector<Contestant> choose_contestants(const Options& options) {
  std::vector<Contestant> all;
  const search::TreeBudget budget = budget_of(options);
  for (const search::StrategyInfo* strategy : search::strategies())
    all.push_back(make_published(*strategy, options));
  for (const std::uint32_t rollouts : {8U, 16U}) all.push_back(make_fixed(rollouts, budget));
  std::vector<Contestant> contestants = chosen(std::move(all), options.strategies, "strategy");
  contestants.push_back(make_reference());
  return contestants;
}

/// One kernel a world, learned from trees of fixed shape.
std::vector<search::Kernel> learn_kernels(const Family& family, const Options& options) {
  const Contestant contestant = make_fixed(8, budget_of(options));
  std::vector<search::Kernel> kernels(kWorlds);
  tbb::parallel_for(std::size_t{0}, kWorlds, [&](std::size_t w) {
    const std::uint64_t world = world_seed(options.seed, family, w);
    std::vector<std::unique_ptr<search::Machine>> trees;
    for (std::size_t i = 0; i < std::min<std::size_t>(kTreesToLearn, (options.problems + 1) / 2); ++i) {
      const std::uint64_t seed = problem_seed(world, i, true);
      KnownPolicy policy(family.make(world, seed), seed);
      trees.push_back(grow_tree(contestant, policy, seed));
    }
    kernels[w] = learn_kernel(trees);
  });
  return kernels;
}

/// The scores of all trees of a family, by contestant and problem.
class FamilyRun {
 public:
  FamilyRun(const Family& family, const Options& options) : family_(family) {
    for (std::size_t i = 0; i < options.problems; ++i) {
      const std::uint64_t world = world_seed(options.seed, family, i % kWorlds);
      seeds_.push_back(problem_seed(world, i, false));
      tables_.push_back(family.make(world, seeds_.back()));
    }
  }

  FamilyResult run(const std::vector<Contestant>& contestants, const std::vector<Kernels>& kernels) {
    std::vector<std::vector<TreeScore>> scores(contestants.size(), std::vector<TreeScore>(tables_.size()));
    tbb::parallel_for(std::size_t{0}, contestants.size() * tables_.size(), [&](std::size_t job) {
      const std::size_t contestant = job / tables_.size();
      const std::size_t problem = job % tables_.size();
      scores[contestant][problem] =
          score_tree(contestants[contestant], tables_[problem], seeds_[problem],
                     static_cast<std::uint32_t>(problem), kernels[problem % kWorlds]);
    });
    FamilyResult result = describe();
    for (std::size_t i = 0; i < contestants.size(); ++i) add_lines(contestants[i], scores[i], result);
    compare(result);
    return result;
  }

 private:
  [[nodiscard]] FamilyResult describe() const {
    FamilyResult result{.family = family_, .problems = tables_.size(), .lines = {}};
    std::vector<double> roots;
    for (const TruthTables& tables : tables_) {
      roots.push_back(true_values(tables).front()[tables.start]);
      result.steps += mean_steps(tables) / static_cast<double>(tables_.size());
    }
    std::sort(roots.begin(), roots.end());
    for (std::size_t i = 0; i < result.root_values.size(); ++i)
      result.root_values[i] = roots[i * (roots.size() - 1) / (result.root_values.size() - 1)];
    return result;
  }

  static void add_lines(const Contestant& contestant, const std::vector<TreeScore>& scores,
                        FamilyResult& result) {
    const std::size_t estimators = contestant.with_posterior ? kEstimators : 1;
    for (std::size_t e = 0; e < estimators; ++e) {
      LabelLine line;
      line.strategy = contestant.name;
      line.estimator = static_cast<Estimator>(e);
      std::vector<ScoredLabel> labels;
      FirstErrors first_errors;
      for (const TreeScore& score : scores) {
        line.tokens += score.tokens;
        line.requests += score.requests;
        const EstimatorScore& estimator = score.estimators[e];
        labels.insert(labels.end(), estimator.labels.begin(), estimator.labels.end());
        first_errors.add(estimator.first_errors);
      }
      fill(line, labels, first_errors);
      result.lines.push_back(std::move(line));
    }
  }

  static void fill(LabelLine& line, const std::vector<ScoredLabel>& labels, const FirstErrors& errors) {
    line.measures = measure(labels);
    for (std::size_t d = 0; d < kDepthClasses.size(); ++d)
      line.by_depth[d] = signed_error_at(labels, kDepthClasses[d].first, kDepthClasses[d].last);
    line.errors = errors_by_certainty(labels);
    line.paths = errors.paths;
    line.found =
        errors.paths == 0 ? NAN : static_cast<double>(errors.found) / static_cast<double>(errors.paths);
    line.area = area_under_roc(errors.scores).value_or(NAN);
  }

  /// The reference is the last line.
  static void compare(FamilyResult& result) {
    const double rmse = result.lines.back().measures.rmse;
    const double tokens = result.lines.back().tokens_per_label();
    for (LabelLine& line : result.lines) {
      const std::size_t labels = labels_at_error(line.errors, rmse);
      line.equal_tokens = labels == 0 ? NAN : static_cast<double>(line.tokens) / static_cast<double>(labels);
      line.equal_ratio = tokens / line.equal_tokens;
    }
  }

  const Family& family_;
  std::vector<std::uint64_t> seeds_;
  std::vector<TruthTables> tables_;
};

/// The family whose kernels stand for those of other problems.
const Family& other_than(const Family& family) {
  const auto all = families();
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const Family& f) { return f.name == family.name; });
  const auto index = static_cast<std::size_t>(at - all.begin());
  return all[(index + 1) % all.size()];
}

/// Error by cost, from the most certain twentieth of the labels to all of them.
Curve curve_of(const LabelLine& line, std::size_t colour) {
  constexpr std::size_t kPoints = 20;
  const bool own_labels = line.estimator == Estimator::kMc;
  Curve curve{line.strategy + ", " + std::string(name(line.estimator)), colour, own_labels, {}};
  for (std::size_t i = 1; i <= kPoints; ++i) {
    const std::size_t labels = line.errors.size() * i / kPoints;
    if (labels == 0) continue;
    curve.points.push_back(
        {static_cast<double>(line.tokens) / static_cast<double>(labels), line.errors[labels - 1]});
  }
  return curve;
}

/// A panel a family; of each strategy its own labels and the posterior with the family's kernel.
void write_plot(const std::string& path, const std::vector<FamilyResult>& results) {
  std::vector<Panel> panels;
  for (const FamilyResult& result : results) {
    Panel& panel = panels.emplace_back(Panel{std::string(result.family.name), {}});
    std::size_t colour = 0;
    for (std::size_t i = 0; i < result.lines.size(); ++i) {
      const LabelLine& line = result.lines[i];
      colour += i > 0 && line.strategy != result.lines[i - 1].strategy ? 1 : 0;
      if (line.estimator == Estimator::kMc || line.estimator == Estimator::kOwnFamily)
        panel.curves.push_back(curve_of(line, colour));
    }
  }
  const PlotLabels labels = {"Error and cost of labels, from the most certain to all (dot)",
                             "generated tokens per label", "error against truth (RMSE)"};
  std::ofstream file(path, std::ios::binary);
  file << plot_svg(labels, panels);
  file.close();
  if (!file) throw core::FatalError(ExitCode::kStorage, "cannot write " + path);
}

void print_head(const Options& options, const std::vector<Contestant>& contestants, std::ostream& out) {
  out << "labels: seed " << options.seed << ", " << options.problems << " problems a family in " << kWorlds
      << " worlds, ";
  if (options.tokens > 0) {
    out << core::with_thousands(options.tokens) << " generated tokens a problem\n";
  } else {
    out << "to each strategy's own end, or " << core::with_thousands(kMostRollouts) << " rollouts\n";
  }
  out << "reference: " << contestants.back().strategy->name;
  for (const auto& [name, value] : contestants.back().constants) out << ' ' << name << ' ' << value;
  out << ", to its own end, at most " << core::with_thousands(kMostRollouts) << " rollouts a problem\n";
}

void compare_strategies(const Options& options, std::ostream& out) {
  const auto all = families();
  const std::vector<Family> chosen_families =
      chosen(std::vector(all.begin(), all.end()), options.families, "family");
  const std::vector<Contestant> contestants = choose_contestants(options);
  print_head(options, contestants, out);
  std::map<std::string_view, std::vector<search::Kernel>> learned;
  const auto kernels_of = [&](const Family& family) -> const std::vector<search::Kernel>& {
    const auto [found, is_new] = learned.try_emplace(family.name);
    if (is_new) found->second = learn_kernels(family, options);
    return found->second;
  };
  std::vector<FamilyResult> results;
  for (const Family& family : chosen_families) {
    std::vector<Kernels> kernels;
    for (std::size_t w = 0; w < kWorlds; ++w)
      kernels.push_back({kernels_of(family)[w], kernels_of(other_than(family))[w]});
    results.push_back(FamilyRun(family, options).run(contestants, kernels));
    print_family(out, results.back());
    out.flush();
  }
  print_summary(out, results);
  if (!options.plot.empty()) write_plot(options.plot, results);
}

}  // namespace

void run_labels(const Options& options, std::ostream& out) {
  if (options.problems == 0) throw core::FatalError(ExitCode::kUsage, "--problems: at least 1");
  const int threads = options.workers == 0 ? tbb::task_arena::automatic : static_cast<int>(options.workers);
  tbb::task_arena arena(threads);
  arena.execute([&] { compare_strategies(options, out); });
}

}  // namespace viltree::bench
