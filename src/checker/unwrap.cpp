#include "unwrap.hpp"

#include "scan.hpp"

#include <viltree/core/text.hpp>

#include <array>

namespace viltree::checker {

namespace {

constexpr int kDeepest = 8;

struct Pair {
  std::string_view open;
  std::string_view close;
};

constexpr std::array<Pair, 11> kPairs = {{{"$$", "$$"},
                                          {"$", "$"},
                                          {"\\(", "\\)"},
                                          {"\\[", "\\]"},
                                          {"**", "**"},
                                          {"*", "*"},
                                          {"__", "__"},
                                          {"`", "`"},
                                          {"\"", "\""},
                                          {"'", "'"},
                                          {"\xE2\x80\x9C", "\xE2\x80\x9D"}}};

/// Removes one pair that stands around the whole of `text`.
bool strip_pair(std::string_view& text) {
  for (const Pair& pair : kPairs) {
    if (text.size() < pair.open.size() + pair.close.size()) continue;
    if (!text.starts_with(pair.open) || !text.ends_with(pair.close)) continue;
    const auto inner = text.substr(pair.open.size(), text.size() - pair.open.size() - pair.close.size());
    if (inner.find(pair.close) != std::string_view::npos || inner.ends_with('\\')) continue;
    text = inner;
    return true;
  }
  return false;
}

/// Removes {…} or \text{…} around the whole of `text`.
bool strip_braces(std::string_view& text) {
  if (!text.ends_with('}')) return false;
  std::size_t open = 0;
  if (text.starts_with('\\')) {
    const std::string_view command = command_at(text, 0);
    if (!is_style_command(command) && command != "\\boxed" && command != "\\fbox") return false;
    open = command.size();
  }
  if (byte_at(text, open) != '{' || closing_brace(text, open) != text.size() - 1) return false;
  text = text.substr(open + 1, text.size() - open - 2);
  return true;
}

/// Emphasis that began before the answer, or ends behind it.
bool strip_stars(std::string_view& text) {
  const std::size_t before = text.size();
  while (text.starts_with('*')) text.remove_prefix(1);
  while (text.ends_with('*')) text.remove_suffix(1);
  return text.size() != before;
}

bool strip_stop(std::string_view& text) {
  if (!text.ends_with('.')) return false;
  text.remove_suffix(1);
  return true;
}

}  // namespace

std::size_t closing_brace(std::string_view text, std::size_t open) {
  std::size_t depth = 0;
  for (std::size_t at = open; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '{') {
      ++depth;
    } else if (text[at] == '}' && --depth == 0) {
      return at;
    }
  }
  return std::string_view::npos;
}

std::string_view unwrap(std::string_view text) {
  text = core::trim(text);
  for (int depth = 0; depth < kDeepest; ++depth) {
    if (!strip_stop(text) && !strip_pair(text) && !strip_braces(text) && !strip_stars(text)) break;
    text = core::trim(text);
  }
  return text;
}

std::string plain_form(std::string_view text) {
  std::string form;
  for (const char c : unwrap(text)) {
    if (!is_space(c)) {
      form += lower(c);
    } else if (form.back() != ' ') {
      form += ' ';
    }
  }
  return form;
}

}  // namespace viltree::checker
