#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

/// How good labels are, next to the truth. Pure functions of plain values, thread-safe.
namespace viltree::bench {

/// One label and the true value of its step.
struct ScoredLabel {
  float value = 0;
  float truth = 0;
  float lo = 0;  ///< the 95% interval
  float hi = 1;
  std::uint16_t depth = 0;    ///< steps from the start, from 1
  std::uint32_t problem = 0;  ///< labels of one problem are not independent
  [[nodiscard]] float width() const { return hi - lo; }
};

/// A mean, and its standard error with problems as the independent units. NaN where there is nothing.
struct MeanError {
  double mean = 0;
  double standard_error = 0;
};

struct LabelMeasures {
  std::size_t labels = 0;
  double rmse = 0;
  MeanError signed_error;  ///< value - truth
  double slope = 0;       ///< of truth on value: 1 where labels are calibrated, below where they are too sure
  double wrong_side = 0;  ///< share with value and truth on different sides of 0.5
  double covered = 0;     ///< share with the truth in the interval
  double half_width = 0;  ///< mean
  double certain_covered = 0;  ///< as `covered`, of the tenth with the narrowest intervals
};

/// NaN in all that has no meaning without labels.
[[nodiscard]] LabelMeasures measure(std::span<const ScoredLabel> labels);

/// Of the labels in [first, last] steps from the start.
[[nodiscard]] MeanError signed_error_at(std::span<const ScoredLabel> labels, std::size_t first,
                                        std::size_t last);

struct Interval {
  double lo = 0;
  double hi = 1;
};

/// The 95% interval of a share (Wilson, 1927): `right` of `decided`, which is above 0.
[[nodiscard]] Interval wilson(std::uint32_t right, std::uint32_t decided);

/// Root mean square errors of the 1, 2, … most certain labels, by the width of their interval.
[[nodiscard]] std::vector<double> errors_by_certainty(std::span<const ScoredLabel> labels);

/// How many of the most certain labels there are at most with that error or less; 0 where there are none.
[[nodiscard]] std::size_t labels_at_error(const std::vector<double>& errors_by_certainty, double rmse);

/// A score that shall be high where something is true.
struct Score {
  float score = 0;
  bool is_true = false;
};

/// The area under the receiver operating characteristic: how probable it is that something true has the
/// higher score, a tie counted half. None without both kinds.
[[nodiscard]] std::optional<double> area_under_roc(std::vector<Score> scores);

/// Of what steps break wrong solutions.
struct FirstErrors {
  std::size_t paths = 0;  ///< wrong solutions of which something is said
  std::size_t found = 0;  ///< of these, those where it is the right step
  std::vector<Score> scores;
  void add(const FirstErrors& other);
};

/// The geometric mean; NaN without numbers.
[[nodiscard]] double geometric_mean(std::span<const double> numbers);

}  // namespace viltree::bench
