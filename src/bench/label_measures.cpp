#include "label_measures.hpp"

#include <viltree/core/check.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

namespace viltree::bench {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
/// Values are single precision: an interval that ends at the truth holds it.
constexpr float kRounding = 1e-5F;
/// Sums in another order differ by less.
constexpr double kEqual = 1e-9;

bool is_covered(const ScoredLabel& label) {
  return label.lo <= label.truth + kRounding && label.truth <= label.hi + kRounding;
}

std::vector<ScoredLabel> by_certainty(std::span<const ScoredLabel> labels) {
  std::vector<ScoredLabel> sorted(labels.begin(), labels.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.width() < b.width(); });
  return sorted;
}

double error_of(const ScoredLabel& label) {
  return double{label.value} - double{label.truth};
}

template <class Number>
double mean_of(std::span<const ScoredLabel> labels, Number number) {
  double sum = 0;
  for (const ScoredLabel& label : labels) sum += number(label);
  return labels.empty() ? kNone : sum / static_cast<double>(labels.size());
}

double slope_of(std::span<const ScoredLabel> labels) {
  const double value = mean_of(labels, [](const auto& label) { return label.value; });
  const double truth = mean_of(labels, [](const auto& label) { return label.truth; });
  const double shared =
      mean_of(labels, [&](const auto& label) { return (label.value - value) * (label.truth - truth); });
  const double own = mean_of(labels, [&](const auto& label) { return std::pow(label.value - value, 2); });
  return own > 0 ? shared / own : kNone;
}

}  // namespace

MeanError signed_error_at(std::span<const ScoredLabel> labels, std::size_t first, std::size_t last) {
  struct Sum {
    double errors = 0;
    double count = 0;
  };
  std::map<std::uint32_t, Sum> problems;
  Sum all;
  for (const ScoredLabel& label : labels) {
    if (label.depth < first || label.depth > last) continue;
    Sum& sum = problems[label.problem];
    sum.errors += error_of(label);
    sum.count += 1;
    all.errors += error_of(label);
    all.count += 1;
  }
  if (all.count == 0) return {kNone, kNone};
  const double mean = all.errors / all.count;
  double squares = 0;
  for (const auto& [problem, sum] : problems) squares += std::pow(sum.errors - sum.count * mean, 2);
  return {mean, std::sqrt(squares) / all.count};
}

LabelMeasures measure(std::span<const ScoredLabel> labels) {
  LabelMeasures measures;
  measures.labels = labels.size();
  measures.signed_error = signed_error_at(labels, 0, std::numeric_limits<std::size_t>::max());
  measures.rmse = std::sqrt(mean_of(labels, [](const auto& label) { return std::pow(error_of(label), 2); }));
  measures.slope = slope_of(labels);
  measures.wrong_side =
      mean_of(labels, [](const auto& label) { return (label.value < 0.5F) != (label.truth < 0.5F); });
  measures.covered = mean_of(labels, is_covered);
  const std::vector<ScoredLabel> sorted = by_certainty(labels);
  measures.certain_covered = mean_of({sorted.data(), (sorted.size() + 9) / 10}, is_covered);
  measures.half_width = mean_of(labels, [](const auto& label) { return label.width() / 2; });
  return measures;
}

Interval wilson(std::uint32_t right, std::uint32_t decided) {
  VILTREE_CHECK(decided > 0 && right <= decided);
  constexpr double kZ = 1.959963984540054;
  const double n = decided;
  const double p = right / n;
  const double scale = 1 + kZ * kZ / n;
  const double middle = (p + kZ * kZ / (2 * n)) / scale;
  const double half = kZ / scale * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n));
  return {right == 0 ? 0.0 : middle - half, right == decided ? 1.0 : middle + half};
}

std::vector<double> errors_by_certainty(std::span<const ScoredLabel> labels) {
  std::vector<double> errors;
  double squares = 0;
  for (const ScoredLabel& label : by_certainty(labels)) {
    squares += std::pow(error_of(label), 2);
    errors.push_back(std::sqrt(squares / static_cast<double>(errors.size() + 1)));
  }
  return errors;
}

std::size_t labels_at_error(const std::vector<double>& errors_by_certainty, double rmse) {
  const auto last = std::find_if(errors_by_certainty.rbegin(), errors_by_certainty.rend(),
                                 [rmse](double error) { return error <= rmse + kEqual; });
  return static_cast<std::size_t>(errors_by_certainty.rend() - last);
}

std::optional<double> area_under_roc(std::vector<Score> scores) {
  std::sort(scores.begin(), scores.end(), [](const Score& a, const Score& b) { return a.score < b.score; });
  double below = 0;  // false ones with a lower score
  double wins = 0;
  double all_true = 0;
  for (std::size_t i = 0; i < scores.size();) {
    double tied_true = 0;
    double tied_false = 0;
    const float score = scores[i].score;
    for (; i < scores.size() && scores[i].score == score; ++i)
      (scores[i].is_true ? tied_true : tied_false) += 1;
    wins += tied_true * (below + tied_false / 2);
    below += tied_false;
    all_true += tied_true;
  }
  if (below == 0 || all_true == 0) return std::nullopt;
  return wins / (below * all_true);
}

void FirstErrors::add(const FirstErrors& other) {
  paths += other.paths;
  found += other.found;
  scores.insert(scores.end(), other.scores.begin(), other.scores.end());
}

double geometric_mean(std::span<const double> numbers) {
  if (numbers.empty()) return kNone;
  const double sum = std::accumulate(numbers.begin(), numbers.end(), 0.0,
                                     [](double logs, double number) { return logs + std::log(number); });
  return std::exp(sum / static_cast<double>(numbers.size()));
}

}  // namespace viltree::bench
