#pragma once

#include <viltree/core/limits.hpp>
#include <viltree/core/result.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace viltree::storage {

inline constexpr int kLeastCompressionLevel = 1;
inline constexpr int kMostCompressionLevel = 22;  ///< its window is 2^27, which every zstd reads
/// For what is written once and kept: line files, and segments of a journal once they are sealed.
inline constexpr int kKeptLevel = 9;

/// Makes independent zstd frames with content size and checksum; keeps its memory between calls. For one
/// thread.
class FrameCompressor {
 public:
  /// `level` within the two constants above.
  explicit FrameCompressor(int level);
  ~FrameCompressor();
  FrameCompressor(FrameCompressor&&) noexcept;
  FrameCompressor& operator=(FrameCompressor&&) noexcept;

  /// kExhausted where the text is longer than limits::kFrameBytes; std::bad_alloc without memory.
  [[nodiscard]] core::Result<std::string> compress(std::string_view text);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// Reads single zstd frames; keeps its memory between calls. For one thread.
class FrameDecompressor {
 public:
  FrameDecompressor();
  ~FrameDecompressor();
  FrameDecompressor(FrameDecompressor&&) noexcept;
  FrameDecompressor& operator=(FrameDecompressor&&) noexcept;

  /// The text of exactly one frame. kCorruption where the bytes are anything else or a checksum does not fit;
  /// kExhausted, before memory is taken, where the text is longer than `most_bytes`.
  [[nodiscard]] core::Result<std::string> decompress(std::string_view frame,
                                                     std::size_t most_bytes = core::limits::kFrameBytes);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// The same bytes for the same text and level, whatever was compressed before. Thread-safe.
[[nodiscard]] core::Result<std::string> compress_frame(std::string_view text, int level);

/// FrameDecompressor::decompress with a context of the calling thread. Thread-safe.
[[nodiscard]] core::Result<std::string> decompress_frame(std::string_view frame,
                                                         std::size_t most_bytes = core::limits::kFrameBytes);

/// What a frame says of itself, without decompressing it.
struct FrameInfo {
  std::size_t bytes = 0;                 ///< the whole frame, compressed
  std::optional<std::size_t> text_size;  ///< where its header has it
  bool has_checksum = false;
};

/// The frame that `bytes` begins with; nothing where they begin with no frame, or with a part of one.
/// A skippable frame is no frame.
[[nodiscard]] std::optional<FrameInfo> inspect_frame(std::string_view bytes);

}  // namespace viltree::storage
