#pragma once

#include <memory>

#include <zstd.h>

namespace viltree::storage {

struct FreeZstdContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

/// zstd's own handles, freed with their owner.
using CompressionContext = std::unique_ptr<ZSTD_CCtx, FreeZstdContext>;
using DecompressionContext = std::unique_ptr<ZSTD_DCtx, FreeZstdContext>;

}  // namespace viltree::storage
