#include <viltree/core/display.hpp>
#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace viltree::core {

namespace {

/// Bytes of text looked at per column, so that a long text, or one of marks without width, costs little.
constexpr std::size_t kBytesPerColumn = 32;

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

constexpr std::array<Range, 10> kNoColumn = {{{0x300, 0x36F},
                                              {0x483, 0x489},
                                              {0x591, 0x5BD},
                                              {0x610, 0x61A},
                                              {0x64B, 0x65F},
                                              {0x1AB0, 0x1AFF},
                                              {0x200B, 0x200D},
                                              {0x20D0, 0x20FF},
                                              {0xFE00, 0xFE0F},
                                              {0xE0000, 0xE01EF}}};
constexpr std::array<Range, 11> kTwoColumns = {{{0x1100, 0x115F},
                                                {0x2E80, 0x303E},
                                                {0x3041, 0xA4CF},
                                                {0xAC00, 0xD7A3},
                                                {0xF900, 0xFAFF},
                                                {0xFE30, 0xFE6F},
                                                {0xFF00, 0xFF60},
                                                {0xFFE0, 0xFFE6},
                                                {0x1F300, 0x1F64F},
                                                {0x1F680, 0x1F9FF},
                                                {0x20000, 0x3FFFD}}};

template <std::size_t N>
bool is_in(const std::array<Range, N>& ranges, std::uint32_t code) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [code](const Range& range) { return code >= range.first && code <= range.last; });
}

/// The first character of well-formed UTF-8.
struct Character {
  std::string_view bytes;
  std::uint32_t code = 0;

  explicit Character(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead < 0x80U ? 1 : lead < 0xE0U ? 2 : lead < 0xF0U ? 3 : 4;
    bytes = text.substr(0, length);
    code = length == 1 ? lead : lead & (0x7FU >> length);
    for (const char c : bytes.substr(1)) code = (code << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
  }

  [[nodiscard]] std::size_t width() const {
    return is_in(kNoColumn, code) ? 0 : is_in(kTwoColumns, code) ? 2 : 1;
  }
};

/// Printable, tabs as blanks. Only the beginning, where `most_bytes` is not 0.
std::string cleaned(std::string_view text, std::size_t most_bytes) {
  std::string clean = printable(most_bytes == 0 ? text : text.substr(0, most_bytes));
  std::replace(clean.begin(), clean.end(), '\t', ' ');
  return clean;
}

/// Bytes of the longest beginning that is at most `most` columns wide.
std::size_t fitting(std::string_view text, std::size_t most) {
  std::size_t width = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const Character character(text.substr(at));
    width += character.width();
    if (width > most) break;
    at += character.bytes.size();
  }
  return at;
}

/// Bytes of the line that fit into `width` columns (0: all), at least one character, broken at a blank where
/// there is one.
std::size_t line_break(std::string_view line, std::size_t width) {
  if (width == 0 || line.empty()) return line.size();
  const std::size_t fits = std::max(fitting(line, width), Character(line).bytes.size());
  if (fits == line.size()) return fits;
  const std::size_t blank = line.rfind(' ', fits);
  return blank == std::string_view::npos || blank == 0 ? fits : blank;
}

/// Takes a line off the text, with the line feed or the blank behind it.
std::string take_line(std::string_view& text, std::size_t width) {
  const std::string_view line = text.substr(0, text.find('\n'));
  const std::string taken(line.substr(0, line_break(line, width)));
  text.remove_prefix(taken.size());
  if (text.starts_with(taken.size() == line.size() ? '\n' : ' ')) text.remove_prefix(1);
  return taken;
}

}  // namespace

std::size_t columns(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character character(text);
    width += character.width();
    text.remove_prefix(character.bytes.size());
  }
  return width;
}

std::string one_line(std::string_view text, std::size_t most_columns) {
  const std::string_view trimmed = core::trim(text);
  const std::size_t most_bytes = most_columns * kBytesPerColumn;
  const std::string clean = cleaned(trimmed, most_bytes);
  std::string line;
  for (std::size_t at = 0; at < clean.size(); ++at) {
    if (clean[at] != '\n') {
      line += clean[at];
    } else if (!line.ends_with("⏎ ")) {
      line += line.ends_with(' ') ? "⏎ " : " ⏎ ";
    }
  }
  if (most_columns == 0) return line;
  const bool whole = trimmed.size() <= most_bytes && fitting(line, most_columns) == line.size();
  if (whole) return line;
  line.resize(fitting(line, most_columns - 1));
  return line + "…";
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t most_lines) {
  const std::size_t most_bytes = width * most_lines * kBytesPerColumn;
  const std::string clean = cleaned(text, most_bytes);
  std::string_view rest = clean;
  std::vector<std::string> lines;
  while (!rest.empty() && lines.size() < most_lines) lines.push_back(take_line(rest, width));
  const bool more = !rest.empty() || (most_bytes != 0 && text.size() > most_bytes);
  if (more) lines.back() = "…";
  return lines;
}

std::string escape_hidden(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const Character character(json);
    const bool may_hide = character.code >= 0x7F && character.code <= 0xFFFF;
    if (may_hide && printable(character.bytes) != character.bytes) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", character.code);
      out += escape.data();
    } else {
      out += character.bytes;
    }
    json.remove_prefix(character.bytes.size());
  }
  return out;
}

std::string pad_left(std::string_view text, std::size_t width) {
  const std::size_t used = columns(text);
  return std::string(width > used ? width - used : 0, ' ').append(text);
}

std::string pad_right(std::string_view text, std::size_t width) {
  const std::size_t used = columns(text);
  return std::string(text).append(width > used ? width - used : 0, ' ');
}

}  // namespace viltree::core
