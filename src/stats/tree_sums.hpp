#pragma once

#include "step_counts.hpp"

#include <viltree/search/stored_tree.hpp>
#include <viltree/stats/stats.hpp>

#include <vector>

namespace viltree::stats {

/// What one frame of trees brings. For one thread.
class FrameSums {
 public:
  explicit FrameSums(const labels::Options& options);

  void add(const search::StoredTree& stored);
  /// All but the problems, the steps over the whole run and the money.
  [[nodiscard]] const Statistics& sums() const { return sums_; }
  [[nodiscard]] const std::vector<StepCount>& steps() const { return steps_.counts(); }

 private:
  const labels::Options& options_;
  Statistics sums_;
  StepCounter steps_;
};

/// Adds all that FrameSums counts.
void add(Statistics& to, const Statistics& frame);

/// No statistics yet; the histogram of labels fits the mode.
[[nodiscard]] Statistics nothing_yet(const labels::ModeInfo* mode);

}  // namespace viltree::stats
