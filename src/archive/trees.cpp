#include <viltree/archive/trees.hpp>
#include <viltree/codec/codec.hpp>
#include <viltree/labels/labels.hpp>
#include <viltree/storage/lines.hpp>

#include <algorithm>

namespace viltree::archive {

namespace {

core::Result<std::vector<Part>> all_frames(const storage::RunDirectory& run,
                                           const storage::Manifest& manifest) {
  std::vector<Part> frames;
  for (const Part& archive : all_trees(manifest)) {
    const auto reader = storage::LineFileReader::open(run.file_system(), run.path(archive.file));
    if (!reader) return core::fail(told(archive.file, reader.error()));
    for (std::size_t i = 0; i < reader->frame_count(); ++i) frames.push_back({archive.file, i, 0});
  }
  return frames;
}

}  // namespace

std::vector<Part> all_trees(const storage::Manifest& manifest) {
  std::vector<Part> archives;
  for (const storage::UnitEntry& unit : manifest.units) archives.push_back({unit.tree_archive.path});
  return archives;
}

core::Result<std::vector<Part>> some_trees(const storage::RunDirectory& run,
                                           const storage::Manifest& manifest, std::uint64_t most) {
  std::uint64_t trees = 0;
  for (const storage::UnitEntry& unit : manifest.units) trees += unit.tree_archive.lines;
  if (most >= trees) return all_trees(manifest);
  const auto frames = all_frames(run, manifest);
  if (!frames) return core::fail(frames.error());
  std::uint64_t left = std::max<std::uint64_t>(most, 1);
  std::vector<Part> chosen;
  for (const std::size_t place : labels::evenly_spread(frames->size(), left))
    chosen.push_back((*frames)[place]);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    chosen[i].most_lines = left / (chosen.size() - i);
    left -= chosen[i].most_lines;
  }
  return chosen;
}

core::Status detail::for_each_tree_of(const Frame& frame, const OnTree& on_tree) {
  const core::Status done = for_each_line(frame, [&](std::uint64_t, std::string_view line) -> core::Status {
    auto stored = codec::decode_tree(line);
    if (!stored) return core::fail(std::move(stored.error()));
    return on_tree(*std::move(stored));
  });
  if (!done) return core::fail(told(frame.file, done.error()));
  return {};
}

core::Status detail::compare(const TreeCounts& read, const storage::Manifest& manifest) {
  for (const storage::UnitEntry& unit : manifest.units) {
    const storage::FileEntry& archive = unit.tree_archive;
    const auto found = read.find(archive.path);
    const std::uint64_t trees = found == read.end() ? 0 : found->second;
    if (trees == archive.lines) continue;
    return core::fail(
        told(archive.path, {core::ErrorKind::kCorruption, archive.path + " has " + std::to_string(trees) +
                                                              " trees, but the manifest says " +
                                                              std::to_string(archive.lines)}));
  }
  return {};
}

}  // namespace viltree::archive
