#include "choice.hpp"

#include "number.hpp"
#include "scan.hpp"
#include "unicode.hpp"
#include "unwrap.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace viltree::checker {

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
  if (word_at(behind, at, "isn't") || word_at(behind, at, "cannot")) return true;
  if (!word_at(behind, at, "is")) return false;
  const std::size_t verdict = skip_dress(behind, at + 2);
  return word_at(behind, verdict, "not") || word_at(behind, verdict, "wrong") ||
         word_at(behind, verdict, "incorrect") || word_at(behind, verdict, "false");
}

/// "is correct", "is the right answer"
bool is_affirmed(std::string_view behind) {
  static constexpr std::array<std::string_view, 5> kWords = {"correct", "right", "best", "answer", "true"};
  std::size_t at = skip_dress(behind, 0);
  if (!word_at(behind, at, "is")) return false;
  at = skip_dress(behind, at + 2);
  if (word_at(behind, at, "the")) at = skip_dress(behind, at + 3);
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return word_at(behind, at, word); });
}

bool begins_word(std::string_view line, std::size_t at) {
  return at == 0 || !is_word_byte(line[at - 1]);
}

/// "option B", from its first letter on.
std::optional<std::string_view> last_option(std::string_view line) {
  for (std::size_t at = line.size(); at-- > 0;) {
    if (lower(line[at]) != 'o' && lower(line[at]) != 'c') continue;
    if (!begins_word(line, at) || (!word_at(line, at, "option") && !word_at(line, at, "choice"))) continue;
    const auto letter = leading_letter(line.substr(at));
    if (letter && !is_denied(letter->behind)) return line.substr(at);
  }
  return std::nullopt;
}

/// A capital letter that is a word of its own.
bool is_lone_capital(std::string_view line, std::size_t at) {
  return is_upper(line[at]) && begins_word(line, at) && !is_word_byte(byte_at(line, at + 1));
}

/// "B is correct"
std::optional<std::string_view> last_affirmed(std::string_view line) {
  for (std::size_t at = line.size(); at-- > 0;) {
    if (!is_lone_capital(line, at)) continue;
    std::size_t end = at + 1;
    while (std::string_view(")]}*$.`\"'").find(byte_at(line, end)) != std::string_view::npos) ++end;
    if (is_affirmed(line.substr(end))) return line.substr(at, 1);
  }
  return std::nullopt;
}

/// "(B)" where no other letter stands in parentheses.
std::optional<std::string_view> only_enclosed(std::string_view line) {
  std::optional<std::string_view> found;
  for (std::size_t at = line.find('('); at != std::string_view::npos; at = line.find('(', at + 1)) {
    if (!begins_word(line, at) || !is_upper(byte_at(line, at + 1)) || byte_at(line, at + 2) != ')') continue;
    const std::string_view letter = line.substr(at + 1, 1);
    if (found && *found != letter) return std::nullopt;
    if (is_denied(line.substr(at + 3)) || core::trim(line.substr(0, at)).ends_with("not"))
      return std::nullopt;
    found = letter;
  }
  return found;
}

/// Without blanks, formula marks and spaces of formulas; \dfrac and \tfrac are \frac.
std::string loose_form(std::string_view text) {
  static constexpr std::array<std::string_view, 6> kSpaces = {"\\,", "\\;", "\\!", "\\ ", "\\quad", "\\:"};
  std::string form;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      if (!is_space(text[at]) && text[at] != '$') form += lower(text[at]);
      ++at;
      continue;
    }
    const std::string_view command = command_at(text, at);
    at += command.size();
    if (is_style_command(command) || one_of(command, kSpaces)) continue;
    form += command == "\\dfrac" || command == "\\tfrac" ? "\\frac" : command;
  }
  return form;
}

}  // namespace

Choices::Choices(const std::vector<std::string>& texts) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::string scratch;
    const std::string_view text = folded(texts[i], scratch);
    Choice choice{plain_form(text), {}, loose_form(unwrap(text)), read_number(text, Lead::kNone)};
    const auto label = leading_letter(text);
    if (label && label->index == i && !label->behind.empty()) choice.unlabelled = plain_form(label->behind);
    choices_.push_back(std::move(choice));
  }
}

std::optional<std::size_t> Choices::by_text(std::string_view form) const {
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    if (choices_[i].form == form) return i;
  }
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    if (choices_[i].unlabelled == form) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> Choices::by_loose_text(std::string_view text) const {
  const std::string form = loose_form(text);
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    if (form.empty() || choices_[i].loose != form) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

std::optional<std::size_t> Choices::by_number(std::string_view text) const {
  const auto number = read_number(text, Lead::kNone);
  if (!number) return std::nullopt;
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    if (!choices_[i].number || !same_number(*number, *choices_[i].number)) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

std::optional<std::size_t> Choices::named(std::string_view text) const {
  if (text.size() > kLongestAnswer) return std::nullopt;
  std::string scratch;
  text = folded(text, scratch);
  const std::string form = plain_form(text);
  if (form.empty()) return std::nullopt;
  if (const auto choice = by_text(form)) return choice;
  if (const auto choice = by_number(text)) return choice;
  if (const auto choice = by_loose_text(unwrap(text))) return choice;
  const auto letter = leading_letter(unwrap(text));
  if (!letter || names_another(letter->behind) || is_denied(letter->behind)) return std::nullopt;
  if (!choices_.empty() && letter->index >= choices_.size()) return std::nullopt;
  return letter->index;
}

std::optional<std::string_view> choice_in_line(std::string_view line) {
  if (const auto option = last_option(line)) return option;
  if (const auto letter = last_affirmed(line)) return letter;
  return only_enclosed(line);
}

}  // namespace viltree::checker
