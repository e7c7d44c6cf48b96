#include "format.hpp"

#include <viltree/stats/stats.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace viltree::stats {

namespace {

using domain::Verdict;
using Figure = std::optional<double>;

/// Correlations of fewer pairs say nothing: of 43, chance alone gives 0.3 once in twenty times.
constexpr std::uint64_t kLeastPairs = 50;

Figure of_enough(const Correlation& correlation) {
  return correlation.count < kLeastPairs ? std::nullopt : correlation.value();
}

const Correlations& correlations(const Statistics& s) {
  return s.correlations;
}

/// The greatest share of the rows at one depth; none where all solutions have one step.
Figure greatest_depth_share(const Statistics& s) {
  if (s.labels.by_depth.size() < 2) return std::nullopt;
  std::uint64_t most = 0;
  for (const auto& [depth, sums] : s.labels.by_depth) most = std::max(most, sums.value.count);
  return share(most, s.rows());
}

Figure greatest_end_share(const Statistics& s) {
  return share(std::max(s.labels.all.zeros, s.labels.all.ones), s.rows());
}

Figure share_of_steps(double part, const Statistics& s) {
  return share(part, static_cast<double>(s.duplicates.rows));
}

enum class Side { kAbove, kBelow, kFurtherFromZero };
enum class Unit { kShare, kNumber };

/// What is suspicious: a figure beyond its limit.
struct Rule {
  std::string_view name;
  double limit;
  Side side;
  Unit unit;
  Figure (*figure)(const Statistics&);  ///< none: unknown, and so not suspicious
  std::string_view found;               ///< stands behind the figure
  std::string_view advice;
};

// The one table of thresholds. Shares of problems, rollouts, trees, rows and so on, or correlations.
constexpr std::array<Rule, 18> kRules = {{
    {"unfinished", 0.0, Side::kAbove, Unit::kShare,
     [](const Statistics& s) { return share(s.coverage.unfinished(), s.coverage.problems); },
     "of the problems have no committed tree yet", "what is told here is of the others"},
    {"rejected", 0.05, Side::kAbove, Unit::kShare,
     [](const Statistics& s) { return share(s.coverage.rejected, s.coverage.problems); },
     "of the problems were put aside as bad", "events.jsonl says why"},
    {"truncated", 0.2, Side::kAbove, Unit::kShare,
     [](const Statistics& s) { return s.share_of(Verdict::kTruncated); },
     "of the rollouts were cut off by the length limit",
     "labels rest on the short solutions; raise policy.max_tokens"},
    {"unparsed", 0.1, Side::kAbove, Unit::kShare,
     [](const Statistics& s) { return s.share_of(Verdict::kUnparsed); },
     "of the rollouts ended without an answer that was found",
     "look at some with `viltree inspect --rollouts`; the prompt may not ask for the form that the checker "
     "reads"},
    {"filtered", 0.05, Side::kAbove, Unit::kShare,
     [](const Statistics& s) { return s.share_of(Verdict::kFiltered); },
     "of the rollouts were withheld by a content filter",
     "problems that it dislikes are missing in the labels"},
    {"failed", 0.05, Side::kAbove, Unit::kShare,
     [](const Statistics& s) { return s.share_of(Verdict::kFailed); },
     "of the completions were refused for good", "events.jsonl says why"},
    {"no-rows", 0.2, Side::kAbove, Unit::kShare,
     [](const Statistics& s) {
       return share(s.coverage.trees - s.coverage.trees_with_rows, s.coverage.trees);
     },
     "of the trees gave no row", "their problems teach nothing"},
    {"mixed-trees", 0.3, Side::kBelow, Unit::kShare,
     [](const Statistics& s) { return share(s.roots.outcomes.mixed, s.coverage.trees); },
     "of the trees have right and wrong solutions",
     "the others are too easy or too hard to say which step counts"},
    {"one-label", 0.9, Side::kAbove, Unit::kShare, greatest_end_share, "of the labels are the same 0 or 1",
     "a model that always says so is nearly right"},
    {"wide-intervals", 0.5, Side::kAbove, Unit::kNumber,
     [](const Statistics& s) { return s.widths.median_of_unknown(); },
     "is the median width of the 95% intervals of labels that are not known for sure",
     "spend more rollouts, or set labels.max_width"},
    {"value-contradictions", 0.1, Side::kAbove, Unit::kShare,
     [](const Statistics& s) {
       return share(s.contradictions.excluded_nodes, s.contradictions.measured_nodes);
     },
     "of the measured nodes contradict their posterior, where chance explains 5%",
     "the policy may have changed during the run, or the kernel does not fit"},
    {"answer-contradictions", 0.0, Side::kAbove, Unit::kShare,
     [](const Statistics& s) {
       return share(s.contradictions.contradictory_answers, s.contradictions.answers);
     },
     "of the final answers were judged in more than one way within one problem",
     "the checker contradicts itself"},
    {"label-length", 0.3, Side::kFurtherFromZero, Unit::kNumber,
     [](const Statistics& s) { return of_enough(correlations(s).label_and_step_bytes); },
     "is the correlation of a label with its step's length",
     "a model may learn the length instead of the step"},
    {"solution-length", 0.3, Side::kFurtherFromZero, Unit::kNumber,
     [](const Statistics& s) { return of_enough(correlations(s).solution_bytes_and_right); },
     "is the correlation of a solution's length with being right", "a model may learn the length instead"},
    {"label-depth", 0.3, Side::kFurtherFromZero, Unit::kNumber,
     [](const Statistics& s) { return of_enough(correlations(s).label_and_depth); },
     "is the correlation of a label with its depth", "a model may learn the step's number instead"},
    {"one-depth", 0.5, Side::kAbove, Unit::kShare, greatest_depth_share, "of the rows are of one depth",
     "steps at other depths are rarely seen"},
    {"duplicates-in-problem", 0.2, Side::kAbove, Unit::kShare,
     [](const Statistics& s) { return share(s.duplicates.near_within_problem, s.duplicates.rows); },
     "of the rows nearly repeat another step of their problem",
     "labels.near_duplicates: drop leaves those among siblings out, labels.rows_per_problem caps them"},
    {"duplicates-in-run", 0.2, Side::kAbove, Unit::kShare,
     [](const Statistics& s) { return share_of_steps(s.duplicates.within_run, s); },
     "of the rows repeat another step of the run", "the most frequent steps are listed above"},
}};

bool is_beyond(const Rule& rule, double figure) {
  switch (rule.side) {
    case Side::kAbove:
      return figure > rule.limit;
    case Side::kBelow:
      return figure < rule.limit;
    case Side::kFurtherFromZero:
      return std::abs(figure) > rule.limit;
  }
  return false;
}

std::string sentence(const Rule& rule, double figure) {
  const bool is_share = rule.unit == Unit::kShare;
  return (is_share ? percent(figure) : decimal(figure)) + ' ' + std::string(rule.found) + ": " +
         std::string(rule.advice);
}

}  // namespace

std::vector<Suspicion> suspicions(const Statistics& statistics) {
  std::vector<Suspicion> found;
  for (const Rule& rule : kRules) {
    const Figure figure = rule.figure(statistics);
    if (!figure || !is_beyond(rule, *figure)) continue;
    found.push_back({std::string(rule.name), *figure, rule.limit, sentence(rule, *figure)});
  }
  return found;
}

}  // namespace viltree::stats
