#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

/// The marks that thinking models put around their thoughts within a text.
namespace viltree::core {

inline constexpr std::array<std::string_view, 4> kThoughtBegins = {"<think>", "<thinking>", "<thought>",
                                                                   "<reasoning>"};
inline constexpr std::array<std::string_view, 4> kThoughtEnds = {"</think>", "</thinking>", "</thought>",
                                                                 "</reasoning>"};

/// Whether the text begins with thoughts, by their first mark. Many templates write that themselves, so that
/// the text of a model that thinks has none.
[[nodiscard]] constexpr bool opens_thoughts(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return std::any_of(kThoughtBegins.begin(), kThoughtBegins.end(),
                     [text](std::string_view mark) { return text.starts_with(mark); });
}

/// Behind the last mark that ends thoughts; 0 where there is none.
[[nodiscard]] constexpr std::size_t behind_thoughts(std::string_view text) {
  std::size_t behind = 0;
  for (const std::string_view mark : kThoughtEnds) {
    const std::size_t at = text.rfind(mark);
    if (at != std::string_view::npos) behind = std::max(behind, at + mark.size());
  }
  return behind;
}

}  // namespace viltree::core
