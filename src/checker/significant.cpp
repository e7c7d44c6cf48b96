#include "significant.hpp"

#include <algorithm>
#include <cmath>

namespace viltree::checker {

namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

cpp_rational power_of_ten(long exponent) {
  const cpp_int power = boost::multiprecision::pow(cpp_int(10), static_cast<unsigned>(std::labs(exponent)));
  return exponent < 0 ? cpp_rational(1, power) : cpp_rational(power);
}

/// The greatest e with 10^e <= number, which is above zero.
long magnitude(const cpp_rational& number) {
  constexpr double kDigitsOfBit = 0.30102999566398120;
  const auto bits = static_cast<long>(msb(numerator(number))) - static_cast<long>(msb(denominator(number)));
  auto guess = std::lround(std::floor(static_cast<double>(bits) * kDigitsOfBit)) - 1;  // at most 2 too small
  while (power_of_ten(guess + 1) <= number) ++guess;
  return guess;
}

}  // namespace

cpp_rational to_digits(const cpp_rational& number, std::uint64_t digits) {
  if (number == 0) return number;
  const cpp_rational size = abs(number);
  const cpp_rational unit = power_of_ten(magnitude(size) + 1 - static_cast<long>(digits));
  const cpp_rational units = size / unit;
  const cpp_int rounded = (numerator(units) * 2 + denominator(units)) / (denominator(units) * 2);
  const cpp_rational value = unit * rounded;
  return number < 0 ? cpp_rational(-value) : value;
}

bool same_to_digits(const cpp_rational& a, const cpp_rational& b, std::uint64_t digits) {
  if (digits == 0) return false;
  digits = std::min(digits, kMostSignificantDigits);
  return to_digits(a, digits) == to_digits(b, digits);
}

}  // namespace viltree::checker
