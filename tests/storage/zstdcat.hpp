#pragma once

#include <string>

#include <doctest/doctest.h>
#include <zstd.h>

namespace viltree::test {

/// The text of a file as plain zstd reads it: all frames one after the other, skippable ones passed over.
inline std::string zstdcat(const std::string& bytes) {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  std::string text;
  std::string piece(1000, '\0');
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  std::size_t rest = 0;
  while (input.pos < input.size || rest != 0) {
    ZSTD_outBuffer output{piece.data(), piece.size(), 0};
    rest = ZSTD_decompressStream(context, &output, &input);
    REQUIRE(ZSTD_isError(rest) == 0);
    text.append(piece.data(), output.pos);
  }
  ZSTD_freeDCtx(context);
  return text;
}

}  // namespace viltree::test
