#pragma once

#include <array>
#include <cstdint>

namespace viltree::simulated {

/// Seven rows of five dots, the leftmost dot in bit 4.
using Glyph = std::array<std::uint8_t, 7>;

/// A digit or a capital letter; blank for every other character.
[[nodiscard]] const Glyph& glyph(char character);

}  // namespace viltree::simulated
