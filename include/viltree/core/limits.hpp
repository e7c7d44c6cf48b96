#pragma once

#include <cstddef>
#include <cstdint>

/// Every size that comes from outside has a limit with a name. Beyond it: a clear error, never a crash.
namespace viltree::core::limits {

inline constexpr std::size_t kMiB = std::size_t{1} << 20U;

inline constexpr std::size_t kConfigBytes = 4 * kMiB;        ///< a configuration file
inline constexpr std::size_t kProblemLineBytes = 64 * kMiB;  ///< one line of a data set (data URLs inside)
inline constexpr std::size_t kImageBytes = 32 * kMiB;        ///< one image file
inline constexpr std::uint64_t kImagePixels = 100'000'000;   ///< width times height of an image
inline constexpr std::size_t kImagesPerProblem = 64;         ///< images of one problem
inline constexpr std::size_t kReplyBytes = 64 * kMiB;        ///< one HTTP reply
inline constexpr std::size_t kCompletionBytes = 4 * kMiB;    ///< the text of one completion
inline constexpr std::size_t kJsonDepth = 64;                ///< nesting of JSON from outside
inline constexpr std::size_t kFrameBytes = 256 * kMiB;       ///< one stored zstd frame, decompressed
inline constexpr std::size_t kRecordBytes = 256 * kMiB;      ///< one stored line
inline constexpr std::size_t kTreeTextBytes = 1024 * kMiB;   ///< all step texts of one tree
inline constexpr std::size_t kStepsPerCompletion = 4096;     ///< steps that one completion is cut into

}  // namespace viltree::core::limits
