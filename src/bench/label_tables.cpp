#include "label_tables.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

namespace viltree::bench {

namespace {

using Row = std::vector<std::string>;

std::string formatted(double number, const char* format) {
  if (std::isnan(number)) return "-";
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, number);
  return text.data();
}

std::string count_text(double number) {
  return formatted(number, number < 100 ? "%.1f" : "%.0f");
}

std::string ratio_text(double ratio) {
  return formatted(ratio, ratio < 1 ? "%.2f" : "%.1f");
}

std::string percent(double share) {
  return formatted(100 * share, "%.1f");
}

std::string with_error(const MeanError& error) {
  if (std::isnan(error.mean)) return "-";
  return formatted(error.mean, "%+.3f") + formatted(error.standard_error, " ±%.3f");
}

/// Characters, not bytes.
std::size_t columns_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Aligned columns, the first two to the left. The first row is the head.
void print_rows(std::ostream& out, const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(row[i]));
  }
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - columns_of(row[i]), ' ');
      line += (i > 0 ? "  " : "") + (i < 2 ? row[i] + blanks : blanks + row[i]);
    }
    out << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
  }
}

std::string depth_name(const DepthClass& depths) {
  const std::string first = std::to_string(depths.first);
  if (depths.last == depths.first) return "step " + first;
  if (depths.last == std::numeric_limits<std::size_t>::max()) return first + " and on";
  return first + " to " + std::to_string(depths.last);
}

Row row_of(const LabelLine& line, std::size_t problems) {
  const auto count = static_cast<double>(problems);
  return {line.strategy,
          std::string(name(line.estimator)),
          std::to_string(line.measures.labels),
          formatted(static_cast<double>(line.tokens) / count, "%.0f"),
          formatted(static_cast<double>(line.requests) / count, "%.1f"),
          count_text(line.tokens_per_label()),
          formatted(line.measures.rmse, "%.3f"),
          with_error(line.measures.signed_error),
          formatted(line.measures.slope, "%.2f"),
          percent(line.measures.wrong_side),
          percent(line.measures.covered),
          percent(line.measures.certain_covered),
          formatted(line.measures.half_width, "%.3f"),
          std::to_string(line.paths),
          percent(line.found),
          formatted(line.area, "%.3f"),
          count_text(line.equal_tokens),
          ratio_text(line.equal_ratio)};
}

double mean(const std::vector<double>& numbers) {
  double sum = 0;
  for (const double number : numbers) sum += number;
  return sum / static_cast<double>(numbers.size());
}

/// The least and the greatest.
std::string span_of(const std::vector<double>& numbers, std::string (*text)(double)) {
  const auto [least, most] = std::minmax_element(numbers.begin(), numbers.end());
  return text(*least) + " to " + text(*most);
}

template <class Number>
std::vector<double> of_families(std::span<const FamilyResult> results, std::size_t line, Number number) {
  std::vector<double> numbers;
  for (const FamilyResult& result : results) numbers.push_back(number(result.lines[line]));
  return numbers;
}

Row summary_row(std::span<const FamilyResult> results, std::size_t line) {
  const LabelLine& first = results.front().lines[line];
  Row row = {first.strategy, std::string(name(first.estimator))};
  const auto ratios = of_families(results, line, [](const auto& l) { return l.equal_ratio; });
  for (const double ratio : ratios) row.push_back(ratio_text(ratio));
  row.push_back(ratio_text(geometric_mean(ratios)));
  row.push_back(count_text(
      geometric_mean(of_families(results, line, [](const auto& l) { return l.tokens_per_label(); }))));
  const auto squares =
      of_families(results, line, [](const auto& l) { return l.measures.rmse * l.measures.rmse; });
  row.push_back(formatted(std::sqrt(mean(squares)), "%.3f"));
  const auto slopes = of_families(results, line, [](const auto& l) { return l.measures.slope; });
  row.push_back(span_of(slopes, [](double slope) { return formatted(slope, "%.2f"); }));
  const auto covered = of_families(results, line, [](const auto& l) { return l.measures.covered; });
  row.push_back(span_of(covered, percent));
  const auto surest = of_families(results, line, [](const auto& l) { return l.measures.certain_covered; });
  row.push_back(span_of(surest, percent));
  row.push_back(percent(mean(of_families(results, line, [](const auto& l) { return l.found; }))));
  return row;
}

}  // namespace

double LabelLine::tokens_per_label() const {
  if (measures.labels == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(tokens) / static_cast<double>(measures.labels);
}

void print_family(std::ostream& out, const FamilyResult& result) {
  out << '\n'
      << result.family.name << ": " << result.family.summary << "; " << result.problems
      << " problems, a solution has " << formatted(result.steps, "%.1f") << " steps; values at the start";
  for (const double value : result.root_values) out << ' ' << formatted(value, "%.2f");
  out << "\n\n";
  std::vector<Row> rows = {{"strategy", "estimator", "labels", "tokens/problem", "requests", "tokens/label",
                            "RMSE", "signed error", "slope", "wrong side %", "covered %", "surest 10%",
                            "half-width", "wrong paths", "first error %", "AUC", "at equal error",
                            "times fewer"}};
  std::vector<Row> depths = {{"signed error", "estimator"}};
  for (const DepthClass& depth : kDepthClasses) depths[0].push_back(depth_name(depth));
  for (const LabelLine& line : result.lines) {
    rows.push_back(row_of(line, result.problems));
    Row& row = depths.emplace_back(Row{line.strategy, std::string(name(line.estimator))});
    for (const MeanError& error : line.by_depth) row.push_back(with_error(error));
  }
  print_rows(out, rows);
  out << '\n';
  print_rows(out, depths);
}

void print_summary(std::ostream& out, std::span<const FamilyResult> results) {
  if (results.empty()) return;
  out << "\nsummary: how many times fewer tokens a label takes than the reference's, at its error; then over "
         "all labels\n\n";
  std::vector<Row> rows = {{"strategy", "estimator"}};
  for (const FamilyResult& result : results) rows[0].emplace_back(result.family.name);
  for (const char* head :
       {"geometric mean", "tokens/label", "RMSE", "slope", "covered %", "surest 10%", "first error %"})
    rows[0].emplace_back(head);
  for (std::size_t line = 0; line < results.front().lines.size(); ++line)
    rows.push_back(summary_row(results, line));
  print_rows(out, rows);
}

}  // namespace viltree::bench
