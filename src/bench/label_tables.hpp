#pragma once

#include "label_run.hpp"

#include <array>
#include <cstdint>
#include <iosfwd>
#include <limits>
#include <span>
#include <string>
#include <vector>

/// What `viltree bench labels` says, as text.
namespace viltree::bench {

/// A run of depths that are looked at together.
struct DepthClass {
  std::size_t first;
  std::size_t last;
};
inline constexpr std::array<DepthClass, 5> kDepthClasses = {
    {{1, 1}, {2, 3}, {4, 5}, {6, 8}, {9, std::numeric_limits<std::size_t>::max()}}};

/// One strategy with one estimator on one family. NaN: has no meaning here.
struct LabelLine {
  std::string strategy;
  Estimator estimator = Estimator::kMc;
  std::uint64_t tokens = 0;  ///< generated, of all problems
  std::uint64_t requests = 0;
  LabelMeasures measures;
  std::array<MeanError, kDepthClasses.size()> by_depth{};
  std::size_t paths = 0;       ///< wrong solutions of which something is said
  double found = 0;            ///< share of these with the right first error
  double area = 0;             ///< under the receiver operating characteristic
  std::vector<double> errors;  ///< of the 1, 2, … most certain labels
  double equal_tokens = 0;     ///< a label, of the most certain ones that together have the reference's error
  double equal_ratio = 0;      ///< the reference's tokens per label by it

  [[nodiscard]] double tokens_per_label() const;
};

struct FamilyResult {
  Family family;
  std::size_t problems = 0;
  std::array<double, 5> root_values{};  ///< the least, the quartiles, the greatest
  double steps = 0;                     ///< of a solution, mean, its answer included
  std::vector<LabelLine> lines;
};

void print_family(std::ostream& out, const FamilyResult& result);

/// One line a strategy and estimator, over all families.
void print_summary(std::ostream& out, std::span<const FamilyResult> results);

}  // namespace viltree::bench
