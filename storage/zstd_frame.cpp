#include "zstd_context.hpp"

#include <viltree/core/check.hpp>
#include <viltree/storage/zstd_frame.hpp>

#include <algorithm>
#include <new>
#include <vector>

#include <zstd.h>
#include <zstd_errors.h>

namespace viltree::storage {

using core::ErrorKind;
using core::Result;

namespace {

constexpr std::string_view kMagic = "\x28\xB5\x2F\xFD";
constexpr std::size_t kDescriptorAt = 4;  // byte of a frame that follows the magic number
constexpr unsigned char kChecksumFlag = 4;
constexpr std::size_t kBlockHeaderBytes = 3;
constexpr std::size_t kMostBlockText = std::size_t{128} * 1024;

std::string too_long(std::size_t most_bytes) {
  return "zstd frame: its text is longer than the " + std::to_string(most_bytes) + " bytes allowed";
}

tl::unexpected<core::Error> bad_frame(const std::string& reason) {
  return core::fail(ErrorKind::kCorruption, "zstd frame: " + reason);
}

/// What zstd returned. Want of memory is no fault of the frame: std::bad_alloc.
bool is_error(std::size_t result) {
  if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation) throw std::bad_alloc();
  return ZSTD_isError(result) != 0U;
}

/// No frame of so few bytes can hold more, whatever its header says.
std::size_t most_text_of(std::size_t frame_bytes) {
  return (frame_bytes / kBlockHeaderBytes + 1) * kMostBlockText;
}

}  // namespace

struct FrameCompressor::Context {
  CompressionContext handle{ZSTD_createCCtx()};
};

FrameCompressor::FrameCompressor(int level) : context_(std::make_unique<Context>()) {
  VILTREE_CHECK(level >= kLeastCompressionLevel && level <= kMostCompressionLevel);
  if (!context_->handle) throw std::bad_alloc();
  ZSTD_CCtx* handle = context_->handle.get();
  VILTREE_CHECK(ZSTD_isError(ZSTD_CCtx_setParameter(handle, ZSTD_c_compressionLevel, level)) == 0U);
  VILTREE_CHECK(ZSTD_isError(ZSTD_CCtx_setParameter(handle, ZSTD_c_checksumFlag, 1)) == 0U);
}

FrameCompressor::~FrameCompressor() = default;
FrameCompressor::FrameCompressor(FrameCompressor&&) noexcept = default;
FrameCompressor& FrameCompressor::operator=(FrameCompressor&&) noexcept = default;

Result<std::string> FrameCompressor::compress(std::string_view text) {
  if (text.size() > core::limits::kFrameBytes) {
    return core::fail(ErrorKind::kExhausted, too_long(core::limits::kFrameBytes));
  }
  std::string frame(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size =
      ZSTD_compress2(context_->handle.get(), frame.data(), frame.size(), text.data(), text.size());
  if (is_error(size)) {
    return core::fail(ErrorKind::kExhausted,
                      std::string("compress a zstd frame: ") + ZSTD_getErrorName(size));
  }
  frame.resize(size);
  return frame;
}

struct FrameDecompressor::Context {
  DecompressionContext handle{ZSTD_createDCtx()};

  Result<std::string> whole(std::string_view frame, std::size_t text_size) const {
    std::string text(text_size, '\0');
    const std::size_t size =
        ZSTD_decompressDCtx(handle.get(), text.data(), text.size(), frame.data(), frame.size());
    if (is_error(size)) return bad_frame(ZSTD_getErrorName(size));
    if (size != text_size) return bad_frame("its text is not as long as its header says");
    return text;
  }

  /// For a frame that does not say how long its text is.
  Result<std::string> piece_by_piece(std::string_view frame, std::size_t most_bytes) const {
    VILTREE_CHECK(ZSTD_isError(ZSTD_DCtx_reset(handle.get(), ZSTD_reset_session_only)) == 0U);
    std::string text;
    std::vector<char> piece(ZSTD_DStreamOutSize());
    ZSTD_inBuffer input{frame.data(), frame.size(), 0};
    for (std::size_t rest = 1; rest != 0;) {
      ZSTD_outBuffer output{piece.data(), piece.size(), 0};
      rest = ZSTD_decompressStream(handle.get(), &output, &input);
      if (is_error(rest)) return bad_frame(ZSTD_getErrorName(rest));
      if (output.pos > most_bytes - text.size())
        return core::fail(ErrorKind::kExhausted, too_long(most_bytes));
      text.append(piece.data(), output.pos);
    }
    return text;
  }
};

FrameDecompressor::FrameDecompressor() : context_(std::make_unique<Context>()) {
  if (!context_->handle) throw std::bad_alloc();
}

FrameDecompressor::~FrameDecompressor() = default;
FrameDecompressor::FrameDecompressor(FrameDecompressor&&) noexcept = default;
FrameDecompressor& FrameDecompressor::operator=(FrameDecompressor&&) noexcept = default;

Result<std::string> FrameDecompressor::decompress(std::string_view frame, std::size_t most_bytes) {
  const std::optional<FrameInfo> info = inspect_frame(frame);
  if (!info) return bad_frame("not one, or cut short");
  if (info->bytes != frame.size()) return bad_frame("bytes behind its end");
  if (!info->text_size) return context_->piece_by_piece(frame, most_bytes);
  if (*info->text_size > most_bytes) return core::fail(ErrorKind::kExhausted, too_long(most_bytes));
  if (*info->text_size > most_text_of(frame.size()))
    return bad_frame("its header says more than it can hold");
  return context_->whole(frame, *info->text_size);
}

Result<std::string> compress_frame(std::string_view text, int level) {
  // A context of its own: what an older one still holds may steer the search for matches, and with it the
  // bytes.
  return FrameCompressor(level).compress(text);
}

Result<std::string> decompress_frame(std::string_view frame, std::size_t most_bytes) {
  thread_local FrameDecompressor decompressor;
  return decompressor.decompress(frame, most_bytes);
}

std::optional<FrameInfo> inspect_frame(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) return std::nullopt;
  const std::size_t size = ZSTD_findFrameCompressedSize(bytes.data(), bytes.size());
  if (ZSTD_isError(size) != 0U) return std::nullopt;
  const unsigned long long text_size = ZSTD_getFrameContentSize(bytes.data(), size);
  if (text_size == ZSTD_CONTENTSIZE_ERROR) return std::nullopt;
  FrameInfo info;
  info.bytes = size;
  if (text_size != ZSTD_CONTENTSIZE_UNKNOWN) info.text_size = text_size;
  info.has_checksum = (static_cast<unsigned char>(bytes[kDescriptorAt]) & kChecksumFlag) != 0;
  return info;
}

}  // namespace viltree::storage
