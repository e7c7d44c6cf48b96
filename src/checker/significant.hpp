#pragma once

#include <cstdint>

#include <boost/multiprecision/cpp_int.hpp>

namespace viltree::checker {

/// More digits than these are not told apart: what has no rational value is known to 40.
inline constexpr std::uint64_t kMostSignificantDigits = 30;

/// `number` to so many significant digits, from 1 to 40, exactly: ties away from zero. 0 is 0.
[[nodiscard]] boost::multiprecision::cpp_rational to_digits(const boost::multiprecision::cpp_rational& number,
                                                            std::uint64_t digits);

/// Whether both are the same to so many significant digits, kMostSignificantDigits at most, each of them
/// rounded at its own magnitude (see CheckOptions::significant_digits); never for 0 digits.
[[nodiscard]] bool same_to_digits(const boost::multiprecision::cpp_rational& a,
                                  const boost::multiprecision::cpp_rational& b, std::uint64_t digits);

}  // namespace viltree::checker
