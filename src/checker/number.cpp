#include "number.hpp"

#include "number_reader.hpp"
#include "number_tail.hpp"
#include "number_words.hpp"
#include "scan.hpp"
#include "significant.hpp"
#include "unwrap.hpp"

#include <algorithm>
#include <string>

namespace viltree::checker {

namespace {

/// "three", perhaps with words behind it.
std::optional<Number> read_number_in_words(std::string_view text, Lead lead) {
  auto words = number_in_words(text);
  if (!words || (lead == Lead::kNone && words->length != text.size())) return std::nullopt;
  const auto scale = scale_of_tail(text, words->length);
  if (!scale) return std::nullopt;
  return Number{std::move(words->value), *scale, read_measure(text.substr(words->length))};
}

/// "5 pounds" are read as a mass, and may be a price.
bool are_pounds(const Measure& price, const Measure& mass) {
  static const Measure kPrice = *read_measure("gbp");
  static const Measure kMass = *read_measure("pounds");
  return price.powers == kPrice.powers && mass.powers == kMass.powers && mass.factor == kMass.factor;
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

/// Compared without rounding: a tolerance is a binary fraction.
bool is_near(const Rational& reference, const Rational& given, const Nearness& nearness) {
  if (reference == given) return true;
  if (same_to_digits(reference, given, nearness.significant)) return true;
  if (nearness.absolute == 0 && nearness.relative == 0) return false;
  const Rational difference = abs(reference - given);
  return difference <= Rational(nearness.absolute) ||
         difference <= Rational(nearness.relative) * abs(reference);
}

/// The unit of what stands before the number ("$") or behind it.
std::optional<Measure> measure_around(std::string_view text, std::size_t begin, std::size_t end) {
  if (auto unit = read_measure(text.substr(end))) return unit;
  return begin > 0 ? read_measure(text.substr(0, begin)) : std::nullopt;
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
  if (auto number = read_number_in_words(text, lead)) return number;
  NumberReader reader(text);
  if (!reader.skip_lead(lead)) return std::nullopt;
  const std::size_t begin = reader.at();
  auto value = reader.value();
  if (!value) return std::nullopt;
  const auto scale = scale_of_tail(text, reader.at());
  if (!scale) return std::nullopt;
  return Number{*std::move(value), *scale, measure_around(text, begin, reader.at())};
}

bool same_number(const Number& reference, const Number& given, const Nearness& nearness) {
  const bool pounds =
      reference.measure && given.measure &&
      (are_pounds(*reference.measure, *given.measure) || are_pounds(*given.measure, *reference.measure));
  const bool with_measures = reference.measure && given.measure && !pounds;
  if (with_measures && reference.measure->powers != given.measure->powers) return false;
  const Rational factor =
      with_measures ? Rational(given.measure->factor / reference.measure->factor) : Rational(1);
  const Rational value = given.value * factor;
  if (reference.scale == given.scale) return is_near(reference.value, value, nearness);
  const bool either_plain = reference.scale == 1 || given.scale == 1;
  return (either_plain && is_near(reference.value, value, nearness)) ||
         is_near(reference.value * reference.scale, value * given.scale, nearness);
}

}  // namespace viltree::checker
