#include "open_tree.hpp"
#include "replay.hpp"

#include <viltree/archive/committed.hpp>
#include <viltree/crawl/replay_tree.hpp>
#include <viltree/kernels/kernels.hpp>
#include <viltree/search/machine_factory.hpp>
#include <viltree/search/stored_tree.hpp>

#include <utility>

namespace viltree::crawl {

core::Result<std::optional<search::StoredTree>> replay_tree(const search::Options& options,
                                                            std::uint64_t unit_size,
                                                            const storage::RunDirectory& run,
                                                            const domain::Problem& problem) {
  const auto manifest = archive::manifest_or_empty(run);
  if (!manifest) return core::fail(manifest.error());
  const auto kernel = kernels::of_run(run, *manifest);
  if (!kernel) return core::fail(kernel.error());
  auto replay = Replay::read(run, *manifest, unit_size);
  if (!replay) return core::fail(replay.error());
  auto known = replay->take(problem, domain::fingerprint(problem));
  if (!known) return core::fail(known.error());
  if (known->events.empty()) return std::optional<search::StoredTree>();

  const search::MachineFactory machines(options);
  OpenTree tree(
      problem, {}, nullptr,
      machines.make(problem, kernels::growing_kernel(problem.index.value / unit_size, kernel->kernel)));
  if (auto started = tree.start(std::move(*known), replay->has_gaps()); !started)
    return core::fail(started.error());
  return tree.stored(machines);
}

}  // namespace viltree::crawl
