#include <viltree/core/text.hpp>
#include <viltree/json/writer.hpp>
#include <viltree/labels/modes.hpp>
#include <viltree/stats/stats.hpp>

namespace viltree::stats {

namespace {

void write_counted(json::Writer& json, std::string_view name, std::uint64_t part, std::uint64_t whole) {
  json.key(name).begin_object().key("count").integer(part);
  json.key("share").decimal_or_null(share(part, whole)).end_object();
}

void write_histogram(json::Writer& json, const Histogram& histogram) {
  json.key("histogram").begin_array();
  for (std::size_t i = 0; i < histogram.cells.size(); ++i) {
    json.begin_object().key("from").decimal(histogram.edge(i)).key("to").decimal(histogram.edge(i + 1));
    json.key("count").integer(histogram.cells[i]).end_object();
  }
  json.end_array();
}

void write_coverage(json::Writer& json, const Coverage& coverage) {
  json.key("problems").integer(coverage.problems).key("trees").integer(coverage.trees);
  json.key("rejected").integer(coverage.rejected).key("unfinished").integer(coverage.unfinished());
  json.key("stopped_by_budget").integer(coverage.stopped_by_budget);
  json.key("trees_with_rows").integer(coverage.trees_with_rows);
}

void write_verdicts(json::Writer& json, const Statistics& s) {
  json.key("verdicts").begin_object();
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    const auto verdict = static_cast<domain::Verdict>(i);
    json.key(domain::name(verdict)).begin_object().key("count").integer(s.verdicts[i]);
    json.key("share").decimal_or_null(s.share_of(verdict)).end_object();
  }
  json.end_object();
}

void write_roots(json::Writer& json, const RootValues& roots, std::uint64_t trees) {
  json.key("root_values").begin_object().key("count").integer(roots.means.all.count);
  json.key("mean").decimal_or_null(roots.means.all.mean());
  write_histogram(json, roots.means);
  write_counted(json, "mixed", roots.outcomes.mixed, trees);
  write_counted(json, "all_right", roots.outcomes.all_right, trees);
  write_counted(json, "all_wrong", roots.outcomes.all_wrong, trees);
  write_counted(json, "undecided", roots.outcomes.undecided, trees);
  json.end_object();
}

void write_label_sums(json::Writer& json, const LabelSums& sums) {
  json.key("count").integer(sums.value.count).key("mean").decimal_or_null(sums.value.mean());
  json.key("share_of_0").decimal_or_null(sums.share_of_zeros());
  json.key("share_of_1").decimal_or_null(sums.share_of_ones());
}

void write_labels(json::Writer& json, const Statistics& s) {
  json.key("labels").begin_object().key("mode").text(s.mode->name);
  write_label_sums(json, s.labels.all);
  json.key("left_out").begin_object();
  for (std::size_t i = 0; i < labels::kFilters; ++i) {
    const auto filter = static_cast<labels::Filter>(i);
    json.key(labels::name(filter)).integer(s.left_out.of(filter));
  }
  json.end_object();
  write_histogram(json, s.labels.values);
  json.key("by_depth").begin_array();
  for (const auto& [depth, sums] : s.labels.by_depth) {
    json.begin_object().key("depth").integer(depth);
    write_label_sums(json, sums);
    json.end_object();
  }
  json.end_array().end_object();
}

void write_widths(json::Writer& json, const Widths& widths) {
  const std::uint64_t all = widths.widths.all.count;
  json.key("interval_widths").begin_object().key("count").integer(all);
  json.key("median").decimal_or_null(widths.median());
  json.key("median_of_unknown").decimal_or_null(widths.median_of_unknown());
  write_counted(json, "known", widths.known, all);
  write_counted(json, "within_0_1", widths.within_tenth, all);
  write_counted(json, "within_0_2", widths.within_fifth, all);
  write_counted(json, "within_0_5", widths.within_half, all);
  write_histogram(json, widths.widths);
  json.end_object();
}

void write_contradictions(json::Writer& json, const Contradictions& found) {
  json.key("contradictions").begin_object().key("measured_nodes").integer(found.measured_nodes);
  write_counted(json, "excluded_posterior", found.excluded_nodes, found.measured_nodes);
  json.key("final_answers").integer(found.answers);
  write_counted(json, "several_verdicts", found.contradictory_answers, found.answers);
  json.key("problems_with_several_verdicts").integer(found.problems_of_those).end_object();
}

void write_correlation(json::Writer& json, std::string_view name, const Correlation& correlation) {
  json.key(name).begin_object().key("pearson").decimal_or_null(correlation.value());
  json.key("count").integer(correlation.count).end_object();
}

void write_correlations(json::Writer& json, const Correlations& correlations) {
  json.key("correlations").begin_object();
  write_correlation(json, "label_step_bytes", correlations.label_and_step_bytes);
  write_correlation(json, "label_depth", correlations.label_and_depth);
  write_correlation(json, "right_solution_bytes", correlations.solution_bytes_and_right);
  json.end_object();
}

void write_duplicates(json::Writer& json, const Duplicates& found) {
  json.key("duplicates").begin_object().key("rows").integer(found.rows);
  write_counted(json, "within_problem", found.within_problem, found.rows);
  write_counted(json, "near_within_problem", found.near_within_problem, found.rows);
  json.key("within_run").begin_object().key("count").decimal(found.within_run);
  json.key("share").decimal_or_null(share(found.within_run, static_cast<double>(found.rows))).end_object();
  json.key("distinct").decimal(found.distinct).key("estimated").boolean(found.estimated);
  json.key("sampled").integer(found.sampled).key("frequent").begin_array();
  for (const FrequentStep& step : found.frequent) {
    json.begin_object().key("step").text(core::printable(step.text)).key("count").integer(step.count);
    json.key("at_least").integer(step.count - step.error).end_object();
  }
  json.end_array().end_object();
}

void write_cost(json::Writer& json, const Cost& cost, std::uint64_t rows) {
  const auto both = [&](std::string_view name, std::optional<std::uint64_t> number) {
    json.key(name).begin_object().key("total").integer_or_null(number);
    json.key("per_row").decimal_or_null(per(number, rows)).end_object();
  };
  json.key("cost").begin_object();
  both("requests", cost.requests);
  both("rollouts", cost.rollouts);
  both("completion_tokens", cost.usage.completion_tokens);
  both("reasoning_tokens", cost.usage.reasoning_tokens);
  both("prompt_tokens", cost.usage.prompt_tokens);
  both("cached_tokens", cost.usage.cached_tokens);
  json.key("uncounted_rollouts").integer(cost.uncounted);
  json.key("money").begin_object().key("total").decimal_or_null(cost.money);
  const auto per_row = cost.money ? share(*cost.money, static_cast<double>(rows)) : std::nullopt;
  json.key("per_row").decimal_or_null(per_row).end_object().end_object();
}

void write_suspicions(json::Writer& json, const Statistics& s) {
  json.key("suspicious").begin_array();
  for (const Suspicion& suspicion : suspicions(s)) {
    json.begin_object().key("name").text(suspicion.name).key("figure").decimal(suspicion.figure);
    json.key("limit").decimal(suspicion.limit).key("message").text(suspicion.message).end_object();
  }
  json.end_array();
}

}  // namespace

std::string to_json(const Statistics& s) {
  std::string text;
  json::Writer json(text);
  json.begin_object();
  write_coverage(json, s.coverage);
  json.key("rollouts").integer(s.cost.rollouts).key("rows").integer(s.rows());
  json.key("completion_tokens").integer_or_null(s.cost.usage.completion_tokens);
  write_verdicts(json, s);
  write_roots(json, s.roots, s.coverage.trees);
  write_labels(json, s);
  write_widths(json, s.widths);
  write_contradictions(json, s.contradictions);
  write_correlations(json, s.correlations);
  write_duplicates(json, s.duplicates);
  write_cost(json, s.cost, s.rows());
  write_suspicions(json, s);
  json.end_object();
  return text + '\n';
}

}  // namespace viltree::stats
