#include <viltree/plan/plan.hpp>

#include <algorithm>
#include <cmath>

namespace viltree::plan {

namespace {

/// By linear interpolation between the sorted values.
double percentile(const std::vector<double>& sorted, double part) {
  const double place = part * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - static_cast<double>(below));
}

double variance(const std::vector<double>& values, double mean) {
  if (values.size() < 2) return 0;
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum / static_cast<double>(values.size() - 1);
}

std::optional<Range> range_of(std::vector<double> values, double trees, bool counted) {
  const bool known =
      std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
  if (values.empty() || !known) return std::nullopt;
  std::sort(values.begin(), values.end());
  const double count = static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += value;
  Range range;
  range.mean = sum / count;
  range.p10 = percentile(values, 0.1);
  range.p90 = percentile(values, 0.9);
  const double uncertain = counted ? std::max(0.0, trees - count) : trees;
  range.total = (counted ? sum : 0) + range.mean * uncertain;
  range.total_error = std::sqrt(variance(values, range.mean) / count) * uncertain;
  return range;
}

}  // namespace

Estimate estimate(std::span<const Sample> samples, double trees, bool counted) {
  Estimate all;
  for (std::size_t i = 0; i < kQuantities; ++i) {
    std::vector<double> values;
    for (const Sample& sample : samples) values.push_back(sample[i]);
    all[i] = range_of(std::move(values), trees, counted);
  }
  return all;
}

std::optional<double> Plan::least_hours() const {
  const auto& requests = of(Quantity::kRequests);
  const auto& prompts = of(Quantity::kPromptTokens);
  const auto& generated = of(Quantity::kGeneratedTokens);
  std::optional<double> hours;
  if (requests && requests_per_minute) hours = requests->total / *requests_per_minute / 60;
  if (prompts && generated && tokens_per_minute)
    hours = std::max(hours.value_or(0), (prompts->total + generated->total) / *tokens_per_minute / 60);
  return hours;
}

std::optional<double> Plan::hours() const {
  const auto least = least_hours();
  const auto& generated = of(Quantity::kGeneratedTokens);
  if (!generated || !tokens_per_second || *tokens_per_second <= 0) return least;
  return std::max(least.value_or(0), generated->total / *tokens_per_second / 3600);
}

core::Status check(const Assumptions& assumptions) {
  const auto wrong = [](const std::string& what) { return core::fail(core::ErrorKind::kInvalidInput, what); };
  const auto positive = [](double value) { return std::isfinite(value) && value > 0; };
  const auto not_negative = [](double value) { return std::isfinite(value) && value >= 0; };
  if (!positive(assumptions.steps) || assumptions.steps > 1000)
    return wrong("--steps must be above 0, at most 1000");
  if (!positive(assumptions.tokens_per_step) || assumptions.tokens_per_step > 100'000)
    return wrong("--tokens-per-step must be above 0, at most 100000");
  const bool chances = assumptions.right_from >= 0 && assumptions.right_from <= assumptions.right_to &&
                       assumptions.right_to <= 1;
  if (!chances) return wrong("--right-from and --right-to must be chances from 0 to 1, in this order");
  if (!positive(assumptions.bytes_per_token) || assumptions.bytes_per_token > 100)
    return wrong("--bytes-per-token must be above 0, at most 100");
  if (!not_negative(assumptions.image_tokens)) return wrong("--image-tokens must be 0 or more");
  if (!not_negative(assumptions.template_tokens)) return wrong("--template-tokens must be 0 or more");
  if (!positive(assumptions.compression)) return wrong("--compression must be above 0");
  if (assumptions.trees == 0 || assumptions.trees > 100'000) return wrong("--trees must be from 1 to 100000");
  return {};
}

}  // namespace viltree::plan
