#include "marks.hpp"

#include "scan.hpp"

#include <viltree/core/text.hpp>
#include <viltree/core/thoughts.hpp>

#include <algorithm>
#include <array>

namespace viltree::checker {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool is_blank(std::string_view text) {
  return core::trim(text).empty();
}

/// Behind the last of the marks, each of which begins with '<', or 0.
template <class Marks>
std::size_t behind_last(std::string_view text, const Marks& marks) {
  std::size_t behind = 0;
  for (std::size_t at = text.find('<'); at != kNone; at = text.find('<', at + 1)) {
    for (const std::string_view mark : marks) {
      if (text.substr(at, mark.size()) == mark) behind = at + mark.size();
    }
  }
  return behind;
}

/// From behind the last blank line on, blanks at the end removed.
std::string_view last_paragraph(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  std::size_t newline = kNone;  // of the line that begins behind it
  for (std::size_t at = text.size(); at-- > 0;) {
    if (text[at] == '\n') {
      if (newline != kNone) return text.substr(newline + 1);
      newline = at;
    } else if (!is_space(text[at])) {
      newline = kNone;
    }
  }
  return text;
}

/// A span of a paragraph with its marks, and what stands beside it in its line.
struct Span {
  std::string_view content;
  std::string_view before;
  std::string_view behind;
};

Span span_of(std::string_view paragraph, std::size_t begin, std::size_t end, std::string_view content) {
  constexpr std::size_t kSeen = 64;  // bytes on either side
  std::string_view before = paragraph.substr(begin - std::min(begin, kSeen), std::min(begin, kSeen));
  if (const std::size_t newline = before.rfind('\n'); newline != kNone) before.remove_prefix(newline + 1);
  return {core::trim(content), core::trim(before), core::trim(line_from(paragraph.substr(end, kSeen), 0))};
}

/// True where the span is a label, a title or a part of something: "**Answer:**", "**B.** 20" at the start of
/// a line, "**2** + 3", "not **5**", "**B** is not".
bool is_part(const Span& span) {
  static constexpr std::array<std::string_view, 5> kDenials = {"is not", "isn't", "is wrong", "is incorrect",
                                                               "cannot"};
  const auto denies = [&](std::string_view denial) { return word_at(span.behind, 0, denial); };
  if (span.content.ends_with(':') || span.behind.starts_with(':')) return true;
  if (span.before.ends_with("not") || span.before.ends_with("than")) return true;
  if (std::any_of(kDenials.begin(), kDenials.end(), denies)) return true;
  if (span.behind.empty()) return false;
  if (std::string_view("=+*/^<>").find(span.behind.front()) != kNone) return true;
  const bool starts_line = span.before.find_first_not_of(" \t-*+>0123456789.") == kNone;
  return starts_line && (span.content.ends_with('.') || span.content.ends_with(')'));
}

/// "**2** or" before another span: neither is the answer.
bool is_or(std::string_view before) {
  return before == "or" || before.ends_with(" or") || before.ends_with("*or");
}

/// Where the number begins whose last byte is before `end`.
std::size_t number_begin(std::string_view text, std::size_t end) {
  std::size_t begin = end;
  while (begin > 0 && (is_digit(text[begin - 1]) ||
                       (begin < end && std::string_view(".,/").find(text[begin - 1]) != kNone && begin > 1 &&
                        is_digit(text[begin - 2]))))
    --begin;
  if (begin > 0 && text[begin - 1] == '.') --begin;
  const bool sign = begin > 0 && text[begin - 1] == '-';
  return sign && (begin == 1 || !is_word_byte(text[begin - 2])) ? begin - 1 : begin;
}

}  // namespace

std::string_view line_from(std::string_view text, std::size_t at) {
  return text.substr(at, std::min(text.find('\n', at), text.size()) - at);
}

bool says_something(std::string_view line) {
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (is_word_byte(line[at]) || !is_ascii(line[at])) return true;
    if (line[at] == '\\' && !is_letter(byte_at(line, at + 1))) ++at;
  }
  return false;
}

std::string_view after_thinking(std::string_view solution) {
  const std::string_view said = solution.substr(core::behind_thoughts(solution));
  return is_blank(said) ? solution : said;
}

std::string_view last_tag(std::string_view solution) {
  static constexpr std::array<std::string_view, 2> kOpen = {"<answer>", "<Answer>"};
  static constexpr std::array<std::string_view, 2> kClose = {"</answer>", "</Answer>"};
  const std::size_t open = behind_last(solution, kOpen);
  if (open == 0) return {};
  const std::string_view rest = solution.substr(open);
  const std::size_t close = std::min(rest.find(kClose[0]), rest.find(kClose[1]));
  return core::trim(rest.substr(0, close));
}

std::optional<HashLine> last_hash_line(std::string_view solution) {
  if (solution.find("####") == kNone) return std::nullopt;
  for (std::size_t at = solution.rfind("####"); at != kNone;
       at = at == 0 ? kNone : solution.rfind("####", at - 1)) {
    const bool line_start = at == 0 || solution[at - 1] == '\n';
    if (!line_start || byte_at(solution, at + 4) == '#') continue;
    const std::string_view line = line_from(solution, at);
    const std::string_view rest = solution.substr(at + line.size());
    return HashLine{core::trim(line.substr(4)), is_blank(rest)};
  }
  return std::nullopt;
}

std::vector<std::string_view> bold_spans(std::string_view solution) {
  const std::string_view paragraph = last_paragraph(solution);
  std::vector<std::string_view> spans;
  for (std::size_t at = 0; at < paragraph.size();) {
    const std::string_view mark = paragraph.substr(at, 2) == "**" ? "**"
                                  : paragraph[at] == '`'          ? "`"
                                                                  : std::string_view();
    if (mark.empty()) {
      ++at;
      continue;
    }
    const std::size_t begin = at + mark.size();
    const std::size_t close = paragraph.find_first_of(mark == "`" ? "`\n" : "*\n", begin);
    if (close == kNone) break;
    at = std::max(close, at + 1);
    if (paragraph.substr(close, mark.size()) != mark) continue;
    at = close + mark.size();
    const Span span = span_of(paragraph, begin - mark.size(), at, paragraph.substr(begin, close - begin));
    if (span.content.empty() || span.content.size() > kLongestAnswer) continue;
    if (is_or(span.before)) {
      spans.clear();
    } else if (!is_part(span)) {
      spans.push_back(span.content);
    }
  }
  return spans;
}

std::string_view last_line(std::string_view solution) {
  std::string_view line;
  while (!says_something(line)) {
    while (!solution.empty() && is_space(solution.back())) solution.remove_suffix(1);
    if (solution.empty()) return {};
    const std::size_t newline = solution.rfind('\n');
    line = newline == kNone ? solution : solution.substr(newline + 1);
    solution.remove_suffix(line.size());
  }
  if (line.size() <= kLongestAnswer) return core::trim(line);
  line.remove_prefix(line.size() - kLongestAnswer);
  return core::trim(line.substr(std::min(line.find(' '), line.size())));
}

std::string_view last_number(std::string_view solution) {
  std::size_t end = solution.size();
  while (end > 0 && !is_digit(solution[end - 1])) --end;
  const std::size_t begin = number_begin(solution, end);
  return solution.substr(begin, end - begin);
}

}  // namespace viltree::checker
