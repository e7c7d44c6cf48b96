#pragma once

#include <viltree/search/posterior.hpp>
#include <viltree/search/tree.hpp>

namespace viltree::kernels {

/// Adds what a tree says of the posterior's kernel; nothing where none of its rollouts came to an outcome.
void add_counts(search::KernelCounts& counts, search::Posterior& posterior, const search::Tree& tree,
                bool truncated_is_wrong);

}  // namespace viltree::kernels
