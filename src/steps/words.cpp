#include "words.hpp"

#include "cuts.hpp"
#include "lines.hpp"

namespace viltree::steps {

namespace {

bool is_mark(char c) {
  return static_cast<unsigned char>(c) < 0x80 && !is_letter(c) && !is_digit(c) && !is_space(c);
}
bool is_line_end(char c) {
  return c == '\n';
}

unsigned byte_of(char c) {
  return static_cast<unsigned char>(c);
}

bool continues(char c) {
  return (byte_of(c) & 0xC0U) == 0x80U;
}

/// Bytes that the first one announces; 1 for one that begins no UTF-8.
std::size_t announced(unsigned first) {
  if (first >= 0xC2U && first <= 0xDFU) return 2;
  if (first >= 0xE0U && first <= 0xEFU) return 3;
  return first >= 0xF0U && first <= 0xF4U ? 4 : 1;
}

/// Where the bytes of one kind end.
std::size_t run(std::string_view text, std::size_t from, bool (*is_kind)(char)) {
  while (from < text.size() && is_kind(text[from])) ++from;
  return from;
}

std::size_t parts(std::size_t bytes, std::size_t of) {
  return (bytes + of - 1) / of;
}

}  // namespace

Character character_at(std::string_view text, std::size_t at) {
  const unsigned first = byte_of(text[at]);
  if (first < 0x80U) return {1, first};
  const std::size_t size = announced(first);
  if (size == 1 || size > text.size() - at) return {};
  std::uint32_t code = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if (!continues(text[at + i])) return {};
    code = code << 6U | (byte_of(text[at + i]) & 0x3FU);
  }
  return {size, code};
}

bool is_ideograph(std::uint32_t code) {
  return (code >= 0x3041 && code <= 0x30FA) || (code >= 0x3400 && code <= 0x9FFF) ||
         (code >= 0xF900 && code <= 0xFAFF) || (code >= 0x20000 && code <= 0x3FFFF);
}

std::size_t word_after(std::string_view text, std::size_t from) {
  bool after_ideograph = false;
  const std::size_t begin = skip_space(text, from);
  for (std::size_t at = begin; at < text.size();) {
    const char c = text[at];
    if (is_space(c)) return content_after(text, at);
    const Character character = character_at(text, at);
    const bool ideograph = is_ideograph(character.code);
    if (at > begin && (ideograph || (after_ideograph && (is_letter(c) || is_digit(c))))) return at;
    after_ideograph = ideograph;
    at += character.size;
  }
  return kNoCut;
}

std::size_t estimated_tokens(std::string_view text) {
  constexpr std::size_t kLetters = 8;
  constexpr std::size_t kDigits = 2;
  constexpr std::size_t kMarks = 2;
  std::size_t tokens = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const std::size_t begin = at;
    if (is_letter(c)) {
      tokens += parts((at = run(text, at, is_letter)) - begin, kLetters);
    } else if (is_digit(c)) {
      tokens += parts((at = run(text, at, is_digit)) - begin, kDigits);
    } else if (is_mark(c)) {
      tokens += parts((at = run(text, at, is_mark)) - begin, kMarks);
    } else if (is_line_end(c)) {
      at = run(text, at, is_line_end);
      ++tokens;
    } else if (is_space(c)) {
      ++at;
    } else {
      at += character_at(text, at).size;
      ++tokens;
    }
  }
  return tokens;
}

std::size_t next_word(const Source& source, std::size_t from) {
  std::size_t at = word_after(source.text, from);
  while (at != kNoCut && !source.allows(at)) at = word_after(source.text, at);
  return at;
}

}  // namespace viltree::steps
