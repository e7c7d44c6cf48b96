#pragma once

#include <viltree/archive/frames.hpp>
#include <viltree/core/result.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/storage/manifest.hpp>
#include <viltree/storage/run_directory.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace viltree::archive {

/// All committed trees, in the order of the problems.
[[nodiscard]] std::vector<Part> all_trees(const storage::Manifest& manifest);

/// At most so many of them, spread evenly over the frames of all archives: the same number of each frame, or
/// one of some frames. All where there are no more. Errors of opening an archive, as told().
[[nodiscard]] core::Result<std::vector<Part>> some_trees(const storage::RunDirectory& run,
                                                         const storage::Manifest& manifest,
                                                         std::uint64_t most);

/// What is done with trees. A batch is what the trees of one frame become.
template <class Batch>
struct TreeWork {
  std::function<Batch()> begin;                                 ///< an empty one; by many threads at once
  std::function<core::Status(Batch&, search::StoredTree)> add;  ///< the same, tree by tree in order
  std::function<core::Status(Batch)> take;                      ///< in the order of frames, one at a time
};

/// Goes through these trees. The first error in their order ends it and is returned: that of `add` or `take`
/// as it is, damage as told(). `threads` as for for_each_frame.
template <class Batch>
[[nodiscard]] core::Status for_each_tree(const storage::RunDirectory& run, std::vector<Part> trees,
                                         int threads, const TreeWork<Batch>& work);

/// The same for all committed trees. kCorruption where an archive has other than the trees that the manifest
/// says.
template <class Batch>
[[nodiscard]] core::Status for_each_tree(const storage::RunDirectory& run, const storage::Manifest& manifest,
                                         int threads, const TreeWork<Batch>& work);

namespace detail {

using OnTree = std::function<core::Status(search::StoredTree)>;
/// Decodes the trees of a frame.
[[nodiscard]] core::Status for_each_tree_of(const Frame& frame, const OnTree& on_tree);

using TreeCounts = std::map<std::string, std::uint64_t>;  ///< by archive
[[nodiscard]] core::Status compare(const TreeCounts& read, const storage::Manifest& manifest);

/// What the trees of a frame became, and how many there were.
template <class Batch>
struct TreesOf {
  Batch batch;
  std::string file;
  std::uint64_t trees = 0;
};

template <class Batch>
core::Result<TreesOf<Batch>> work_on(const Frame& frame, const TreeWork<Batch>& work) {
  TreesOf<Batch> of{work.begin(), frame.file, 0};
  const core::Status done = for_each_tree_of(frame, [&](search::StoredTree stored) {
    ++of.trees;
    return work.add(of.batch, std::move(stored));
  });
  if (!done) return core::fail(done.error());
  return of;
}

template <class Batch>
core::Status for_each_tree(const storage::RunDirectory& run, std::vector<Part> trees, int threads,
                           const TreeWork<Batch>& work, TreeCounts& counts) {
  using Out = core::Result<TreesOf<Batch>>;
  core::Status status;
  FrameWork<Out> frames;
  frames.work = [&](const Frame& frame) { return work_on(frame, work); };
  frames.take = [&](Out of) {
    if (of) counts[of->file] += of->trees;
    status = of ? work.take(std::move(of->batch)) : core::fail(std::move(of.error()));
    return status.has_value();
  };
  const core::Status read = for_each_frame(run, std::move(trees), threads, frames);
  if (status && !read) return core::fail(told("", read.error()));
  return status;
}

}  // namespace detail

template <class Batch>
core::Status for_each_tree(const storage::RunDirectory& run, std::vector<Part> trees, int threads,
                           const TreeWork<Batch>& work) {
  detail::TreeCounts counts;
  return detail::for_each_tree(run, std::move(trees), threads, work, counts);
}

template <class Batch>
core::Status for_each_tree(const storage::RunDirectory& run, const storage::Manifest& manifest, int threads,
                           const TreeWork<Batch>& work) {
  detail::TreeCounts counts;
  const core::Status done = detail::for_each_tree(run, all_trees(manifest), threads, work, counts);
  return done ? detail::compare(counts, manifest) : done;
}

}  // namespace viltree::archive
