#pragma once

#include <viltree/core/result.hpp>
#include <viltree/storage/lines.hpp>
#include <viltree/storage/manifest.hpp>

#include <memory>
#include <optional>

namespace viltree::exports {

/// A frame of stored trees that is still to be read.
struct FrameOfTrees {
  std::shared_ptr<const storage::LineFileReader> archive;
  std::size_t frame = 0;
  std::size_t unit = 0;  ///< place in Manifest::units
};

/// Goes through the frames of all tree archives that the manifest lists, in order. For one thread; frames may
/// be read by others.
class TreeReader {
 public:
  TreeReader(storage::FileSystem& fs, const storage::Path& run, const storage::Manifest& manifest)
      : fs_(fs), run_(run), manifest_(manifest) {}

  /// The next frame; none at the end. Errors of opening an archive, with its name.
  [[nodiscard]] core::Result<std::optional<FrameOfTrees>> next();

 private:
  storage::FileSystem& fs_;
  const storage::Path& run_;
  const storage::Manifest& manifest_;
  FrameOfTrees next_;
};

}  // namespace viltree::exports
