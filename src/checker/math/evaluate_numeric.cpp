#include "../significant.hpp"
#include "evaluate.hpp"

#include <viltree/core/hash.hpp>

#include <algorithm>
#include <cmath>
#include <exception>
#include <type_traits>

#include <boost/math/constants/constants.hpp>
#include <boost/multiprecision/cpp_complex.hpp>

namespace viltree::checker::math {

namespace {

using Precise = boost::multiprecision::cpp_complex_50;

/// What an expression with more functions, powers and roots than these is not evaluated for.
constexpr int kMostFunctions = 48;
/// The budget of one evaluation that has no other: all of its functions may be complex.
constexpr int kCheap = 4 * kMostFunctions;

template <class Complex>
using Real = typename Complex::value_type;

/// Between 1/8 and 2, exact in any precision; at odd seeds half of them are negative.
double value_of(const std::string& variable, std::uint64_t seed) {
  const std::uint64_t bits = core::mix64(core::hash64(variable), seed);
  const double size = 0.125 + static_cast<double>(bits >> 44U) * 0x1p-20 * 1.875;
  return (seed & 1U) != 0 && (bits & 1U) != 0 ? -size : size;
}

template <class Complex>
class Evaluator {
 public:
  using Value = std::optional<Complex>;

  Evaluator(const Point& point, int budget) : point_(point), budget_(budget) {}

  /// Of the functions, powers and roots that were called: one for a real one, four for a complex one.
  [[nodiscard]] int cost() const { return cost_; }

  Value value(const Expression& expression) {
    const auto& parts = expression.parts;
    switch (expression.op) {
      case Op::kNumber:
        return of(expression.value);
      case Op::kVariable:
        return Complex(value_of(expression.name, point_.seed));
      case Op::kPi:
        return Complex(pi());
      case Op::kE:
        return Complex(boost::math::constants::e<Scalar>());
      case Op::kI:
        return Complex(Scalar(0), Scalar(1));
      case Op::kAdd:
        return sum(parts);
      case Op::kMultiply:
        return product(parts);
      case Op::kDivide:
        return divided(value(parts[0]), value(parts[1]));
      case Op::kRatio:
        return parts.size() == 2 ? divided(value(parts[0]), value(parts[1])) : std::nullopt;
      case Op::kNegate: {
        const Value inner = value(parts[0]);
        return inner ? Value(-*inner) : std::nullopt;
      }
      case Op::kPercent:
        return divided(value(parts[0]), Complex(100));
      case Op::kDegrees: {
        const Value inner = value(parts[0]);
        return inner ? Value(*inner * pi() / Scalar(180)) : std::nullopt;
      }
      case Op::kPower:
        return power(value(parts[0]), parts[1]);
      case Op::kRoot:
        return root(value(parts[0]), parts[1]);
      case Op::kFunction:
        return function(expression);
      case Op::kAbsolute: {
        const Value inner = value(parts[0]);
        if (!inner || !may_call(is_real(*inner))) return std::nullopt;
        return Complex(Scalar(abs(*inner)));
      }
      default: {
        const auto number = exact(expression);
        return number ? of(*number) : std::nullopt;
      }
    }
  }

 private:
  using Scalar = Real<Complex>;

  static Scalar pi() { return boost::math::constants::pi<Scalar>(); }

  /// The library ends the program for a number that a double cannot hold.
  static Value of(const Rational& number) {
    if constexpr (std::is_same_v<Scalar, double>) {
      constexpr unsigned kBitsOfDouble = 1000;
      if (bits_of(numerator(number)) > kBitsOfDouble || bits_of(denominator(number)) > kBitsOfDouble)
        return std::nullopt;
    }
    return Complex(numerator(number).template convert_to<Scalar>() /
                   denominator(number).template convert_to<Scalar>());
  }

  static unsigned bits_of(const boost::multiprecision::cpp_int& number) {
    return number == 0 ? 0 : static_cast<unsigned>(msb(abs(number))) + 1;
  }

  bool may_call(bool real) {
    cost_ += real ? 1 : 4;
    return cost_ <= budget_ && ++functions_ <= kMostFunctions;
  }

  static bool is_real(const Complex& value) { return value.imag() == 0; }
  static bool has_real_power(const Complex& base, const Complex& by) {
    return is_real(base) && is_real(by) && base.real() > 0;
  }

