#pragma once

#include "expression.hpp"

namespace viltree::checker::math {

/// What is held to be equal.
struct Terms {
  double absolute_tolerance = 0;         ///< of numbers
  double relative_tolerance = 0;         ///< of numbers, as a part of the reference
  bool ordered = false;                  ///< whether the order of a list without brackets counts
  std::uint64_t significant_digits = 0;  ///< of numbers that agree; 0: off
};

/// Whether both are the same value. Rational numbers are compared exactly; rational functions modulo a prime
/// at two random points, which takes two different ones of degree d for the same with a probability of at
/// most (d / 2^61)^2; everything else at random points to 30 digits. Where there is no such value, by the
/// form. The points follow from the names of the variables alone, so that the result is always the same.
/// Tuples, matrices and relations are compared part by part, sets and lists of up to 32 items without regard
/// to order, longer ones in their order. What takes more work than any answer of a textbook is not equal.
[[nodiscard]] bool equal(const Expression& reference, const Expression& given, const Terms& terms = {});

/// What an expression says once its form is settled: "x < 5" is the interval (-\infty, 5), "\pm 2" is the
/// list 2, -2, lists in lists are one, a list of one is the one.
[[nodiscard]] Expression settled(const Expression& expression);

}  // namespace viltree::checker::math
