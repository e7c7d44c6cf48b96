#include <viltree/stats/sums.hpp>

#include <algorithm>
#include <cmath>

namespace viltree::stats {

std::optional<double> share(double part, double whole) {
  if (whole == 0) return std::nullopt;
  return part / whole;
}

void Mean::add(double value) {
  ++count;
  sum += value;
}

void Mean::add(const Mean& other) {
  count += other.count;
  sum += other.sum;
}

void Histogram::add(double value) {
  const auto last = static_cast<double>(cells.size() - 1);
  const double place = (value - from) / (to - from) * static_cast<double>(cells.size());
  // A label of 3/10 lies at 3 or a hair below it.
  const double cell = std::clamp(std::floor(place + 1e-9), 0.0, last);
  ++cells[static_cast<std::size_t>(cell)];
  all.add(value);
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i] += other.cells[i];
  all.add(other.all);
}

double Histogram::edge(std::size_t cell) const {
  // Rounded, so that it is the number that people write: the cells' ends are tenths or fifths.
  const double exact = from + (to - from) * static_cast<double>(cell) / static_cast<double>(cells.size());
  return std::round(exact * 1000) / 1000;
}

void Correlation::add(double x, double y) {
  ++count;
  const auto n = static_cast<double>(count);
  const double dx = x - mean_x;
  const double dy = y - mean_y;
  mean_x += dx / n;
  mean_y += dy / n;
  xx += dx * (x - mean_x);
  yy += dy * (y - mean_y);
  xy += dx * (y - mean_y);
}

void Correlation::add(const Correlation& other) {
  if (other.count == 0) return;
  const auto here = static_cast<double>(count);
  const auto there = static_cast<double>(other.count);
  const double all = here + there;
  const double dx = other.mean_x - mean_x;
  const double dy = other.mean_y - mean_y;
  const double weight = here * there / all;
  mean_x += dx * there / all;
  mean_y += dy * there / all;
  xx += other.xx + dx * dx * weight;
  yy += other.yy + dy * dy * weight;
  xy += other.xy + dx * dy * weight;
  count += other.count;
}

std::optional<double> Correlation::value() const {
  if (count < 2 || xx <= 0 || yy <= 0) return std::nullopt;
  return std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
}

Interval wilson(std::uint64_t part, std::uint64_t of) {
  constexpr double kZ = 1.959963984540054;  // of a normal distribution, 97.5% lie below
  const auto n = static_cast<double>(of);
  const double p = static_cast<double>(part) / n;
  const double scale = 1 + kZ * kZ / n;
  const double centre = (p + kZ * kZ / (2 * n)) / scale;
  const double half = kZ * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n)) / scale;
  // The ends that are 0 and 1 are so exactly.
  return {part == 0 ? 0.0 : centre - half, part == of ? 1.0 : centre + half};
}

}  // namespace viltree::stats
