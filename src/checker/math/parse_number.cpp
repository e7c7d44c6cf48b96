#include "parse_number.hpp"

#include <array>
#include <string>

namespace viltree::checker::math {

namespace {

using boost::multiprecision::cpp_int;

constexpr std::size_t kMostDigits = 200;
constexpr unsigned kGreatestExponent = 400;

cpp_int integer(std::string_view digits) {
  cpp_int number = 0;
  for (const char digit : digits) number = number * 10 + (digit - '0');
  return number;
}

cpp_int ten_to(std::size_t exponent) {
  return boost::multiprecision::pow(cpp_int(10), static_cast<unsigned>(exponent));
}

/// Digits of one number, mark by mark, without the dress that a cursor passes over.
class Reader {
 public:
  Reader(std::string_view text, Comma comma, bool in_brackets)
      : text_(text), comma_(comma), in_brackets_(in_brackets) {}

  bool read() {
    whole();
    if (is_point()) {
      ++at_;
      run(fraction_);
    }
    repeated();
    if (digits_.empty() && fraction_.empty() && repeated_.empty()) return false;
    return digits_.size() + fraction_.size() + repeated_.size() <= kMostDigits && exponent();
  }

  [[nodiscard]] std::size_t bytes() const { return at_; }

  [[nodiscard]] Expression number() const {
    Expression made;
    made.name = digits_ + fraction_;
    const cpp_int all = integer(digits_ + fraction_);
    made.value = Rational(all, ten_to(fraction_.size()));
    if (!repeated_.empty()) {
      const cpp_int nines = ten_to(repeated_.size()) - 1;
      made.value += Rational(integer(repeated_), nines * ten_to(fraction_.size()));
    }
    const Rational power(ten_to(exponent_));
    if (exponent_ > 0 && negative_exponent_) made.value /= power;
    if (exponent_ > 0 && !negative_exponent_) made.value *= power;
    return made;
  }

 private:
  [[nodiscard]] char peek(std::size_t further = 0) const { return byte_at(text_, at_ + further); }

  void run(std::string& digits) {
    for (; is_digit(peek()); ++at_) digits += peek();
  }

  [[nodiscard]] bool three_digits(std::size_t from) const {
    return is_digit(peek(from)) && is_digit(peek(from + 1)) && is_digit(peek(from + 2)) &&
           !is_digit(peek(from + 3));
  }

  /// Bytes of the mark between two groups of three digits; 0: none is here.
  [[nodiscard]] std::size_t group_mark() const {
    static constexpr std::array<std::string_view, 4> kSure = {"{,}", ",\\!", "\\,", "{\\,}"};
    for (const std::string_view mark : kSure) {
      if (text_.substr(at_, mark.size()) == mark) return three_digits(mark.size()) ? mark.size() : 0;
    }
    const char usual = comma_ == Comma::kDecimal ? '.' : ',';
    const bool separates = comma_ != Comma::kDecimal && (in_brackets_ || comma_ == Comma::kSeparator);
    return peek() == usual && !separates && three_digits(1) ? 1 : 0;
  }

  void whole() {
    run(digits_);
    if (digits_.empty() || digits_.size() > 3 || digits_[0] == '0') return;
    while (const std::size_t mark = group_mark()) {
      at_ += mark;
      run(digits_);
    }
  }

  [[nodiscard]] bool is_point() const {
    if (peek() == '.' && (is_digit(peek(1)) || text_.substr(at_ + 1).starts_with("\\overline"))) return true;
    if (peek() == '{' && peek(1) == ',' && peek(2) == '}') return false;
    return comma_ == Comma::kDecimal && peek() == ',' && is_digit(peek(1));
  }

  void repeated() {
    for (const std::string_view bar : {"\\overline{", "\\bar{"}) {
      if (text_.substr(at_, bar.size()) != bar || at_ == 0) continue;
      std::string digits;
      std::size_t end = at_ + bar.size();
      for (; is_digit(byte_at(text_, end)); ++end) digits += text_[end];
      if (digits.empty() || byte_at(text_, end) != '}') return;
      repeated_ = digits;
      at_ = end + 1;
      return;
    }
  }

  /// "3e8", but neither "3e" nor "3em".
  bool exponent() {
    if (peek() != 'e' && peek() != 'E') return true;
    std::size_t end = at_ + 1;
    const char sign = byte_at(text_, end);
    if (sign == '-' || sign == '+') ++end;
    std::string digits;
    for (; is_digit(byte_at(text_, end)); ++end) digits += text_[end];
    if (digits.empty() || is_word_byte(byte_at(text_, end))) return true;
    if (digits.size() > 3 || std::stoul(digits) > kGreatestExponent) return false;
    exponent_ = std::stoul(digits);
    negative_exponent_ = sign == '-';
    at_ = end;
    return true;
  }

  std::string_view text_;
  Comma comma_;
  bool in_brackets_;
  std::size_t at_ = 0;
  std::string digits_;
  std::string fraction_;
  std::string repeated_;
  std::size_t exponent_ = 0;
  bool negative_exponent_ = false;
};

}  // namespace

std::optional<Expression> take_number(Cursor& cursor, Comma comma, bool in_brackets) {
  const char first = cursor.peek();
  if (!is_digit(first) && !(first == '.' && is_digit(cursor.peek(1)))) return std::nullopt;
  Reader reader(cursor.rest(), comma, in_brackets);
  if (!reader.read()) return std::nullopt;
  cursor.advance(reader.bytes());
  return reader.number();
}

std::optional<Rational> in_base(std::string_view digits, unsigned base) {
  if (base < 2 || base > 36 || digits.empty()) return std::nullopt;
  cpp_int number = 0;
  for (const char c : digits) {
    const unsigned digit = is_digit(c)    ? static_cast<unsigned>(c - '0')
                           : is_letter(c) ? static_cast<unsigned>(lower(c) - 'a') + 10
                                          : base;
    if (digit >= base) return std::nullopt;
    number = number * base + digit;
  }
  return Rational(number);
}

}  // namespace viltree::checker::math
