#include "scan.hpp"

#include <array>
#include <cstdint>

namespace viltree::checker {

std::string lowered(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

bool word_at(std::string_view text, std::size_t at, std::string_view word) {
  if (at > text.size() || text.size() - at < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (lower(text[at + i]) != word[i]) return false;
  }
  return !is_word_byte(byte_at(text, at + word.size()));
}

std::string_view letters_at(std::string_view text, std::size_t at) {
  at = std::min(at, text.size());
  std::size_t end = at;
  while (end < text.size() && is_letter(text[end])) ++end;
  return text.substr(at, end - at);
}

std::string_view command_at(std::string_view text, std::size_t at) {
  const std::size_t letters = letters_at(text, at + 1).size();
  return text.substr(at, 1 + std::max<std::size_t>(letters, 1));
}

bool is_style_command(std::string_view command) {
  static constexpr std::array<std::string_view, 15> kStyles = {
      "\\text",   "\\textbf", "\\textit", "\\textrm", "\\textsf", "\\mathrm", "\\mathbf",      "\\mathit",
      "\\mathsf", "\\mbox",   "\\rm",     "\\bf",     "\\left",   "\\right",  "\\displaystyle"};
  return one_of(command, kStyles);
}

CodePoint code_point_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(at);
  if (lead < 0x80U) return {lead, 1};
  const std::size_t length = lead >= 0xF0U ? 4 : lead >= 0xE0U ? 3 : 2;
  if (lead < 0xC2U || lead > 0xF4U || text.size() - at < length) return {};
  char32_t value = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) return {};
    value = (value << 6U) | (byte(at + i) & 0x3FU);
  }
  return {value, length};
}

}  // namespace viltree::checker
