#include "choice.hpp"

#include "number.hpp"
#include "scan.hpp"
#include "unwrap.hpp"

#include <algorithm>
#include <array>

namespace viltree::verify {

namespace {

constexpr std::array<std::string_view, 5> kLeadWords = {"option", "choice", "answer", "letter", "figure"};

struct Letter {
  std::size_t index;        ///< A is 0
  std::string_view behind;  ///< what follows its form
};

std::size_t skip_dress(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    if (std::string_view(" \t{$*`\"'").find(text[at]) != std::string_view::npos) {
      ++at;
    } else if (text[at] == '\\' &&
               (is_style_command(command_at(text, at)) || command_at(text, at) == "\\(")) {
      at += command_at(text, at).size();
    } else {
      break;
    }
  }
  return at;
}

/// Passes over "Option", "choice:", "the answer is" …; true where there was such a word.
bool skip_lead_words(std::string_view text, std::size_t& at) {
  bool any = false;
  for (;;) {
    at = skip_dress(text, at);
    const std::string word = lowered(letters_at(text, at));
    const bool link = word == "the" || (any && (word == "is" || word == "number"));
    if (word.empty() || (!link && !one_of(word, kLeadWords))) return any;
    any = any || !link;
    at += word.size();
    if (any && byte_at(text, at) == ':') ++at;
  }
}

/// What closes a letter's form when `mark` follows the letter: "(B)" and "B)", "B." and "B:", "option B is".
bool closes_form(char mark, bool upper, bool enclosed, bool set_apart) {
  if (mark == ')' || mark == ']') return true;
  if (enclosed) return false;
  if (is_space(mark)) return set_apart;
  return (mark == '.' || mark == ':') && (upper || set_apart);
}

/// The letter that stands at the start of `text` in one of the forms.
std::optional<Letter> leading_letter(std::string_view text) {
  std::size_t at = 0;
  bool set_apart = skip_lead_words(text, at);
  const bool enclosed = byte_at(text, at) == '(' || byte_at(text, at) == '[';
  if (enclosed) at = skip_dress(text, at + 1);
  const char letter = byte_at(text, at);
  if (!is_letter(letter)) return std::nullopt;
  ++at;
  for (; std::string_view("}*$").find(byte_at(text, at)) != std::string_view::npos; ++at) set_apart = true;
  const bool whole = at >= text.size() && !enclosed;
  if (!whole && !closes_form(byte_at(text, at), is_upper(letter), enclosed, set_apart)) return std::nullopt;
  return Letter{static_cast<std::size_t>(lower(letter) - 'a'), text.substr(std::min(at + 1, text.size()))};
}

/// True where another letter is listed: "(A) and (C)".
bool names_another(std::string_view behind) {
  std::size_t at = skip_dress(behind, 0);
  if (std::string_view(",&/").find(byte_at(behind, at)) != std::string_view::npos) {
    at = skip_dress(behind, at + 1);
  } else if (!word_at(behind, at, "and") && !word_at(behind, at, "or")) {
    return false;
  }
  if (word_at(behind, at, "and") || word_at(behind, at, "or")) at += letters_at(behind, at).size();
  return at < behind.size() && leading_letter(behind.substr(at)).has_value();
}

/// "B is not right"
bool is_denied(std::string_view behind) {
  const std::size_t at = skip_dress(behind, 0);
  if (!word_at(behind, at, "is")) return false;
  const std::size_t verdict = skip_dress(behind, at + 2);
  return word_at(behind, verdict, "not") || word_at(behind, verdict, "wrong") ||
         word_at(behind, verdict, "incorrect");
}

std::optional<std::size_t> choice_by_text(std::string_view form, std::span<const std::string> choices) {
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (plain_form(choices[i]) == form) return i;
  }
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const auto label = leading_letter(choices[i]);
    if (label && label->index == i && !label->behind.empty() && plain_form(label->behind) == form) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> choice_by_number(std::string_view text, std::span<const std::string> choices) {
  const auto number = read_number(text, Lead::kNone);
  if (!number) return std::nullopt;
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const auto choice = read_number(choices[i], Lead::kNone);
    if (!choice || !same_number(*number, *choice)) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

}  // namespace

std::optional<std::size_t> named_choice(std::string_view text, std::span<const std::string> choices) {
  if (text.size() > kLongestAnswer) return std::nullopt;
  const std::string form = plain_form(text);
  if (form.empty()) return std::nullopt;
  if (const auto by_text = choice_by_text(form, choices)) return by_text;
  if (const auto by_number = choice_by_number(text, choices)) return by_number;
  const auto letter = leading_letter(unwrap(text));
  if (!letter || names_another(letter->behind) || is_denied(letter->behind)) return std::nullopt;
  if (!choices.empty() && letter->index >= choices.size()) return std::nullopt;
  return letter->index;
}

std::optional<std::string_view> last_option(std::string_view line) {
  for (std::size_t end = line.size(); end-- > 0;) {
    if (lower(line[end]) != 'o' && lower(line[end]) != 'c') continue;
    if (end > 0 && is_word_byte(line[end - 1])) continue;
    if (!word_at(line, end, "option") && !word_at(line, end, "choice")) continue;
    const auto letter = leading_letter(line.substr(end));
    if (!letter || is_denied(letter->behind)) continue;
    return line.substr(end);
  }
  return std::nullopt;
}

}  // namespace viltree::verify
