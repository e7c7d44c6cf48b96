#pragma once

#include "expression.hpp"

#include <complex>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The value of a scalar expression, in the surest way there is for it. All give nothing for what is no
/// scalar, what has no value (a division by zero, infinity), and what is beyond their limits.
namespace viltree::checker::math {

/// Exactly, where it has no variable and only rational values on the way. Numbers of more than 4,096 bits
/// have none, nor have roots of more than 512 bits.
[[nodiscard]] std::optional<Rational> exact(const Expression& expression);

/// The same with each variable a whole number from 0 to 14, by its name and the seed: for n! and binomial
/// coefficients, which have rational values at such places alone. Nothing for more than 8 of them.
[[nodiscard]] std::optional<Rational> exact_at_whole_numbers(const Expression& expression,
                                                             std::uint64_t seed);

/// A place at which expressions with variables are compared: each variable has its value by its name.
struct Point {
  std::uint64_t seed = 0;
  bool decimal_logarithm = false;  ///< what a "log" without a base is
};

/// Modulo the prime 2^61 - 1, at a random point: for expressions that are rational functions of their
/// variables. Two different ones of degree d have the same value at a point with a probability of at most
/// d / 2^61 (Schwartz and Zippel).
[[nodiscard]] std::optional<std::uint64_t> modular(const Expression& expression, const Point& point);

/// In double precision, complex, with variables between 1/8 and 2 or, at odd seeds, also below zero.
[[nodiscard]] std::optional<std::complex<double>> rough(const Expression& expression, const Point& point);

struct Decimal {
  Rational real;
  Rational imaginary;
};

/// The value of an expression without variables: exact where it is rational, else to 40 significant digits.
[[nodiscard]] std::optional<Decimal> decimal(const Expression& expression);

enum class Likeness : std::uint8_t {
  kSame,       ///< to 30 digits
  kDifferent,  ///
  kUnknown,    ///< one of them has no real value here though the other has, or none at all
};

/// Compares two values at a point with 50 digits, where they are the same in double precision. What they cost
/// is taken off the budget, one for each function that is called with as many digits, four where it is
/// complex; without any left they have no value.
[[nodiscard]] Likeness compare_at(const Expression& a, const Expression& b, const Point& point, int& budget);

}  // namespace viltree::checker::math
