#include "tree_reader.hpp"

namespace viltree::exports {

core::Result<std::optional<FrameOfTrees>> TreeReader::next() {
  for (; next_.unit < manifest_.units.size(); next_ = {nullptr, 0, next_.unit + 1}) {
    if (!next_.archive) {
      auto opened = storage::LineFileReader::open(fs_, run_ / manifest_.units[next_.unit].tree_archive.path);
      if (!opened) return core::fail(std::move(opened.error()));
      next_.archive = std::make_shared<const storage::LineFileReader>(std::move(*opened));
    }
    if (next_.frame < next_.archive->frame_count()) {
      const FrameOfTrees frame = next_;
      ++next_.frame;
      return frame;
    }
  }
  return std::nullopt;
}

}  // namespace viltree::exports
