#include "marks.hpp"

#include "scan.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace viltree::verify {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool opens_box(std::string_view solution, std::size_t brace) {
  const std::string_view before =
      core::trim(solution.substr(brace > 8 ? brace - 8 : 0, std::min<std::size_t>(brace, 8)));
  return before.ends_with("\\boxed") || before.ends_with("\\fbox");
}

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

/// A full stop, or ! or ?, that ends a sentence: a blank, a mark or nothing follows.
bool ends_sentence(std::string_view line, std::size_t at) {
  if (line[at] != '.' && line[at] != '!' && line[at] != '?') return false;
  const char next = byte_at(line, at + 1);
  return next == '\0' || is_space(next) || std::string_view("*\"')").find(next) != kNone;
}

std::string_view first_sentence(std::string_view line) {
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (ends_sentence(line, at) && says_something(line.substr(0, at))) return line.substr(0, at);
  }
  return line;
}

std::size_t skip_emphasis(std::string_view text, std::size_t at) {
  while (std::string_view(" \t*_").find(byte_at(text, at)) != kNone && at < text.size()) ++at;
  return at;
}

/// True where a reason or a remark begins at `at` > 0.
bool ends_clause(std::string_view sentence, std::size_t at, ClauseEnd end) {
  static constexpr std::array<std::string_view, 7> kReasons = {"because", "since", "as",  "which",
                                                               "so",      "where", "when"};
  const auto begins_with = [&](std::string_view word) { return word_at(sentence, at, word); };
  if (is_space(sentence[at - 1]) && std::any_of(kReasons.begin(), kReasons.end(), begins_with)) return true;
  if (end == ClauseEnd::kReason) return false;
  if (sentence[at] == ';') return true;
  if (sentence[at] == '(') return end == ClauseEnd::kParenthesis && is_space(sentence[at - 1]);
  return sentence[at] == ',' && is_space(byte_at(sentence, at + 1)) && is_letter(byte_at(sentence, at + 2)) &&
         !word_at(sentence, at + 2, "or") && !word_at(sentence, at + 2, "and");
}

/// Where the answer begins that "answer" at `at` announces, or none.
std::size_t after_announcement(std::string_view text, std::size_t at) {
  static constexpr std::array<std::string_view, 6> kVerbs = {"is",      "would be",  "will be",
                                                             "must be", "should be", "="};
  at = skip_emphasis(text, at + std::string_view("answer").size());
  bool announced = false;
  for (const std::string_view verb : kVerbs) {
    if (!word_at(text, at, verb) && !(verb == "=" && byte_at(text, at) == '=')) continue;
    at = skip_emphasis(text, at + verb.size());
    announced = true;
    break;
  }
  if (byte_at(text, at) == ':') {
    at = skip_emphasis(text, at + 1);
    announced = true;
  }
  return announced && !word_at(text, at, "not") ? at : kNone;
}

/// True where the line is a title that says "Answer" or "Final answer", which is at `at`, and no more.
bool is_title(std::string_view text, std::size_t at) {
  constexpr std::size_t kLongestTitle = 32;
  const std::size_t end = skip_emphasis(text, at + std::string_view("answer").size());
  if (end < text.size() && text[end] != '\n' && text[end] != '\r') return false;
  const std::size_t window = at > kLongestTitle ? at - kLongestTitle : 0;
  const std::string_view before = text.substr(window, at - window);
  const std::size_t line = before.rfind('\n');
  if (line == kNone && window > 0) return false;
  std::string_view title = before.substr(line == kNone ? 0 : line + 1);
  title.remove_prefix(std::min(title.find_first_not_of("#*_ \t"), title.size()));
  return title.empty() || lowered(core::trim(title)) == "final" || lowered(core::trim(title)) == "the final";
}

/// The next line that says something, from the end of the line at `at` on.
std::string_view following_line(std::string_view text, std::size_t at) {
  for (at = text.find('\n', at); at != kNone; at = text.find('\n', at + 1)) {
    const std::string_view line = line_from(text, at + 1);
    if (says_something(line)) return line;
  }
  return {};
}

/// What the word "answer" at `at` announces, or nothing.
std::string_view announced_at(std::string_view text, std::size_t at) {
  const std::size_t begin = after_announcement(text, at);
  if (begin == kNone && !is_title(text, at)) return {};
  const std::string_view line = begin == kNone ? std::string_view() : line_from(text, begin);
  const std::string_view said = says_something(line) ? line : following_line(text, at);
  return first_sentence(said.substr(0, kLongestAnswer));
}

}  // namespace

std::optional<std::string_view> last_box(std::string_view solution) {
  if (solution.find("box") == kNone) return std::nullopt;
  std::vector<std::size_t> open;
  std::size_t last = 0;  // where the last box's content begins, none at 0
  std::string_view content;
  for (std::size_t at = 0; at < solution.size(); ++at) {
    if (solution[at] == '\\') {
      if (!is_letter(byte_at(solution, at + 1))) ++at;
    } else if (solution[at] == '{') {
      open.push_back(at);
    } else if (solution[at] == '}' && !open.empty()) {
      const std::size_t begin = open.back() + 1;
      open.pop_back();
      if (begin < last || !opens_box(solution, begin - 1)) continue;
      const std::string_view inner = core::trim(solution.substr(begin, at - begin));
      if (inner.empty()) continue;
      last = begin;
      content = inner;
    }
  }
  return last > 0 ? std::optional(content) : std::nullopt;
}

std::optional<HashLine> last_hash_line(std::string_view solution) {
  for (std::size_t at = solution.rfind("####"); at != kNone;
       at = at == 0 ? kNone : solution.rfind("####", at - 1)) {
    const bool line_start = at == 0 || solution[at - 1] == '\n';
    if (!line_start || byte_at(solution, at + 4) == '#') continue;
    const std::string_view line = line_from(solution, at);
    const std::string_view rest = solution.substr(at + line.size());
    return HashLine{core::trim(line.substr(4)), core::trim(rest).empty()};
  }
  return std::nullopt;
}

std::optional<std::string_view> last_phrase(std::string_view solution) {
  for (std::size_t at = solution.size(); at-- > 0;) {
    if (lower(solution[at]) != 'a' || !word_at(solution, at, "answer")) continue;
    if (at > 0 && is_word_byte(solution[at - 1])) continue;
    const std::string_view announced = core::trim(announced_at(solution, at));
    if (!announced.empty()) return announced;
  }
  return std::nullopt;
}

std::string_view first_clause(std::string_view sentence, ClauseEnd end) {
  for (std::size_t at = 1; at < sentence.size(); ++at) {
    if (!ends_clause(sentence, at, end)) continue;
    std::string_view clause = core::trim(sentence.substr(0, at));
    while (clause.ends_with(',')) clause.remove_suffix(1);
    if (says_something(clause)) return clause;
  }
  return sentence;
}

std::string_view last_line(std::string_view solution) {
  while (!solution.empty() && is_space(solution.back())) solution.remove_suffix(1);
  const std::size_t newline = solution.rfind('\n');
  std::string_view line = newline == kNone ? solution : solution.substr(newline + 1);
  if (line.size() <= kLongestAnswer) return core::trim(line);
  line.remove_prefix(line.size() - kLongestAnswer);
  return core::trim(line.substr(std::min(line.find(' '), line.size())));
}

}  // namespace viltree::verify
