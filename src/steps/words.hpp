#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace viltree::steps {

[[nodiscard]] constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The character that begins at a byte.
struct Character {
  std::size_t size = 1;    ///< in bytes; 1 for one that is no UTF-8
  std::uint32_t code = 0;  ///< 0 for one that is no UTF-8
};

/// The character at `at`, which must lie within the text.
[[nodiscard]] Character character_at(std::string_view text, std::size_t at);

/// Whether it belongs to a script that writes words without blanks between them: Chinese characters, kana.
[[nodiscard]] bool is_ideograph(std::uint32_t code);

/// Where the second word from `from` on begins: after blanks (the blanks that a line begins with belong to
/// it), at an ideograph, or at a letter or digit after one. npos where there is none.
[[nodiscard]] std::size_t word_after(std::string_view text, std::size_t from);

/// About how many tokens a model's tokenizer makes of the text, which is not known: a word of up to 8
/// letters, two digits, two marks in a row, a line's end, and every other character are one each.
[[nodiscard]] std::size_t estimated_tokens(std::string_view text);

}  // namespace viltree::steps
