#pragma once

#include "measure.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

#include <boost/multiprecision/cpp_int.hpp>

namespace viltree::checker {

using Rational = boost::multiprecision::cpp_rational;

/// A number as it is written, exact: "50%" has the value 50 and the scale 1/100, "2 million" the value 2 and
/// the scale 1,000,000.
struct Number {
  Rational value;
  Rational scale = 1;
  std::optional<Measure> measure{};  ///< where what stands behind or before it is one that is known
};

/// What may stand before the number.
enum class Lead : std::uint8_t {
  kNone,   ///< a sign or a currency mark, as in a reference answer
  kWords,  ///< words too, and an equation: "about 5", "x = 5"
};

/// The number that the whole text is, with its unit or words behind it: 1,234.5; -3/4; \frac{3}{4}; 1 3/4;
/// 3 \times 10^8; $5; 5 cm^2; 50%; three. Nothing where it is something else ("2\pi", "2x", "3:4", "5!"),
/// where a second number follows, or where it is longer than kLongestAnswer.
[[nodiscard]] std::optional<Number> read_number(std::string_view text, Lead lead);

struct FoundNumber {
  std::string_view text;  ///< from its sign to its last digit
  Number number;
};

/// The number in which a line ends up: the one behind its last "=", or the only one that it has. Nothing
/// where that one is an operand ("3 + x"), a label ("Step 2") or something else by what follows it, and where
/// a line without "=" has several.
[[nodiscard]] std::optional<FoundNumber> result_of_line(std::string_view line);

/// True where text is a list of parts rather than one: "x = 5, y", "a or b".
[[nodiscard]] bool lists_several(std::string_view text);

/// Numbers this far apart are equal: by a difference, by a part of the reference, or to so many digits.
struct Nearness {
  double absolute = 0;
  double relative = 0;
  std::uint64_t significant = 0;  ///< digits to which they agree; 0: off
};

/// The same value. A scale that only one of the two has may be meant by the other or not: 50% is 50 and 1/2.
/// So may a unit; where both have one, they are converted, and units of different things are never equal.
[[nodiscard]] bool same_number(const Number& reference, const Number& given, const Nearness& nearness = {});

}  // namespace viltree::checker
