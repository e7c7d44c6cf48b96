#include "frames.hpp"

namespace viltree::inspect {

tl::unexpected<core::Error> damaged(const Frame& frame, const core::Error& error) {
  return core::fail(error.kind,
                    frame.name + ": " + error.message + "; `viltree verify` says what else is damaged");
}

std::optional<Frame> FrameSource::next() {
  while (!next_.file || next_.number == next_.file->frame_count()) {
    if (!status_ || next_file_ == files_.size()) return std::nullopt;
    const std::string& name = files_[next_file_++];
    auto reader = storage::LineFileReader::open(run_.file_system(), run_.path(name));
    if (!reader) {
      status_ = core::fail(reader.error());
      return std::nullopt;
    }
    next_ = {std::make_shared<const storage::LineFileReader>(std::move(*reader)), 0, name};
  }
  Frame frame = next_;
  ++next_.number;
  return frame;
}

}  // namespace viltree::inspect
