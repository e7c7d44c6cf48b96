#include <viltree/core/check.hpp>
#include <viltree/search/kernel.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

namespace viltree::search {

namespace {

constexpr std::size_t kLevels = 16;  ///< n = 2, 4, … 2^16

template <std::size_t N>
void normalise(std::array<double, N>& weights) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  VILTREE_CHECK(sum > 0);
  for (double& weight : weights) weight /= sum;
}

double mean_of(const GridVector& weights) {
  return std::inner_product(weights.begin(), weights.end(), value_grid().begin(), 0.0);
}

/// a ln(a / b), with 0 ln 0 = 0.
double part_of_kl(double a, double b) {
  return a > 0 ? a * std::log(a / b) : 0.0;
}

Transition with_columns(const GridMatrix& rows) {
  Transition both{rows, {}};
  for (std::size_t i = 0; i < kGridPoints; ++i) {
    for (std::size_t j = 0; j < kGridPoints; ++j) both.columns[j][i] = rows[i][j];
  }
  return both;
}

double logistic(double log_odds) {
  return 1 / (1 + std::exp(-log_odds));
}

double log_odds(double g) {
  return std::log(g / (1 - g));
}

/// The shift of the log-odds under which as many ends are right as were. `strength` more have even odds
/// before a shift of `known`.
double fit_ending(const KernelCounts& counts, double strength, double known) {
  constexpr int kHalvings = 50;
  const GridVector& g = value_grid();
  double low = -kMostEnding;
  double high = kMostEnding;
  for (int i = 0; i < kHalvings; ++i) {
    const double shift = (low + high) / 2;
    double missing = strength * (logistic(known) - logistic(shift));
    for (std::size_t k = 1; k < kLastPoint; ++k)
      missing += counts.right_ends[k] - counts.ends[k] * logistic(log_odds(g[k]) + shift);
    (missing > 0 ? low : high) = shift;
  }
  return (low + high) / 2;
}

/// The exponential family of these weights: each row tilted to its mean. 0 and 1 are never left.
template <class Weight>
GridMatrix family(Weight weight) {
  GridMatrix rows{};
  rows[0][0] = 1;
  rows[kLastPoint][kLastPoint] = 1;
  for (std::size_t i = 1; i < kLastPoint; ++i) {
    for (std::size_t j = 0; j < kGridPoints; ++j) rows[i][j] = weight(i, j);
    tilt_to_mean(rows[i], i);
  }
  return rows;
}

GridMatrix moves(double n) {
  const GridVector& g = value_grid();
  return family([&](std::size_t i, std::size_t j) {
    const double width = std::sqrt(g[j] * (1 - g[j]));  // of a point's share of [0, 1]
    return width * std::exp(-n * (part_of_kl(g[j], g[i]) + part_of_kl(1 - g[j], 1 - g[i])));
  });
}

/// Falls off from both ends.
GridMatrix decisions() {
  constexpr double kFallOff = 0.8;  // from point to point
  return family([](std::size_t, std::size_t j) {
    return std::pow(kFallOff, static_cast<double>(std::min(j, kLastPoint - j)));
  });
}

/// v ln g + (1-v) ln(1-g), with 0 ln 0 = 0.
double log_coin(double v, double g) {
  return (v > 0 ? v * std::log(g) : 0.0) + (v < 1 ? (1 - v) * std::log1p(-g) : 0.0);
}

Transition decisions_of(const GridMatrix& once, std::uint32_t draws) {
  const GridVector& g = value_grid();
  GridMatrix rows = once;
  for (std::size_t i = 0; i < kGridPoints; ++i) {
    for (std::size_t j = 0; j < kGridPoints; ++j) {
      if (rows[i][j] > 0) rows[i][j] *= std::exp((draws - 1) * log_coin(g[j], g[i]));
    }
  }
  return with_columns(rows);
}

/// Draws for which a decision is kept ready.
constexpr std::array<std::uint32_t, 12> kDraws = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64};

const Transition& decision(std::uint32_t draws) {
  static const std::vector<Transition> all = [] {
    const GridMatrix once = decisions();
    std::vector<Transition> made;
    for (const std::uint32_t number : kDraws) made.push_back(decisions_of(once, number));
    return made;
  }();
  const auto* const above = std::upper_bound(kDraws.begin(), kDraws.end(), draws);
  return all[static_cast<std::size_t>(above - kDraws.begin()) - 1];
}

const Transition& move(std::size_t level) {
  static const std::vector<Transition> all = [] {
    std::vector<Transition> made;
    for (std::size_t i = 1; i <= kLevels; ++i)
      made.push_back(with_columns(moves(std::ldexp(1, static_cast<int>(i)))));
    return made;
  }();
  return all[std::min(level, kLevels) - 1];
}

Kernel make_built_in() {
  Kernel kernel;
  const GridVector& g = value_grid();
  for (std::size_t i = 0; i < kGridPoints; ++i) kernel.prior[i] = std::sqrt(g[i] * (1 - g[i])) + 0.1;
  normalise(kernel.prior);
  kernel.types = {{{0.10, 0.24, 0.26, 0.22, 0.18},
                   {0.08, 0.21, 0.26, 0.24, 0.21},
                   {0.05, 0.20, 0.26, 0.26, 0.23},
                   {0.04, 0.17, 0.25, 0.28, 0.26},
                   {0.02, 0.12, 0.21, 0.32, 0.33},
                   {0.02, 0.08, 0.17, 0.34, 0.39}}};
  kernel.ending = 0.2;
  return kernel;
}

}  // namespace

