#pragma once

#include "canvas.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace viltree::simulated {

/// The canvas as a PNG file (16 palette colours) with one tEXt chunk.
[[nodiscard]] std::string encode_png(const Canvas& canvas, std::string_view keyword, std::string_view text);

[[nodiscard]] bool is_png(std::string_view file);

/// The text of the first tEXt chunk with this keyword; none in any other file, however damaged.
[[nodiscard]] std::optional<std::string> text_chunk(std::string_view file, std::string_view keyword);

struct PngSize {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};
/// From the header alone; none where the file is no PNG.
[[nodiscard]] std::optional<PngSize> picture_size(std::string_view file);

}  // namespace viltree::simulated
