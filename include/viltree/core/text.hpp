#pragma once

#include <span>
#include <string>
#include <string_view>

namespace viltree::core {

/// True where the bytes are well-formed UTF-8 (no surrogates, no overlong forms).
[[nodiscard]] bool is_utf8(std::string_view text);

/// The text with every ill-formed byte replaced by U+FFFD; well-formed text comes back unchanged.
[[nodiscard]] std::string repair_utf8(std::string_view text);

/// Model text for a terminal: control characters, escape sequences and bidirectional overrides are shown as
/// \xNN or \u{NNNN}; newlines and tabs stay. Ill-formed UTF-8 is repaired.
[[nodiscard]] std::string printable(std::string_view text);

[[nodiscard]] std::string base64_encode(std::string_view bytes);
/// False (and `out` unspecified) where the text is not base64.
[[nodiscard]] bool base64_decode(std::string_view text, std::string& out);

/// With a to z for A to Z; other bytes stay.
[[nodiscard]] std::string ascii_lower(std::string_view text);

[[nodiscard]] std::string_view trim(std::string_view text);

/// What stands for a mark of a template, such as "{question}".
struct Filling {
  std::string_view mark;
  std::string_view text;
};

/// The template with every mark replaced by its text. One pass: marks within a text stay as they are.
[[nodiscard]] std::string fill(std::string_view pattern, std::span<const Filling> fillings);

/// "12,345,678"
[[nodiscard]] std::string with_thousands(unsigned long long number);

/// "1 step", "4 steps".
[[nodiscard]] std::string counted(unsigned long long number, const std::string& noun);

/// The candidate with the smallest edit distance to `word`, or empty where none is near (more than a third of
/// it would have to change).
template <class Range>
[[nodiscard]] std::string nearest(std::string_view word, const Range& candidates);

[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

template <class Range>
std::string nearest(std::string_view word, const Range& candidates) {
  std::string best;
  std::size_t best_distance = word.size() / 3 + 2;
  for (const auto& candidate : candidates) {
    const std::size_t distance = edit_distance(word, std::string_view(candidate));
    if (distance < best_distance) {
      best_distance = distance;
      best = std::string(candidate);
    }
  }
  return best;
}

}  // namespace viltree::core