  Value sum(const std::vector<Expression>& parts) {
    Complex total(0);
    for (const Expression& part : parts) {
      const Value inner = value(part);
      if (!inner) return std::nullopt;
      total += *inner;
    }
    return total;
  }

  Value product(const std::vector<Expression>& parts) {
    Complex total(1);
    for (const Expression& part : parts) {
      const Value inner = value(part);
      if (!inner) return std::nullopt;
      total *= *inner;
    }
    return total;
  }

  static Value divided(const Value& above, const Value& below) {
    if (!above || !below || *below == Complex(0)) return std::nullopt;
    return Complex(*above / *below);
  }

  Value power(const Value& base, const Expression& exponent) {
    const Value by = value(exponent);
    if (!base || !by || !may_call(has_real_power(*base, *by))) return std::nullopt;
    if (*base == Complex(0)) return by->real() > 0 ? Value(Complex(0)) : std::nullopt;
    if (const auto number = exact(exponent); number && denominator(*number) == 1 && abs(*number) <= 64)
      return whole_power(*base, numerator(*number).template convert_to<int>());
    return raised(*base, *by);
  }

  static Value raised(const Complex& base, const Complex& by) {
    if (has_real_power(base, by)) {
      const Scalar logarithm(by.real() * log(base.real()));
      if (!is_within_reach(Complex(logarithm))) return std::nullopt;
      return Complex(Scalar(exp(logarithm)));
    }
    const Complex logarithm(by * log(base));
    if (!is_within_reach(logarithm)) return std::nullopt;
    if constexpr (std::is_same_v<Scalar, double>) return Complex(pow(base, by));
    return Complex(exp(logarithm));
  }

  static Value negated(const Value& of) { return of ? Value(-*of) : std::nullopt; }

  /// Beyond this an angle has fewer than the 30 digits that are compared, and takes the longer to be reduced
  /// the larger it is.
  static bool is_within_reach(const Complex& argument) {
    using std::abs;
    constexpr double kLargestArgument = 1e15;
    return abs(argument.real()) <= kLargestArgument && abs(argument.imag()) <= kLargestArgument;
  }

  static Complex whole_power(const Complex& base, int exponent) {
    Complex total(1);
    for (int i = std::abs(exponent); i > 0; --i) total *= base;
    return exponent < 0 ? Complex(Complex(1) / total) : total;
  }

  /// Odd roots of negative numbers are negative.
  Value root(const Value& of, const Expression& degree) {
    const Value by = value(degree);
    if (!of || !by || !may_call(has_real_power(*of, *by)) || *by == Complex(0)) return std::nullopt;
    if (*of == Complex(0)) return of;
    const auto number = exact(degree);
    if (number && *number == 2) return Complex(sqrt(*of));
    const bool odd = number && denominator(*number) == 1 && numerator(*number) % 2 != 0;
    if (odd && of->imag() == 0 && of->real() < 0)
      return negated(raised(Complex(-*of), Complex(Complex(1) / *by)));
    return raised(*of, Complex(Complex(1) / *by));
  }

  Value function(const Expression& expression) {
    const Value inner = value(expression.parts[0]);
    if (!inner || !may_call(is_real(*inner))) return std::nullopt;
    const Complex& x = *inner;
    const std::string& name = expression.name;
    if (!name.starts_with("l") && !is_within_reach(x)) return std::nullopt;
    if (name == "sin") return Complex(sin(x));
    if (name == "cos") return Complex(cos(x));
    if (name == "tan") return divided(Complex(sin(x)), Complex(cos(x)));
    if (name == "cot") return divided(Complex(cos(x)), Complex(sin(x)));
    if (name == "sec") return divided(Complex(1), Complex(cos(x)));
    if (name == "csc") return divided(Complex(1), Complex(sin(x)));
    if (name == "exp") return Complex(exp(x));
    if (name == "sinh") return Complex(sinh(x));
    if (name == "cosh") return Complex(cosh(x));
    if (name == "tanh") return divided(Complex(sinh(x)), Complex(cosh(x)));
    if (name == "coth") return divided(Complex(cosh(x)), Complex(sinh(x)));
    if (name.starts_with("arc")) return inverse_of(name, x);
    return logarithm(expression, x);
  }

