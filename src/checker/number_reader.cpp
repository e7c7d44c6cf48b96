#include "number_reader.hpp"

#include "scan.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

namespace viltree::checker {

namespace {

using boost::multiprecision::cpp_int;

constexpr std::size_t kMostDigits = 100;
constexpr unsigned kGreatestExponent = 400;

constexpr std::array<std::string_view, 7> kGroupMarks = {"{,}",      ",\\!",         "\\,",         ",",
                                                         "\xC2\xA0", "\xE2\x80\x89", "\xE2\x80\xAF"};
constexpr std::array<std::string_view, 4> kFractions = {"\\frac", "\\dfrac", "\\tfrac", "\\cfrac"};
constexpr std::array<std::string_view, 5> kTimesSigns = {"\\times", "\xC3\x97", "\\cdot", "*", "x"};
/// Words before a number that make it another one, or not the answer.
constexpr std::array<std::string_view, 26> kChangingWords = {
    "not",  "no",  "never",  "neither", "than",   "least", "most", "minus", "negative",
    "plus", "sin", "cos",    "tan",     "cot",    "log",   "ln",   "exp",   "sqrt",
    "root", "mod", "arcsin", "arccos",  "arctan", "or",    "half", "times"};
/// Words right before a number that make it a bound.
constexpr std::array<std::string_view, 4> kBounds = {"over", "under", "above", "below"};
constexpr std::array<std::string_view, 14> kLeadCommands = {"\\approx", "\\sim", "\\$", "\\,",    "\\;",
                                                            "\\:",      "\\!",   "\\ ", "\\quad", "\\(",
                                                            "\\)",      "\\[",   "\\]", "\\qquad"};

bool is_currency(char32_t c) {
  return c == 0xA2 || c == 0xA3 || c == 0xA5 || (c >= 0x20A0 && c <= 0x20BF) || c == 0x2248 || c == 0xA0;
}

cpp_int power_of_ten(unsigned exponent) {
  return boost::multiprecision::pow(cpp_int(10), exponent);
}

std::optional<Rational> divided(const Rational& above, const std::optional<Rational>& below) {
  if (!below || *below == 0) return std::nullopt;
  return Rational(above / *below);
}

}  // namespace

bool NumberReader::skip_lead(Lead lead) {
  skip_decoration();
  while (lead == Lead::kWords && is_letter(peek())) {
    const std::string_view word = letters_at(text_, at_);
    if (one_of(lowered(word), kChangingWords) || (word.size() == 1 && word != "a")) return false;
    at_ += word.size();
    if (is_digit(peek())) return false;
    const bool bound = one_of(lowered(word), kBounds);
    while (peek() == ':' || peek() == ',' || peek() == '\'') ++at_;
    skip_decoration();
    if (bound && is_digit(peek())) return false;
  }
  return true;
}

std::optional<Rational> NumberReader::value() {
  const bool negative = sign();
  auto value = peek() == '\\' ? latex_fraction() : plain();
  if (value && negative) *value = -*value;
  return value;
}

char NumberReader::peek(std::size_t further) const {
  return byte_at(text_, at_ + further);
}

bool NumberReader::take(std::string_view what) {
  if (text_.substr(at_, what.size()) != what) return false;
  at_ += what.size();
  return true;
}

void NumberReader::skip_spaces() {
  while (is_space(peek())) ++at_;
}

/// Blanks, currency marks, emphasis, braces and commands that change only how text looks.
void NumberReader::skip_decoration() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (is_space(c) || std::string_view("$*~`\"'{}:").find(c) != std::string_view::npos) {
      ++at_;
    } else if (c == '\\') {
      const std::string_view command = command_at(text_, at_);
      if (!is_style_command(command) && !one_of(command, kLeadCommands)) return;
      at_ += command.size();
    } else {
      const CodePoint point = code_point_at(text_, at_);
      if (!is_currency(point.value)) return;
      at_ += point.length;
    }
  }
}

bool NumberReader::sign() {
  const bool negative = take("-") || take(kMinus);
  if (negative || take("+")) skip_decoration();
  return negative;
}

bool NumberReader::three_digits() const {
  return is_digit(peek()) && is_digit(peek(1)) && is_digit(peek(2)) && !is_digit(peek(3));
}

