#pragma once

#include "number.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace viltree::checker {

/// Reads one number from a place in a text on; what follows it is the caller's business.
class NumberReader {
 public:
  explicit NumberReader(std::string_view text, std::size_t at = 0) : text_(text), at_(at) {}

  /// Where it stands: after value(), behind the number's last digit.
  [[nodiscard]] std::size_t at() const { return at_; }

  /// Passes over blanks, currency and formula marks, and with kWords over words. False where a word makes
  /// what follows another number ("not 5", "log 5"), or a name ("x2").
  bool skip_lead(Lead lead);

  /// Sign, then a decimal, a fraction, a mixed number or a power of ten. Nothing where there is no number,
  /// one of more than 100 digits, or a division by zero.
  std::optional<Rational> value();

 private:
  [[nodiscard]] char peek(std::size_t further = 0) const;
  bool take(std::string_view what);
  void skip_spaces();
  void skip_decoration();
  bool sign();
  [[nodiscard]] bool three_digits() const;
  void take_digits(std::string& digits);
  bool take_group_mark();
  std::string whole();
  std::optional<Rational> decimal();
  std::optional<Rational> plain();
  std::optional<Rational> mixed_part();
  std::optional<int> exponent();
  bool times_ten();
  std::optional<Rational> latex_fraction();
  std::optional<Rational> fraction_part();

  std::string_view text_;
  std::size_t at_;
};

/// The minus sign that is no hyphen.
inline constexpr std::string_view kMinus = "\xE2\x88\x92";

}  // namespace viltree::checker