  static Value inverse_of(const std::string& name, const Complex& x) {
    if (name == "arcsin") return Complex(asin(x));
    if (name == "arccos") return Complex(acos(x));
    if (name == "arctan") return Complex(atan(x));
    const bool zero = x == Complex(0);
    if (name == "arccot") return Complex(Complex(pi() / 2) - atan(x));
    if (zero) return std::nullopt;
    if (name == "arcsec") return Complex(acos(Complex(Complex(1) / x)));
    if (name == "arccsc") return Complex(asin(Complex(Complex(1) / x)));
    return std::nullopt;
  }

  Value logarithm(const Expression& expression, const Complex& x) {
    const std::string& name = expression.name;
    const bool has_base = expression.parts.size() == 2;
    if (x == Complex(0) || (name != "ln" && name != "log" && name != "lg")) return std::nullopt;
    const Complex natural(log(x));
    if (name == "ln" || (name == "log" && !has_base && !point_.decimal_logarithm)) return natural;
    const Value base = has_base ? value(expression.parts[1]) : Value(Complex(10));
    if (!base || *base == Complex(0) || !may_call(is_real(*base))) return std::nullopt;
    return divided(natural, Complex(log(*base)));
  }

  const Point& point_;
  int functions_ = 0;
  int cost_ = 0;
  int budget_;
};

/// Takes what it costs off the budget.
template <class Complex>
std::optional<Complex> value_at(const Expression& expression, const Point& point, int& budget) {
  Evaluator<Complex> evaluator(point, budget);
  std::optional<Complex> value;
  try {
    value = evaluator.value(expression);
  } catch (const std::exception&) {  // the library throws where a value is out of its range
  }
  budget -= evaluator.cost();
  using std::isfinite;
  return value && isfinite(value->real()) && isfinite(value->imag()) ? value : std::nullopt;
}

template <class Complex, class Tolerance>
Likeness likeness(const std::optional<Complex>& a, const std::optional<Complex>& b,
                  const Tolerance& tolerance) {
  using std::abs;
  using Scalar = Real<Complex>;
  if (!a || !b) return Likeness::kUnknown;
  const Scalar size = abs(*a) + abs(*b) + Scalar(1);
  const auto is_real = [&](const Complex& value) { return abs(value.imag()) <= tolerance * size; };
  if (is_real(*a) != is_real(*b)) return Likeness::kUnknown;
  const Complex difference(*a - *b);
  return abs(difference) <= tolerance * size ? Likeness::kSame : Likeness::kDifferent;
}

/// To the digits that are known for sure. A part that is nothing beside the value's size is zero.
std::optional<Rational> to_rational(const Real<Precise>& part, const Real<Precise>& size) {
  constexpr int kGreatestExponent = 4096;
  constexpr std::uint64_t kSureDigits = 40;
  if (abs(part) <= size * Real<Precise>("1e-40")) return Rational(0);
  if (std::abs(ilogb(part)) > kGreatestExponent) return std::nullopt;
  return to_digits(part.convert_to<Rational>(), kSureDigits);
}

}  // namespace

std::optional<std::complex<double>> rough(const Expression& expression, const Point& point) {
  int budget = kCheap;
  return value_at<std::complex<double>>(expression, point, budget);
}

std::optional<Decimal> decimal(const Expression& expression) {
  if (auto number = exact(expression)) return Decimal{*std::move(number), 0};
  int budget = kCheap;
  const auto value = value_at<Precise>(expression, {}, budget);
  if (!value) return std::nullopt;
  auto real = to_rational(value->real(), abs(*value));
  auto imaginary = to_rational(value->imag(), abs(*value));
  if (!real || !imaginary) return std::nullopt;
  return Decimal{*std::move(real), *std::move(imaginary)};
}

Likeness compare_at(const Expression& a, const Expression& b, const Point& point, int& budget) {
  const Likeness at_first_sight = likeness(rough(a, point), rough(b, point), 1e-6);
  if (at_first_sight == Likeness::kDifferent) return at_first_sight;
  // What a double cannot hold may have a value all the same; one look at it is enough, for it takes long.
  if (at_first_sight == Likeness::kUnknown && point.seed > 0) return at_first_sight;
  const auto of_a = value_at<Precise>(a, point, budget);
  return likeness(of_a, of_a ? value_at<Precise>(b, point, budget) : std::nullopt,
                  Precise::value_type("1e-30"));
}

}  // namespace viltree::checker::math