void NumberReader::take_digits(std::string& digits) {
  for (; is_digit(peek()); ++at_) {
    if (digits.size() <= kMostDigits) digits += peek();
  }
}

bool NumberReader::take_group_mark() {
  return std::any_of(kGroupMarks.begin(), kGroupMarks.end(),
                     [&](std::string_view mark) { return take(mark); });
}

/// "1234", or "1,234" in groups of three.
std::string NumberReader::whole() {
  std::string digits;
  take_digits(digits);
  if (digits.empty() || digits.size() > 3 || digits[0] == '0') return digits;
  for (;;) {
    const std::size_t before = at_;
    if (!take_group_mark()) return digits;
    if (!three_digits()) {
      at_ = before;
      return digits;
    }
    take_digits(digits);
  }
}

/// "1,234.50", ".5"
std::optional<Rational> NumberReader::decimal() {
  std::string digits = whole();
  const std::size_t whole_digits = digits.size();
  if (peek() == '.' && is_digit(peek(1))) {
    ++at_;
    take_digits(digits);
  }
  if (digits.empty() || digits.size() > kMostDigits) return std::nullopt;
  cpp_int number = 0;
  for (const char digit : digits) number = number * 10 + (digit - '0');
  return Rational(number, power_of_ten(static_cast<unsigned>(digits.size() - whole_digits)));
}

std::optional<Rational> NumberReader::plain() {
  auto value = decimal();
  if (!value) return std::nullopt;
  if (peek() == '/' && is_digit(peek(1))) {
    ++at_;
    return divided(*value, decimal());
  }
  if (const auto fraction = mixed_part()) {
    *value += *fraction;
    return value;
  }
  const auto power = exponent();
  if (!power) return value;
  const Rational factor(power_of_ten(static_cast<unsigned>(std::abs(*power))));
  if (*power < 0) return divided(*value, factor);
  *value *= factor;
  return value;
}

/// The rest of "1 3/4" or "1\frac{3}{4}"; reads nothing where it is something else.
std::optional<Rational> NumberReader::mixed_part() {
  const std::size_t before = at_;
  skip_spaces();
  std::optional<Rational> part;
  if (peek() == '\\') {
    part = latex_fraction();
  } else if (at_ > before && is_digit(peek())) {
    const auto above = decimal();
    if (peek() == '/' && is_digit(peek(1))) {
      ++at_;
      part = divided(above.value_or(1), decimal());
    }
  }
  if (part && *part > 0 && *part < 1) return part;
  at_ = before;
  return std::nullopt;
}

/// The power of ten in "3e8", "3 \times 10^{8}"; reads nothing where there is none.
std::optional<int> NumberReader::exponent() {
  const std::size_t before = at_;
  const bool short_form = take("e") || take("E");
  if (short_form || times_ten()) {
    const bool braces = !short_form && take("{");
    const bool negative = sign();
    std::string digits;
    take_digits(digits);
    const bool whole =
        !digits.empty() && digits.size() <= 3 && (!braces || take("}")) && !is_word_byte(peek());
    if (whole && std::stoul(digits) <= kGreatestExponent)
      return negative ? -std::stoi(digits) : std::stoi(digits);
  }
  at_ = before;
  return std::nullopt;
}

bool NumberReader::times_ten() {
  skip_spaces();
  if (std::none_of(kTimesSigns.begin(), kTimesSigns.end(), [&](std::string_view s) { return take(s); }))
    return false;
  skip_spaces();
  return take("10^");
}

std::optional<Rational> NumberReader::latex_fraction() {
  if (!one_of(command_at(text_, at_), kFractions)) return std::nullopt;
  at_ += command_at(text_, at_).size();
  const auto above = fraction_part();
  if (!above) return std::nullopt;
  return divided(*above, fraction_part());
}

/// "{-3}", or one digit.
std::optional<Rational> NumberReader::fraction_part() {
  skip_spaces();
  if (is_digit(peek())) return Rational(text_[at_++] - '0');
  if (!take("{")) return std::nullopt;
  skip_spaces();
  const bool negative = sign();
  const auto part = decimal();
  skip_spaces();
  if (!part || !take("}")) return std::nullopt;
  return negative ? Rational(-*part) : *part;
}

}  // namespace viltree::checker
