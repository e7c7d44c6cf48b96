#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace viltree::dataset {

struct ImageHeader {
  std::string_view media_type;  ///< "image/png", …
  std::uint32_t width = 0;      ///< pixels, never 0
  std::uint32_t height = 0;
};

/// What the first bytes of a PNG, JPEG, GIF, WebP or BMP file say; nothing where it is none of these, or
/// damaged before its size is told. Reads no pixel. Any bytes; linear.
[[nodiscard]] std::optional<ImageHeader> read_image_header(std::string_view file);

}  // namespace viltree::dataset
