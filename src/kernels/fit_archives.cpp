#include "counting.hpp"

#include <viltree/codec/codec.hpp>
#include <viltree/kernels/kernels.hpp>
#include <viltree/labels/labels.hpp>
#include <viltree/storage/lines.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

namespace viltree::kernels {

namespace {

/// Trees of one frame, spread evenly over it.
struct Part {
  std::string archive;
  std::size_t frame = 0;
  std::size_t most = 0;  ///< 0: all
};

core::Result<std::vector<Part>> all_frames(const storage::RunDirectory& run,
                                           const storage::Manifest& manifest) {
  std::vector<Part> parts;
  for (const storage::UnitEntry& unit : manifest.units) {
    const std::string& archive = unit.tree_archive.path;
    const auto reader = storage::LineFileReader::open(run.file_system(), run.path(archive));
    if (!reader) return core::fail(reader.error());
    for (std::size_t i = 0; i < reader->frame_count(); ++i) parts.push_back({archive, i, 0});
  }
  return parts;
}

/// Shares the trees out: the same number for each frame, or one for some of them.
std::vector<Part> chosen_parts(const std::vector<Part>& frames, std::uint64_t most_trees) {
  std::vector<Part> parts;
  for (const std::size_t place : labels::evenly_spread(frames.size(), most_trees))
    parts.push_back(frames[place]);
  std::uint64_t left = most_trees;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i].most = left / (parts.size() - i);
    left -= parts[i].most;
  }
  return parts;
}

core::Status count_part(const storage::RunDirectory& run, const Part& part, bool truncated_is_wrong,
                        search::Posterior& posterior, search::KernelCounts& counts) {
  const auto reader = storage::LineFileReader::open(run.file_system(), run.path(part.archive));
  if (!reader) return core::fail(reader.error());
  const auto text = reader->read_frame(part.frame);
  if (!text) return core::fail(text.error());
  std::vector<std::string_view> lines;
  std::uint64_t index = 0;
  auto split = storage::for_each_line_of(*text, index, [&](std::uint64_t, std::string_view line) {
    lines.push_back(line);
    return core::Status();
  });
  if (!split) return split;
  for (const std::size_t place : labels::evenly_spread(lines.size(), part.most)) {
    const auto stored = codec::decode_tree(lines[place]);
    if (!stored) return core::fail(stored.error(), part.archive);
    add_counts(counts, posterior, stored->tree, truncated_is_wrong);
  }
  return {};
}

/// Frame by frame first, because a sum of decimals depends on its order. The first error in their order.
core::Result<search::KernelCounts> count_parts(const storage::RunDirectory& run,
                                               const std::vector<Part>& parts, const search::Kernel& kernel,
                                               bool truncated_is_wrong) {
  std::vector<search::KernelCounts> by_part(parts.size());
  std::vector<core::Status> done(parts.size());
  tbb::parallel_for(std::size_t{0}, parts.size(), [&](std::size_t i) {
    search::Posterior posterior(kernel);
    done[i] = count_part(run, parts[i], truncated_is_wrong, posterior, by_part[i]);
  });
  search::KernelCounts sum;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!done[i]) return core::fail(done[i].error());
    sum.add(by_part[i]);
  }
  return sum;
}

}  // namespace

core::Result<search::FittedKernel> fit_archives(const storage::RunDirectory& run, const ArchiveFit& options) {
  const auto manifest = storage::load_manifest(run.file_system(), run.manifest());
  if (!manifest) return core::fail(manifest.error());
  if (!*manifest || (*manifest)->units.empty()) {
    return core::fail(
        core::ErrorKind::kInvalidInput,
        "'" + run.root().string() + "' has no committed trees that a kernel could be fitted on");
  }
  const auto frames = all_frames(run, **manifest);
  if (!frames) return core::fail(frames.error());
  std::uint64_t trees = 0;
  for (const storage::UnitEntry& unit : (*manifest)->units) trees += unit.tree_archive.lines;
  const bool all = options.most_trees >= trees;
  const std::vector<Part> parts =
      all ? *frames : chosen_parts(*frames, std::max<std::uint64_t>(options.most_trees, 1));
  tbb::task_arena arena(options.threads == 0 ? tbb::task_arena::automatic : options.threads);
  search::KernelFit fit;
  while (!fit.done()) {
    const auto counts =
        arena.execute([&] { return count_parts(run, parts, fit.proposal(), options.truncated_is_wrong); });
    if (!counts) return core::fail(counts.error());
    fit.take(*counts);
    if (options.on_round) options.on_round(fit.result());
  }
  return fit.result();
}

}  // namespace viltree::kernels
