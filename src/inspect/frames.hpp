#pragma once

#include <viltree/core/result.hpp>
#include <viltree/storage/lines.hpp>
#include <viltree/storage/run_directory.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tbb/parallel_pipeline.h>

namespace viltree::inspect {

/// Frames between the first and the last stage of a pipeline: what bounds its memory.
inline constexpr std::size_t kFramesInFlight = 8;

/// A frame of one of several line files.
struct Frame {
  std::shared_ptr<const storage::LineFileReader> file;
  std::size_t number = 0;  ///< in its file, from 0
  std::string name;        ///< of the file, below the run directory
};

/// The error with the file's name in front, and what to do.
[[nodiscard]] tl::unexpected<core::Error> damaged(const Frame& frame, const core::Error& error);

/// The frames of several line files, one after the other. For one thread.
class FrameSource {
 public:
  /// `files` are names below the run directory.
  FrameSource(const storage::RunDirectory& run, std::vector<std::string> files)
      : run_(run), files_(std::move(files)) {}

  /// Nothing at the end, and after an error.
  std::optional<Frame> next();
  [[nodiscard]] const core::Status& status() const { return status_; }

 private:
  const storage::RunDirectory& run_;
  std::vector<std::string> files_;
  std::size_t next_file_ = 0;
  Frame next_;
  core::Status status_;
};

/// Hands the result of `work(frame)`, which runs in parallel, to `take` in the order of frames, until that
/// returns false. The error is that of a file that cannot be opened as a line file.
template <class Work, class Take>
core::Status for_each_frame(const storage::RunDirectory& run, std::vector<std::string> files,
                            const Work& work, const Take& take) {
  using Out = std::invoke_result_t<const Work&, const Frame&>;
  FrameSource source(run, std::move(files));
  std::atomic<bool> stopped = false;
  const auto read = [&](tbb::flow_control& control) -> Frame {
    std::optional<Frame> frame = stopped ? std::nullopt : source.next();
    if (frame) return *std::move(frame);
    control.stop();
    return {};
  };
  const auto work_on = [&](const Frame& frame) { return work(frame); };
  const auto hand_on = [&](Out out) {
    if (!stopped && !take(std::move(out))) stopped = true;
  };
  tbb::parallel_pipeline(kFramesInFlight,
                         tbb::make_filter<void, Frame>(tbb::filter_mode::serial_in_order, read) &
                             tbb::make_filter<Frame, Out>(tbb::filter_mode::parallel, work_on) &
                             tbb::make_filter<Out, void>(tbb::filter_mode::serial_in_order, hand_on));
  return source.status();
}

}  // namespace viltree::inspect
