#pragma once

#include <viltree/labels/tree_labels.hpp>

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace viltree::labels {

/// The label of a node under kFirstError; none behind the first error.
using FirstErrorLabel = std::function<std::optional<double>(search::NodeId)>;

/// By node: none where it is on a solution of which the judge and the labels name the same first wrong step,
/// or both none; else kDisagreed where it is on one that was judged, else kUnjudged. Of a solution that was
/// judged more than once all judgements must agree.
[[nodiscard]] std::vector<std::optional<Filter>> consensus_filters(const search::Tree& tree,
                                                                   std::span<const JudgedSolution> judged,
                                                                   const FirstErrorLabel& label);

}  // namespace viltree::labels
