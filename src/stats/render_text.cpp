#include "format.hpp"

#include <viltree/core/text.hpp>
#include <viltree/labels/modes.hpp>
#include <viltree/stats/stats.hpp>

#include <algorithm>

namespace viltree::stats {

namespace {

constexpr std::size_t kNameColumns = 32;
constexpr std::size_t kNumberColumns = 14;
constexpr std::size_t kShareColumns = 8;
constexpr std::size_t kBarColumns = 40;
constexpr std::size_t kMostDepths = 24;  ///< lines for depths; what is deeper shares one

/// Sections of aligned lines.
class Page {
 public:
  void section(std::string_view name) { text_ += (text_.empty() ? "" : "\n") + std::string(name) + '\n'; }

  /// "  name     12,345   12.3%"
  void line(const std::string& name, const std::string& number, const std::string& more = {}) {
    text_ += "  " + left_aligned(name, kNameColumns) + right_aligned(number, kNumberColumns) +
             (more.empty() ? "" : "  " + more) + '\n';
  }

  void counted(const std::string& name, std::uint64_t part, std::uint64_t whole) {
    line(name, count(part), right_aligned(percent(share(part, whole)), kShareColumns));
  }

  void free(const std::string& text) { text_ += "  " + text + '\n'; }

  void histogram(const Histogram& histogram) {
    const std::uint64_t most = *std::max_element(histogram.cells.begin(), histogram.cells.end());
    for (std::size_t i = 0; i < histogram.cells.size(); ++i) {
      const bool last = i + 1 == histogram.cells.size();
      const std::string name = right_aligned(end(histogram.edge(i)), 4) + " to" +
                               right_aligned(end(histogram.edge(i + 1)), 5) + (last ? " (with it)" : "");
      const std::uint64_t here = histogram.cells[i];
      const std::string bar =
          most == 0 ? "" : "  " + std::string((here * kBarColumns + most - 1) / most, '#');
      line(name, count(here),
           right_aligned(percent(share(here, histogram.all.count)), kShareColumns) + (here == 0 ? "" : bar));
    }
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  /// "0.3": all ends of cells are tenths.
  static std::string end(double value) {
    std::string text = decimal(value);
    text.resize(text.size() - 2);
    return text;
  }

  std::string text_;
};

void write_coverage(Page& page, const Coverage& coverage) {
  page.section("trees");
  page.line("problems", count(coverage.problems));
  page.counted("trees", coverage.trees, coverage.problems);
  page.counted("rejected", coverage.rejected, coverage.problems);
  page.counted("unfinished, not in what follows", coverage.unfinished(), coverage.problems);
  page.counted("stopped by their budget", coverage.stopped_by_budget, coverage.trees);
  page.counted("with rows", coverage.trees_with_rows, coverage.trees);
}

void write_verdicts(Page& page, const Statistics& s) {
  page.section("rollouts");
  page.line("rollouts", count(s.cost.rollouts));
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    const auto verdict = static_cast<domain::Verdict>(i);
    page.line(std::string(domain::name(verdict)), count(s.verdicts[i]),
              right_aligned(percent(s.share_of(verdict)), kShareColumns));
  }
}

void write_roots(Page& page, const RootValues& roots, std::uint64_t trees) {
  page.section("values of the questions (posterior mean at the root)");
  page.line("mean", decimal(roots.means.all.mean()));
  page.histogram(roots.means);
  page.counted("trees, right and wrong", roots.outcomes.mixed, trees);
  page.counted("  all right", roots.outcomes.all_right, trees);
  page.counted("  all wrong", roots.outcomes.all_wrong, trees);
  page.counted("  none decided", roots.outcomes.undecided, trees);
}

void write_depth(Page& page, const std::string& name, const LabelSums& sums) {
  page.line(name, count(sums.value.count),
            right_aligned(decimal(sums.value.mean()), kShareColumns) +
                right_aligned(percent(sums.share_of_zeros()), kShareColumns + 2) +
                right_aligned(percent(sums.share_of_ones()), kShareColumns + 2));
}

void write_depths(Page& page, const Labels& labels) {
  page.line("by depth", "rows",
            right_aligned("mean", kShareColumns) + right_aligned("are 0", kShareColumns + 2) +
                right_aligned("are 1", kShareColumns + 2));
  LabelSums deeper;
  std::size_t lines = 0;
  for (const auto& [depth, sums] : labels.by_depth) {
    if (++lines > kMostDepths) {
      deeper.add(sums);
    } else {
      write_depth(page, "  " + std::to_string(depth), sums);
    }
  }
  if (lines > kMostDepths) write_depth(page, "  deeper", deeper);
}

void write_labels(Page& page, const Statistics& s) {
  page.section("labels (" + std::string(s.mode->name) + ")");
  page.line("rows", count(s.rows()));
  for (std::size_t i = 0; i < labels::kFilters; ++i) {
    const auto filter = static_cast<labels::Filter>(i);
    const std::uint64_t number = s.left_out.of(filter);
    if (number > 0) page.line("left out (" + std::string(labels::name(filter)) + ")", count(number));
  }
  page.line("mean", decimal(s.labels.all.value.mean()));
  page.counted("are 0", s.labels.all.zeros, s.rows());
  page.counted("are 1", s.labels.all.ones, s.rows());
  page.histogram(s.labels.values);
  write_depths(page, s.labels);
}

void write_widths(Page& page, const Widths& widths) {
  page.section("widths of the labels' 95% intervals (posterior)");
  page.counted("known: finished solutions", widths.known, widths.widths.all.count);
  page.line("median", decimal(widths.median()));
  page.line("  of those that are not known", decimal(widths.median_of_unknown()));
  page.counted("at most 0.1", widths.within_tenth, widths.widths.all.count);
  page.counted("at most 0.2", widths.within_fifth, widths.widths.all.count);
  page.counted("at most 0.5", widths.within_half, widths.widths.all.count);
  page.histogram(widths.widths);
}

void write_contradictions(Page& page, const Contradictions& found) {
  page.section("contradictions");
  page.line("nodes with rollouts of their own", count(found.measured_nodes));
  page.line("  whose posterior these exclude", count(found.excluded_nodes),
            right_aligned(percent(share(found.excluded_nodes, found.measured_nodes)), kShareColumns) +
                "  (by chance about 5% at most)");
  page.line("final answers", count(found.answers));
  page.counted("  with several verdicts", found.contradictory_answers, found.answers);
  page.line("  in so many problems", count(found.problems_of_those));
}

void write_correlation(Page& page, const std::string& name, const Correlation& correlation) {
  page.line(name, decimal(correlation.value()), "of " + count(correlation.count));
}

void write_correlations(Page& page, const Correlations& correlations) {
  page.section("correlations (Pearson)");
  write_correlation(page, "label, bytes of the step", correlations.label_and_step_bytes);
  write_correlation(page, "label, depth", correlations.label_and_depth);
  write_correlation(page, "right, bytes of the solution", correlations.solution_bytes_and_right);
}

void write_duplicates(Page& page, const Duplicates& found) {
  const auto rows = static_cast<double>(found.rows);
  const auto rounded = [](double number) { return static_cast<std::uint64_t>(number + 0.5); };
  page.section("repeated steps (lower case, numbers as 0, blanks as one)");
  page.counted("rows, again in their problem", found.within_problem, found.rows);
  page.counted("  or nearly so (simhash)", found.near_within_problem, found.rows);
  page.line("rows, again in the run", count(rounded(found.within_run)),
            right_aligned(percent(share(found.within_run, rows)), kShareColumns));
  page.line("different steps", count(rounded(found.distinct)));
  if (found.estimated)
    page.free("  the last two are estimated from a sample of " + count(found.sampled) + " different steps");
  if (!found.frequent.empty()) page.line("most frequent", "rows");
  for (const FrequentStep& step : found.frequent) {
    const std::string least = step.error == 0 ? "" : "at least " + count(step.count - step.error) + "  ";
    page.line("", count(step.count), least + core::printable(step.text));
  }
}

void write_cost(Page& page, const Statistics& s) {
  const Cost& cost = s.cost;
  page.section("cost");
  page.line("", "in all", "  per row");
  const auto line = [&](const std::string& name, std::optional<std::uint64_t> number) {
    page.line(name, count(number), right_aligned(per_row(per(number, s.rows())), kShareColumns + 1));
  };
  line("requests", cost.requests);
  line("rollouts", cost.rollouts);
  line("tokens generated", cost.usage.completion_tokens);
  line("  reasoning", cost.usage.reasoning_tokens);
  line("tokens of prompts", cost.usage.prompt_tokens);
  line("  cached", cost.usage.cached_tokens);
  if (cost.uncounted > 0) page.line("rollouts without a count", count(cost.uncounted));
  if (!cost.money) return;
  const auto money_per_row = share(*cost.money, static_cast<double>(s.rows()));
  page.line("money", money_text(*cost.money), right_aligned(money_text(money_per_row), kShareColumns + 1));
}

void write_suspicions(Page& page, const Statistics& s) {
  page.section("suspicious");
  const std::vector<Suspicion> found = suspicions(s);
  for (const Suspicion& suspicion : found) page.free(suspicion.message);
  if (found.empty()) page.free("nothing");
}

}  // namespace

std::string render_text(const Statistics& s) {
  Page page;
  write_coverage(page, s.coverage);
  write_verdicts(page, s);
  write_roots(page, s.roots, s.coverage.trees);
  write_labels(page, s);
  write_widths(page, s.widths);
  write_contradictions(page, s.contradictions);
  write_correlations(page, s.correlations);
  write_duplicates(page, s.duplicates);
  write_cost(page, s);
  write_suspicions(page, s);
  return page.take();
}

}  // namespace viltree::stats
