#include "tokens.hpp"

namespace viltree::simulated {

namespace {

constexpr std::size_t kLettersPerToken = 8;
constexpr std::size_t kDigitsPerToken = 3;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_newline(char c) {
  return c == '\n';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}
bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80;
}

template <class Kind>
std::size_t run(std::string_view text, std::size_t from, std::size_t most, Kind is_kind) {
  std::size_t end = from;
  while (end < text.size() && end - from < most && is_kind(text[end])) ++end;
  return end;
}

}  // namespace

std::size_t first_token(std::string_view text) {
  if (text.empty()) return 0;
  const std::size_t start = text[0] == ' ' && text.size() > 1 && is_letter(text[1]) ? 1 : 0;
  if (is_letter(text[start])) {
    std::size_t end = run(text, start, kLettersPerToken, is_letter);
    while (end < text.size() && continues_character(text[end])) ++end;
    return end;
  }
  if (is_digit(text[0])) return run(text, 0, kDigitsPerToken, is_digit);
  if (is_newline(text[0])) return run(text, 0, text.size(), is_newline);
  return 1;
}

std::uint32_t count_tokens(std::string_view text) {
  std::uint32_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(first_token(text));
  return count;
}

std::size_t bytes_of_tokens(std::string_view text, std::uint32_t limit) {
  std::size_t bytes = 0;
  for (std::uint32_t i = 0; i < limit && bytes < text.size(); ++i) bytes += first_token(text.substr(bytes));
  return bytes;
}

}  // namespace viltree::simulated
