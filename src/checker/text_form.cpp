#include "text_form.hpp"

#include "scan.hpp"
#include "unicode.hpp"
#include "unwrap.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

namespace viltree::checker {

namespace {

bool is_mark(char c) {
  return std::string_view(".,;:!?\"'`()[]{}*_~").find(c) != std::string_view::npos;
}

/// "3.5", "1,000", "3:30": a mark between two digits stays.
bool joins_digits(std::string_view text, std::size_t at) {
  return at > 0 && is_digit(text[at - 1]) && is_digit(byte_at(text, at + 1)) &&
         std::string_view(".,:").find(text[at]) != std::string_view::npos;
}

bool is_article(std::string_view word) {
  return word == "a" || word == "an" || word == "the";
}

void append_word(std::string& form, std::string& word) {
  if (!word.empty() && !is_article(word)) {
    if (!form.empty()) form += ' ';
    form += word;
  }
  word.clear();
}

/// Latin, Greek and Cyrillic capital letters beyond ASCII, in their plain ranges.
char32_t lower_point(char32_t c) {
  if (c < 0x80) return static_cast<char32_t>(lower(static_cast<char>(c)));
  if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F))
    return c + 0x20;
  if (c >= 0x400 && c <= 0x40F) return c + 0x50;
  if (c >= 0x100 && c <= 0x17F && c != 0x130 && c != 0x131) {
    const bool odd_capitals = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
    return (c % 2 == 0) != odd_capitals ? c + 1 : c;
  }
  return c;
}

/// Bytes that are no UTF-8 count one by one.
std::u32string code_points(std::string_view text) {
  std::u32string points;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    points += lower_point(point.length == 0 ? 0xDC00U + static_cast<unsigned char>(text[at]) : point.value);
    at += std::max<std::size_t>(point.length, 1);
  }
  return points;
}

void append_utf8(std::string& text, char32_t c) {
  const auto byte = [&](char32_t bits) { text += static_cast<char>(bits); };
  if (c < 0x80) return byte(c);
  if (c >= 0xDC00 && c <= 0xDCFF) return byte(c - 0xDC00);
  if (c < 0x800) {
    byte(0xC0U | (c >> 6U));
  } else {
    if (c < 0x10000) {
      byte(0xE0U | (c >> 12U));
    } else {
      byte(0xF0U | (c >> 18U));
      byte(0x80U | ((c >> 12U) & 0x3FU));
    }
    byte(0x80U | ((c >> 6U) & 0x3FU));
  }
  byte(0x80U | (c & 0x3FU));
}

std::string lowered_beyond_ascii(std::string_view text) {
  std::string low;
  for (const char32_t c : code_points(text)) append_utf8(low, c);
  return low;
}

std::size_t distance(const std::u32string& a, const std::u32string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::u32string compared(std::string_view text) {
  std::string scratch;
  return code_points(core::trim(folded(text.substr(0, kLongestAnswer), scratch)));
}

}  // namespace

std::string word_form(std::string_view text) {
  std::string scratch;
  const std::string plain = lowered_beyond_ascii(unwrap(folded(unwrap(text), scratch)));
  std::string form;
  std::string word;
  for (std::size_t at = 0; at < plain.size(); ++at) {
    const char c = plain[at];
    const bool inside = c == '\'' && !word.empty() && is_letter(byte_at(plain, at + 1));
    if (is_space(c) || (is_mark(c) && !joins_digits(plain, at) && !inside)) {
      append_word(form, word);
    } else if (c == '\\' && is_style_command(command_at(plain, at))) {
      append_word(form, word);
      at += command_at(plain, at).size() - 1;
    } else {
      word += c;
    }
  }
  append_word(form, word);
  return form.empty() ? lowered(unwrap(text)) : form;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  return distance(compared(a), compared(b));
}

double similarity(std::string_view a, std::string_view b) {
  const std::u32string of_a = compared(a);
  const std::u32string of_b = compared(b);
  const std::size_t longer = std::max(of_a.size(), of_b.size());
  if (longer == 0) return 1;
  return 1 - static_cast<double>(distance(of_a, of_b)) / static_cast<double>(longer);
}

}  // namespace viltree::checker
