#include "counting.hpp"

#include <viltree/archive/committed.hpp>
#include <viltree/archive/trees.hpp>
#include <viltree/kernels/kernels.hpp>
#include <viltree/search/stored_tree.hpp>

#include <utility>
#include <vector>

namespace viltree::kernels {

namespace {

struct Counted {
  search::Posterior posterior;
  search::KernelCounts counts;
};

/// Frame by frame first, because a sum of decimals depends on its order.
core::Result<search::KernelCounts> count(const storage::RunDirectory& run,
                                         const std::vector<archive::Part>& trees,
                                         const search::Kernel& kernel, const ArchiveFit& options) {
  search::KernelCounts sum;
  archive::TreeWork<Counted> work;
  work.begin = [&] { return Counted{search::Posterior(kernel), {}}; };
  work.add = [&](Counted& counted, const search::StoredTree& stored) {
    add_counts(counted.counts, counted.posterior, stored.tree, options.truncated_is_wrong);
    return core::Status();
  };
  work.take = [&](const Counted& counted) {
    sum.add(counted.counts);
    return core::Status();
  };
  if (auto done = archive::for_each_tree(run, trees, options.threads, work); !done)
    return core::fail(std::move(done.error()));
  return sum;
}

}  // namespace

core::Result<search::FittedKernel> fit_archives(const storage::RunDirectory& run, const ArchiveFit& options) {
  const auto manifest = archive::manifest_with_units(run);
  if (!manifest) return core::fail(manifest.error());
  const auto trees = archive::some_trees(run, *manifest, options.most_trees);
  if (!trees) return core::fail(trees.error());
  search::KernelFit fit;
  while (!fit.done()) {
    const auto counts = count(run, *trees, fit.proposal(), options);
    if (!counts) return core::fail(counts.error());
    fit.take(*counts);
    if (options.on_round) options.on_round(fit.result());
  }
  return fit.result();
}

}  // namespace viltree::kernels
