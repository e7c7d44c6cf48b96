#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

/// Sums that are made part by part and added up. Plain values. Adding the same parts in the same order gives
/// the same bits.
namespace viltree::stats {

/// None where there is nothing to be a share of.
[[nodiscard]] std::optional<double> share(double part, double whole);
[[nodiscard]] inline std::optional<double> share(std::uint64_t part, std::uint64_t whole) {
  return share(static_cast<double>(part), static_cast<double>(whole));
}
/// None where the part is not known.
[[nodiscard]] inline std::optional<double> per(std::optional<std::uint64_t> part, std::uint64_t whole) {
  return part ? share(*part, whole) : std::nullopt;
}

struct Mean {
  std::uint64_t count = 0;
  double sum = 0;

  void add(double value);
  void add(const Mean& other);
  [[nodiscard]] std::optional<double> mean() const { return share(sum, static_cast<double>(count)); }
};

/// Ten cells of the same width; each holds its lower end, the last one its upper end, too. What lies outside
/// is counted at the end that is nearer.
struct Histogram {
  double from;
  double to;
  std::array<std::uint64_t, 10> cells{};
  Mean all;

  Histogram(double lower, double upper) : from(lower), to(upper) {}
  void add(double value);
  /// `other` has the same ends.
  void add(const Histogram& other);
  /// Where a cell begins; of one beyond the last, where that ends.
  [[nodiscard]] double edge(std::size_t cell) const;
};

/// Pearson's correlation, from moments about the means (Welford; added up as in Chan, Golub and LeVeque,
/// "Updating formulae and a pairwise algorithm for computing sample variances", 1979), so that pairs that are
/// all the same have no variance at all.
struct Correlation {
  std::uint64_t count = 0;
  double mean_x = 0;
  double mean_y = 0;
  double xx = 0;
  double yy = 0;
  double xy = 0;

  void add(double x, double y);
  void add(const Correlation& other);
  /// None for fewer than two pairs, or where one of the two does not vary.
  [[nodiscard]] std::optional<double> value() const;
};

struct Interval {
  double lo = 0;
  double hi = 1;
};

/// Wilson's 95% interval of a share (1927); `of` is above 0.
[[nodiscard]] Interval wilson(std::uint64_t part, std::uint64_t of);

}  // namespace viltree::stats
