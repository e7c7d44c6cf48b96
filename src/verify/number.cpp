#include "number.hpp"

#include "number_reader.hpp"
#include "number_tail.hpp"
#include "scan.hpp"
#include "unwrap.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace viltree::verify {

namespace {

constexpr std::array<std::string_view, 21> kNumberWords = {
    "zero",     "one",     "two",     "three",     "four",     "five",     "six",
    "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",   "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"};

/// "three", perhaps with words behind it.
std::optional<Number> read_number_word(std::string_view text, Lead lead) {
  const std::string word = lowered(letters_at(text, 0));
  const auto* const found = std::find(kNumberWords.begin(), kNumberWords.end(), word);
  if (found == kNumberWords.end() || (lead == Lead::kNone && word.size() != text.size())) return std::nullopt;
  const auto scale = scale_of_tail(text, word.size());
  if (!scale) return std::nullopt;
  return Number{Rational(found - kNumberWords.begin()), *scale};
}

/// What stands behind the last sign of equality; all of the text where there is none. Nothing where the text
/// is an inequality or more than one equation.
std::optional<std::string_view> last_side(std::string_view text) {
  std::size_t end = 0;
  std::size_t begin = std::string_view::npos;
  for (const std::string_view sign : {"=", "\\approx", "\xE2\x89\x88"}) {
    const std::size_t at = text.rfind(sign);
    if (at == std::string_view::npos || at + sign.size() <= end) continue;
    end = at + sign.size();
    begin = at;
  }
  if (end == 0) return text;
  const bool inequality =
      begin > 0 && std::string_view("<>!").find(text[begin - 1]) != std::string_view::npos;
  if (inequality || lists_several(text.substr(0, begin))) return std::nullopt;
  return text.substr(end);
}

/// "(5)", but not the point (3,500).
std::string_view without_parentheses(std::string_view text) {
  const bool both = text.starts_with('(') && text.ends_with(')');
  return both && text.find(',') == std::string_view::npos ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

bool lists_several(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == ';' || (text[at] == ',' && !is_digit(byte_at(text, at + 1)))) return true;
    const bool word_start = is_letter(text[at]) && (at == 0 || !is_word_byte(text[at - 1]));
    if (word_start && (word_at(text, at, "or") || word_at(text, at, "and"))) return true;
  }
  return false;
}

std::optional<Number> read_number(std::string_view text, Lead lead) {
  if (text.size() > kLongestAnswer) return std::nullopt;
  text = unwrap(text);
  if (lead == Lead::kWords) {
    const auto side = last_side(text);
    if (!side) return std::nullopt;
    text = unwrap(*side);
  }
  text = without_parentheses(text);
  if (auto number = read_number_word(text, lead)) return number;
  NumberReader reader(text);
  if (!reader.skip_lead(lead)) return std::nullopt;
  auto value = reader.value();
  if (!value) return std::nullopt;
  const auto scale = scale_of_tail(text, reader.at());
  if (!scale) return std::nullopt;
  return Number{*std::move(value), *scale};
}

bool same_number(const Number& a, const Number& b) {
  if (a.scale == b.scale) return a.value == b.value;
  const bool either_plain = a.scale == 1 || b.scale == 1;
  return (either_plain && a.value == b.value) || a.value * a.scale == b.value * b.scale;
}

}  // namespace viltree::verify
