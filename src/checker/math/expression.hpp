#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>

namespace viltree::checker::math {

using Rational = boost::multiprecision::cpp_rational;

/// What an expression is; the comment says what its parts and its other fields are.
enum class Op : std::uint8_t {
  // Scalars.
  kNumber,     // value; name: the digits as they were written
  kVariable,   // name: "x", "\\alpha", "x_1"
  kPi,         //
  kE,          // Euler's number
  kI,          // the imaginary unit
  kInfinity,   //
  kAdd,        // two or more parts
  kMultiply,   // two or more parts
  kDivide,     // above, below
  kNegate,     // one part
  kPower,      // base, exponent
  kRoot,       // radicand, degree
  kFunction,   // name; one part, and for "log" perhaps the base
  kAbsolute,   // one part
  kFloor,      // one part
  kCeiling,    // one part
  kFactorial,  // one part
  kBinomial,   // n, k
  kPlusMinus,  // one part; name: "+-" or "-+"
  kDegrees,    // one part, in degrees of arc
  kPercent,    // one part
  kBase,       // value; name: the digits; one part: the base they are written in
  // What is no scalar.
  kCall,          // name; one part: "f(x)"
  kText,          // name: words
  kTuple,         // parts; name: the two brackets, "()" or "[)" for what may be an interval, too
  kSet,           // parts
  kList,          // parts, without brackets
  kUnion,         // parts
  kIntersection,  // parts
  kMatrix,        // parts by rows; columns
  kRelation,      // sides (one more than) and name: a sign for each, one byte: = < > l(<=) g(>=) n(!=) e(in)
  kRatio,         // parts: "2:3:4"
};

/// A mathematical value as it is written: a plain tree. Its depth is bounded by parse().
struct Expression {
  Op op = Op::kNumber;
  Rational value = 0;
  std::string name{};
  std::vector<Expression> parts{};
  std::size_t columns = 0;
};

[[nodiscard]] inline Expression make(Op op, std::vector<Expression> parts, std::string name = {}) {
  Expression made;
  made.op = op;
  made.name = std::move(name);
  made.parts = std::move(parts);
  return made;
}

/// One factor is itself.
[[nodiscard]] inline Expression product_of(std::vector<Expression> factors) {
  return factors.size() == 1 ? std::move(factors[0]) : make(Op::kMultiply, std::move(factors));
}

/// What a comma between digits is.
enum class Comma : std::uint8_t {
  kByGroups,   ///< "1,234" is a number, "3,14" and "(1,234)" are two
  kSeparator,  ///< always between two items
  kDecimal,    ///< "3,14" is one number, "1.234,5" too
};

/// Reads LaTeX or plain text, already folded (unicode.hpp) and unwrapped (unwrap.hpp). Nothing where it is
/// not all of it understood, or deeper than 48 brackets. Takes any bytes; linear but for nested bars.
[[nodiscard]] std::optional<Expression> parse(std::string_view text, Comma comma = Comma::kByGroups);

/// Whether any part of it, itself included, is of this kind.
[[nodiscard]] bool contains(const Expression& expression, Op op);

}  // namespace viltree::checker::math
