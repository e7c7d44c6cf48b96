#include "marks.hpp"
#include "scan.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace viltree::checker {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool starts_at(std::string_view text, std::size_t at, std::string_view what) {
  return text.substr(std::min(at, text.size()), what.size()) == what;
}

template <class Words>
std::size_t length_of_any(std::string_view text, std::size_t at, const Words& words) {
  for (const std::string_view word : words) {
    if (starts_at(text, at, word)) return word.size();
  }
  return 0;
}

/// "…。", "！" and "？" end a sentence wherever they stand.
constexpr std::array<std::string_view, 3> kWideStops = {"\xE3\x80\x82", "\xEF\xBC\x81", "\xEF\xBC\x9F"};
constexpr std::array<std::string_view, 2> kWideCommas = {"\xEF\xBC\x8C", "\xEF\xBC\x9B"};
constexpr std::string_view kWideColon = "\xEF\xBC\x9A";

/// A full stop, or ! or ?, that ends a sentence: a blank, a mark or nothing follows.
bool ends_sentence(std::string_view line, std::size_t at) {
  if (!is_ascii(line[at])) return length_of_any(line, at, kWideStops) > 0;
  if (line[at] != '.' && line[at] != '!' && line[at] != '?') return false;
  const char next = byte_at(line, at + 1);
  return next == '\0' || is_space(next) || std::string_view("*\"')").find(next) != kNone;
}

std::string_view first_sentence(std::string_view line) {
  bool said = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (said && ends_sentence(line, at)) return line.substr(0, at);
    said = said || says_something(line.substr(at, 1));
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
  if (sentence[at] == ';' || length_of_any(sentence, at, kWideCommas) > 0) return true;
  if (sentence[at] == '(') return end == ClauseEnd::kParenthesis && is_space(sentence[at - 1]);
  return sentence[at] == ',' && is_space(byte_at(sentence, at + 1)) && is_letter(byte_at(sentence, at + 2)) &&
         !word_at(sentence, at + 2, "or") && !word_at(sentence, at + 2, "and");
}

/// Behind the ":" at `at`, or none.
std::size_t after_colon(std::string_view text, std::size_t at) {
  if (byte_at(text, at) == ':') return skip_emphasis(text, at + 1);
  return starts_at(text, at, kWideColon) ? skip_emphasis(text, at + kWideColon.size()) : kNone;
}

/// Where the answer begins that the words up to `at` announce by "is" or ":", or none.
std::size_t after_announcement(std::string_view text, std::size_t at) {
  static constexpr std::array<std::string_view, 7> kVerbs = {"is",        "would be", "will be", "must be",
                                                             "should be", "are",      "="};
  at = skip_emphasis(text, at);
  bool announced = false;
  for (const std::string_view verb : kVerbs) {
    if (!word_at(text, at, verb) && !(verb == "=" && byte_at(text, at) == '=')) continue;
    at = skip_emphasis(text, at + verb.size());
    announced = true;
    break;
  }
  if (const std::size_t behind = after_colon(text, at); behind != kNone) {
    at = behind;
    announced = true;
  }
  return announced && !word_at(text, at, "not") ? at : kNone;
}

/// True where the line is a title that says "Answer" or "Final answer", which is from `at` to `end`, and no
/// more.
bool is_title(std::string_view text, std::size_t at, std::size_t end) {
  constexpr std::size_t kLongestTitle = 32;
  end = skip_emphasis(text, end);
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

/// The sentence that begins at `begin`, or where its line says nothing, the next one.
std::string_view sentence_from(std::string_view text, std::size_t begin) {
  const std::string_view line = line_from(text, begin);
  const std::string_view said = says_something(line) ? line : following_line(text, begin);
  return first_sentence(said.substr(0, kLongestAnswer));
}

/// What the word "answer" at `at` announces, or nothing.
std::string_view announced_by_answer(std::string_view text, std::size_t at, Announced announced) {
  const bool several = announced == Announced::kSeveral && word_at(text, at, "answers");
  if (!several && !word_at(text, at, "answer")) return {};
  const std::size_t end = at + std::string_view(several ? "answers" : "answer").size();
  if (const std::size_t begin = after_announcement(text, end); begin != kNone)
    return sentence_from(text, begin);
  return is_title(text, at, end) ? first_sentence(following_line(text, at).substr(0, kLongestAnswer))
                                 : std::string_view();
}

bool follows_word(std::string_view text, std::size_t at, std::string_view word) {
  while (at > 0 && is_space(text[at - 1])) --at;
  return at >= word.size() && word_at(text, at - word.size(), word) &&
         (at == word.size() || !is_word_byte(text[at - word.size() - 1]));
}

/// "the correct option is …", with "option" or "choice" at `at`.
std::string_view announced_by_choice(std::string_view text, std::size_t at) {
  if (!word_at(text, at, "option") && !word_at(text, at, "choice")) return {};
  static constexpr std::array<std::string_view, 3> kBefore = {"correct", "right", "best"};
  if (std::none_of(kBefore.begin(), kBefore.end(),
                   [&](std::string_view word) { return follows_word(text, at, word); }))
    return {};
  const std::size_t begin = after_announcement(text, at + std::string_view("option").size());
  return begin == kNone ? std::string_view() : sentence_from(text, begin);
}

/// "答案是 …", "故选：…", "答：…"
std::string_view announced_in_chinese(std::string_view text, std::size_t at) {
  static constexpr std::array<std::string_view, 3> kWords = {"\xE7\xAD\x94\xE6\xA1\x88",
                                                             "\xE6\x95\x85\xE9\x80\x89", "\xE7\xAD\x94"};
  static constexpr std::array<std::string_view, 5> kVerbs = {"\xE5\xBA\x94\xE8\xAF\xA5\xE6\x98\xAF",
                                                             "\xE5\xB0\xB1\xE6\x98\xAF", "\xE6\x98\xAF",
                                                             "\xE4\xB8\xBA", "\xE7\x82\xBA"};
  const std::size_t word = length_of_any(text, at, kWords);
  if (word == 0) return {};
  const bool choose = text.substr(at, word) == kWords[1];
  at = skip_emphasis(text, at + word);
  const std::size_t verb = word == kWords[2].size() ? 0 : length_of_any(text, at, kVerbs);
  at = skip_emphasis(text, at + verb);
  const std::size_t behind = after_colon(text, at);
  if (verb == 0 && behind == kNone && !choose) return {};
  return sentence_from(text, behind == kNone ? at : behind);
}

std::string_view announced_at(std::string_view text, std::size_t at, Announced announced) {
  switch (text[at]) {
    case 'a':
    case 'A':
    case 'o':
    case 'O':
    case 'c':
    case 'C': {
      if (at > 0 && is_word_byte(text[at - 1])) return {};
      return lower(text[at]) == 'a' ? announced_by_answer(text, at, announced)
                                    : announced_by_choice(text, at);
    }
    case '\xE6':
    case '\xE7':
      return announced_in_chinese(text, at);
    default:
      return {};
  }
}

}  // namespace

std::optional<std::string_view> last_phrase(std::string_view solution, Announced announced) {
  for (std::size_t at = solution.size(); at-- > 0;) {
    const std::string_view said = core::trim(announced_at(solution, at, announced));
    if (!said.empty()) return said;
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

}  // namespace viltree::checker
