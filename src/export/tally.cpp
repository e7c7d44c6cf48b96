#include "tally.hpp"

#include <viltree/core/check.hpp>

#include <algorithm>

namespace viltree::exports {

void LabelTally::add(double label) {
  VILTREE_CHECK(label >= -1 && label <= 1);
  ++labels;
  zeros += label == 0 ? 1 : 0;
  ones += label == 1 ? 1 : 0;
  sum += label;
  negative += label < 0 ? 1 : 0;
  if (label < 0) return;
  ++tenths[std::min<std::size_t>(static_cast<std::size_t>(label * 10), tenths.size() - 1)];
}

void LabelTally::add(const LabelTally& other) {
  labels += other.labels;
  negative += other.negative;
  zeros += other.zeros;
  ones += other.ones;
  sum += other.sum;
  for (std::size_t i = 0; i < tenths.size(); ++i) tenths[i] += other.tenths[i];
}

void Tally::add(const Tally& other) {
  trees += other.trees;
  trees_with_rows += other.trees_with_rows;
  trees_with_images += other.trees_with_images;
  stopped_by_budget += other.stopped_by_budget;
  rows += other.rows;
  cut_paths += other.cut_paths;
  unmeasured_paths += other.unmeasured_paths;
  marked_paths += other.marked_paths;
  repaired += other.repaired;
  for (const auto& [name, count] : other.policies) policies[name] += count;
  for (const auto& [name, count] : other.strategies) strategies[name] += count;
  left_out.add(other.left_out);
  trees_left_out += other.trees_left_out;
  judgements += other.judgements;
  judged += other.judged;
  labels.add(other.labels);
}

}  // namespace viltree::exports
