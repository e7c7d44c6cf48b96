#pragma once

#include <viltree/core/result.hpp>
#include <viltree/storage/lines.hpp>
#include <viltree/storage/run_directory.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The one walk over the line files of a run, be they trees or rows:
///
///     next frame (in order) ─► work: read, verify, decode … (on all cores) ─► take (in order)
namespace viltree::archive {

/// What is gone through of a line file.
struct Part {
  std::string file;                                 ///< below the run directory
  std::optional<std::size_t> frame = std::nullopt;  ///< none: all frames, in order
  std::uint64_t most_lines = 0;                     ///< of a frame, spread evenly over it; 0: all
};

/// A frame that is still to be read. Any thread may read it.
struct Frame {
  std::shared_ptr<const storage::LineFileReader> reader;
  std::string file;              ///< below the run directory
  std::size_t number = 0;        ///< in its file, from 0
  std::uint64_t most_lines = 0;  ///< as in Part
};

/// Calls for the lines of the frame in order; `index` counts from 0 within the frame. Where `on_line` fails
/// with kCorruption, its error comes back with the line's place in front. Else errors are those of reading.
[[nodiscard]] core::Status for_each_line(const Frame& frame, const storage::OnLine& on_line);

/// "frame 3, line 12 of it"; the line counts from 0 here, and from 1 in the text.
[[nodiscard]] std::string place_of(const Frame& frame, std::uint64_t line);

/// Damage that somebody met who did not look for it: with the name of the file, and what to do. Any other
/// error stays as it is.
[[nodiscard]] core::Error told(const std::string& file, const core::Error& error);

/// What is done with frames.
template <class Out>
struct FrameWork {
  std::function<Out(const Frame&)> work;  ///< by many threads at once
  std::function<bool(Out)> take;          ///< in the order of frames, one at a time; false: that is enough
};

/// Goes through the frames of these parts. Memory follows two frames a thread. `threads` 0: one a core; what
/// is taken does not depend on it. The only error is that of a file that cannot be opened as a line file, or
/// has no such frame; what stands before it has been taken then.
template <class Out>
[[nodiscard]] core::Status for_each_frame(const storage::RunDirectory& run, std::vector<Part> parts,
                                          int threads, const FrameWork<Out>& work);

namespace detail {

/// FrameWork whose results have no type.
struct UntypedWork {
  std::function<std::shared_ptr<void>(const Frame&)> work;
  std::function<bool(void*)> take;
};
[[nodiscard]] core::Status walk(const storage::RunDirectory& run, std::vector<Part> parts, int threads,
                                const UntypedWork& work);

}  // namespace detail

template <class Out>
core::Status for_each_frame(const storage::RunDirectory& run, std::vector<Part> parts, int threads,
                            const FrameWork<Out>& work) {
  return detail::walk(run, std::move(parts), threads,
                      {[&](const Frame& frame) { return std::make_shared<Out>(work.work(frame)); },
                       [&](void* out) { return work.take(std::move(*static_cast<Out*>(out))); }});
}

}  // namespace viltree::archive
