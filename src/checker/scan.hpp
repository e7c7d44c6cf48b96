#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

/// Looking at bytes of any text, ASCII only and without locale.
namespace viltree::checker {

[[nodiscard]] constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
[[nodiscard]] constexpr bool is_letter(char c) {
  return is_upper(c) || (c >= 'a' && c <= 'z');
}
[[nodiscard]] constexpr bool is_word_byte(char c) {
  return is_letter(c) || is_digit(c);
}
[[nodiscard]] constexpr bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80U;
}
[[nodiscard]] constexpr char lower(char c) {
  return is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c;
}
/// The blanks of core::trim.
[[nodiscard]] constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

/// The byte at `at`, or zero beyond the end.
[[nodiscard]] constexpr char byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? text[at] : '\0';
}

[[nodiscard]] std::string lowered(std::string_view text);

/// True where `word` (in lower case) stands at `at` in any case, with no letter or digit after it.
[[nodiscard]] bool word_at(std::string_view text, std::size_t at, std::string_view word);

/// The run of ASCII letters at `at`, perhaps empty.
[[nodiscard]] std::string_view letters_at(std::string_view text, std::size_t at);

/// The LaTeX command at `at`, where a backslash stands: with its letters, or with the one byte after it.
[[nodiscard]] std::string_view command_at(std::string_view text, std::size_t at);

/// True for a command that changes only how text looks: \text, \mathrm, \left …
[[nodiscard]] bool is_style_command(std::string_view command);

[[nodiscard]] inline bool one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  ///< in bytes; 0 where the bytes are not UTF-8
};

/// The code point that begins at `at` < text.size().
[[nodiscard]] CodePoint code_point_at(std::string_view text, std::size_t at);

/// Every number of bytes beyond which a text is no answer; it also bounds the work of whoever looks at one
/// again.
inline constexpr std::size_t kLongestAnswer = 1024;

}  // namespace viltree::checker
