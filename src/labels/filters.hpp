#pragma once

#include <viltree/labels/tree_labels.hpp>

/// The filters of steps.
namespace viltree::labels {

/// The filter that leaves this step out by what it is itself; none: it stays.
[[nodiscard]] std::optional<Filter> filter_of(std::string_view step, const search::NodeValue& value,
                                              const Options& options);

/// Of siblings with a value that nearly repeat each other, leaves out all but the one that most rollouts went
/// through. Steps are near-duplicates where they hold the same numbers, their words are nearly the same
/// (core/similar_text.hpp), and their intervals overlap: a small change that surely changes the value is what
/// a model must learn to see.
void leave_out_duplicates(const search::Tree& tree, std::vector<NodeLabel>& labels);

}  // namespace viltree::labels