const GridVector& value_grid() {
  static const GridVector grid = [] {
    GridVector points;
    for (std::size_t k = 0; k < kGridPoints; ++k) {
      const double sine = std::sin(std::numbers::pi * static_cast<double>(k) / (2.0 * kLastPoint));
      points[k] = sine * sine;
    }
    points[kLastPoint] = 1;
    return points;
  }();
  return grid;
}

std::size_t distance_class(double steps_to_end) {
  constexpr std::array<double, kDistanceClasses - 1> kBounds = {1.5, 2.5, 3.5, 5.5, 8.5};
  const auto* const found = std::find_if(kBounds.begin(), kBounds.end(),
                                         [steps_to_end](double bound) { return steps_to_end <= bound; });
  return static_cast<std::size_t>(found - kBounds.begin());
}

const Kernel& built_in_kernel() {
  static const Kernel kernel = make_built_in();
  return kernel;
}

void KernelCounts::add(const KernelCounts& other) {
  for (std::size_t i = 0; i < kGridPoints; ++i) roots[i] += other.roots[i];
  for (std::size_t c = 0; c < kDistanceClasses; ++c) {
    for (std::size_t z = 0; z < kStepTypes; ++z) types[c][z] += other.types[c][z];
  }
  for (std::size_t i = 0; i < kGridPoints; ++i) {
    ends[i] += other.ends[i];
    right_ends[i] += other.right_ends[i];
  }
  log_likelihood += other.log_likelihood;
  trees += other.trees;
}

Kernel fit_kernel(const KernelCounts& counts, double strength, const Kernel& known) {
  VILTREE_CHECK(strength > 0);
  Kernel kernel;
  for (std::size_t i = 0; i < kGridPoints; ++i) kernel.prior[i] = counts.roots[i] + strength * known.prior[i];
  normalise(kernel.prior);
  for (std::size_t c = 0; c < kDistanceClasses; ++c) {
    for (std::size_t z = 0; z < kStepTypes; ++z)
      kernel.types[c][z] = counts.types[c][z] + strength * known.types[c][z];
    normalise(kernel.types[c]);
  }
  kernel.ending = fit_ending(counts, strength, known.ending);
  return kernel;
}

const Transition& transition(std::size_t type, std::uint32_t draws, std::uint32_t of) {
  VILTREE_CHECK(type < kStepTypes && draws > 0 && draws <= of);
  if (type == 0) return decision(draws);
  // n = 2 · 4^(type - 1) is level 2 type - 1.
  const double share = static_cast<double>(draws - 1) / of;
  const double doublings = -2 * std::log2(1 - share);
  return move(2 * type - 1 + static_cast<std::size_t>(doublings));
}

EndEffect end_effect(double ending, double hazard) {
  const GridVector& g = value_grid();
  EndEffect effect;
  effect.right = g;
  for (std::size_t k = 0; k < kGridPoints; ++k) {
    double going_on = g[k];
    if (k > 0 && k < kLastPoint && hazard > 0 && hazard < 1) {
      const double right = logistic(log_odds(g[k]) + ending);
      effect.right[k] =
          std::clamp(right, std::max(0.0, 1 - (1 - g[k]) / hazard), std::min(1.0, g[k] / hazard));
      going_on = std::clamp((g[k] - hazard * effect.right[k]) / (1 - hazard), 0.0, 1.0);
    }
    const auto above = std::upper_bound(g.begin(), g.end(), going_on) - g.begin();
    const std::size_t lower = std::clamp<std::size_t>(static_cast<std::size_t>(above), 1, kLastPoint) - 1;
    effect.lower[k] = static_cast<std::uint8_t>(lower);
    effect.upper[k] = std::clamp((going_on - g[lower]) / (g[lower + 1] - g[lower]), 0.0, 1.0);
  }
  return effect;
}

void tilt_to_mean(GridVector& weights, std::size_t mean) {
  const GridVector& g = value_grid();
  const double target = g[mean];
  const auto middle = weights.begin() + static_cast<std::ptrdiff_t>(mean);
  const auto has_weight = [](double weight) { return weight > 0; };
  if (std::none_of(weights.begin(), middle, has_weight) ||
      std::none_of(middle + 1, weights.end(), has_weight)) {
    weights.fill(0);
    weights[mean] = 1;
    return;
  }
  // The mean grows with the tilt, which bisection finds. In logarithms, because it may have to be steep.
  constexpr double kSteepest = 1e7;
  constexpr int kHalvings = 100;
  GridVector logs;
  for (std::size_t j = 0; j < kGridPoints; ++j) logs[j] = std::log(weights[j]);
  double low = -kSteepest;
  double high = kSteepest;
  for (int i = 0; i < kHalvings; ++i) {
    const double by = (low + high) / 2;
    GridVector tilted;
    for (std::size_t j = 0; j < kGridPoints; ++j) tilted[j] = logs[j] + by * (g[j] - target);
    const double greatest = *std::max_element(tilted.begin(), tilted.end());
    for (std::size_t j = 0; j < kGridPoints; ++j) weights[j] = std::exp(tilted[j] - greatest);
    normalise(weights);
    (mean_of(weights) < target ? low : high) = by;
  }
}

}  // namespace viltree::search
