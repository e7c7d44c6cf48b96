#include "list_items.hpp"

#include "scan.hpp"
#include "unicode.hpp"
#include "unwrap.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <optional>

namespace viltree::checker {

namespace {

bool opens(char c) {
  return c == '(' || c == '[' || c == '{';
}
bool closes(char c) {
  return c == ')' || c == ']' || c == '}';
}

/// Takes one pair of brackets off that stands around the whole.
bool strip_brackets(std::string_view& text) {
  if (text.starts_with("\\{") && text.ends_with("\\}")) {
    text = core::trim(text.substr(2, text.size() - 4));
    return true;
  }
  if (text.size() < 2 || !opens(text.front()) || !closes(text.back())) return false;
  int depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    depth += opens(text[at]) ? 1 : 0;
    depth -= closes(text[at]) ? 1 : 0;
    if (depth == 0 && at + 1 < text.size()) return false;
  }
  text = core::trim(text.substr(1, text.size() - 2));
  return true;
}

/// "1,234": three digits, and no more, on the right.
bool joins_digits(std::string_view text, std::size_t comma) {
  if (comma == 0 || !is_digit(text[comma - 1])) return false;
  std::size_t digits = 0;
  while (is_digit(byte_at(text, comma + 1 + digits))) ++digits;
  return digits == 3;
}

/// Bytes of the separator at `at`; 0: none is there.
std::size_t separator_at(std::string_view text, std::size_t at, bool grouped) {
  const char c = text[at];
  if (c == ';' || c == '\n') return 1;
  if (c == ',') return grouped && joins_digits(text, at) ? 0 : 1;
  const bool word_start = at > 0 && is_space(text[at - 1]);
  if (word_start && word_at(text, at, "and")) return 3;
  if (word_start && word_at(text, at, "or")) return 2;
  return 0;
}

void append(std::vector<std::string>& items, std::string_view item) {
  item = unwrap(item);
  if (!item.empty()) items.emplace_back(item);
}

std::vector<std::string> split(std::string_view text, bool grouped) {
  std::vector<std::string> items;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    depth += opens(text[at]) ? 1 : 0;
    depth = std::max(0, depth - (closes(text[at]) ? 1 : 0));
    const std::size_t bytes = depth == 0 ? separator_at(text, at, grouped) : 0;
    if (bytes == 0) continue;
    append(items, text.substr(begin, at - begin));
    begin = at + bytes;
    at = begin - 1;
  }
  append(items, text.substr(std::min(begin, text.size())));
  return items;
}

}  // namespace

std::vector<std::string> list_items(std::string_view text) {
  if (text.size() > kLongestAnswer) return {};
  std::string scratch;
  text = unwrap(folded(unwrap(text), scratch));
  const bool bracketed = strip_brackets(text);
  return split(text, !bracketed);
}

}  // namespace viltree::checker
