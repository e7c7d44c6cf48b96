#include "evaluate.hpp"
#include "parse_number.hpp"

#include <viltree/core/hash.hpp>

#include <algorithm>
#include <limits>

namespace viltree::checker::math {

namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::denominator;
using boost::multiprecision::numerator;
using Exact = std::optional<Rational>;

constexpr unsigned kMostBits = 4096;
constexpr unsigned kMostRootBits = 512;  // of what a root is taken of
constexpr long kMostFactorial = 500;

unsigned bits(const cpp_int& number) {
  return number == 0
             ? 0
             : static_cast<unsigned>(boost::multiprecision::msb(boost::multiprecision::abs(number))) + 1;
}
unsigned bits(const Rational& value) {
  return std::max(bits(numerator(value)), bits(denominator(value)));
}

Exact within_limit(Rational value) {
  if (bits(value) > kMostBits) return std::nullopt;
  return value;
}

/// The whole number that a value is, if it is at most `most` in size.
std::optional<long> whole(const Exact& value, long most) {
  if (!value || denominator(*value) != 1 || *value > most || *value < -most) return std::nullopt;
  return numerator(*value).convert_to<long>();
}

Exact raised(const Rational& base, long exponent) {
  const auto size = static_cast<unsigned>(exponent < 0 ? -exponent : exponent);
  if (exponent < 0 && base == 0) return std::nullopt;
  if (bits(base) * std::uint64_t{size} > kMostBits) return std::nullopt;
  const Rational value(boost::multiprecision::pow(numerator(base), size),
                       boost::multiprecision::pow(denominator(base), size));
  return exponent < 0 ? Rational(1 / value) : value;
}

/// The root, where it is rational.
Exact rooted(const Rational& value, long degree) {
  if (degree < 2 || degree > 64 || bits(value) > kMostRootBits) return std::nullopt;
  if (value < 0) {
    if (degree % 2 == 0) return std::nullopt;
    auto positive = rooted(-value, degree);
    if (positive) *positive = -*positive;
    return positive;
  }
  const auto whole_root = [&](const cpp_int& of) -> std::optional<cpp_int> {
    if (degree == 2) {
      const cpp_int root = boost::multiprecision::sqrt(of);
      return root * root == of ? std::optional(root) : std::nullopt;
    }
    cpp_int low = 0;
    cpp_int high = cpp_int(1) << (bits(of) / static_cast<unsigned>(degree) + 1);
    while (low < high) {
      const cpp_int middle = (low + high + 1) / 2;
      if (boost::multiprecision::pow(middle, static_cast<unsigned>(degree)) <= of) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    if (boost::multiprecision::pow(low, static_cast<unsigned>(degree)) != of) return std::nullopt;
    return low;
  };
  const auto above = whole_root(numerator(value));
  const auto below = above ? whole_root(denominator(value)) : std::nullopt;
  if (!below) return std::nullopt;
  return Rational(*above, *below);
}

Exact power(const Exact& base, const Exact& exponent) {
  if (!base || !exponent) return std::nullopt;
  if (*base == 0 && *exponent == 0) return std::nullopt;
  const long degree = denominator(*exponent) <= 64 ? denominator(*exponent).convert_to<long>() : 0;
  const auto above = whole(Rational(numerator(*exponent)), 100'000);
  if (degree == 0 || !above) return std::nullopt;
  const Exact root = degree == 1 ? base : *base < 0 ? std::nullopt : rooted(*base, degree);
  return root ? raised(*root, *above) : std::nullopt;
}

Exact factorial(const Exact& of) {
  const auto n = whole(of, kMostFactorial);
  if (!n || *n < 0) return std::nullopt;
  cpp_int product = 1;
  for (long i = 2; i <= *n; ++i) product *= i;
  return within_limit(Rational(product));
}

Exact binomial(const Exact& n, const Exact& k) {
  const auto from = whole(n, 10'000);
  const auto take = whole(k, 10'000);
  if (!from || !take || *from < 0 || *take < 0) return std::nullopt;
  if (*take > *from) return Rational(0);
  cpp_int value = 1;
  for (long i = 1; i <= std::min(*take, *from - *take); ++i) {
    value = value * (*from - i + 1) / i;
    if (bits(value) > kMostBits) return std::nullopt;
  }
  return Rational(value);
}

/// The greatest whole number that is not greater.
Rational floor_of(const Rational& value) {
  cpp_int quotient = numerator(value) / denominator(value);
  if (value < 0 && denominator(value) != 1) --quotient;
  return Rational(quotient);
}

Exact sum(const std::vector<Expression>& parts) {
  Rational total = 0;
  for (const Expression& part : parts) {
    const Exact value = exact(part);
    if (!value) return std::nullopt;
    total += *value;
  }
  return within_limit(total);
}

Exact product(const std::vector<Expression>& parts) {
  Rational total = 1;
  for (const Expression& part : parts) {
    const Exact value = exact(part);
    if (!value) return std::nullopt;
    total *= *value;
    if (bits(total) > kMostBits) return std::nullopt;
  }
  return total;
}

Exact quotient(const Exact& above, const Exact& below) {
  if (!above || !below || *below == 0) return std::nullopt;
  return within_limit(*above / *below);
}

}  // namespace

std::optional<Rational> exact(const Expression& expression) {
  const auto& parts = expression.parts;
  const auto one = [&] { return exact(parts[0]); };
  switch (expression.op) {
    case Op::kNumber:
      return expression.value;
    case Op::kAdd:
      return sum(parts);
    case Op::kMultiply:
      return product(parts);
    case Op::kDivide:
      return quotient(one(), exact(parts[1]));
    case Op::kRatio:
      return parts.size() == 2 ? quotient(one(), exact(parts[1])) : std::nullopt;
    case Op::kNegate: {
      auto value = one();
      if (value) *value = -*value;
      return value;
    }
    case Op::kPower:
      return power(one(), exact(parts[1]));
    case Op::kRoot: {
      const auto degree = whole(exact(parts[1]), 64);
      const auto value = one();
      return value && degree ? rooted(*value, *degree) : std::nullopt;
    }
    case Op::kAbsolute: {
      auto value = one();
      if (value && *value < 0) *value = -*value;
      return value;
    }
    case Op::kFloor: {
      auto value = one();
      if (value) *value = floor_of(*value);
      return value;
    }
    case Op::kCeiling: {
      auto value = one();
      if (value) *value = -floor_of(-*value);
      return value;
    }
    case Op::kFactorial:
      return factorial(one());
    case Op::kBinomial:
      return binomial(one(), exact(parts[1]));
    case Op::kPercent:
      return quotient(one(), Rational(100));
    case Op::kDegrees:
      return one();
    case Op::kBase: {
      const auto base = whole(one(), 36);
      return base && *base > 0 ? in_base(expression.name, static_cast<unsigned>(*base)) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

namespace {

Expression with_whole_numbers(const Expression& expression, std::uint64_t seed) {
  constexpr std::uint64_t kNumbers = 15;
  Expression made;
  if (expression.op == Op::kVariable) {
    made.value = core::mix64(core::hash64(expression.name), seed) % kNumbers;
    return made;
  }
  made.op = expression.op;
  made.value = expression.value;
  made.name = expression.name;
  for (const Expression& part : expression.parts) made.parts.push_back(with_whole_numbers(part, seed));
  return made;
}

int count_of_choices(const Expression& expression) {
  int count = expression.op == Op::kFactorial || expression.op == Op::kBinomial ? 1 : 0;
  for (const Expression& part : expression.parts) count += count_of_choices(part);
  return count;
}

}  // namespace

std::optional<Rational> exact_at_whole_numbers(const Expression& expression, std::uint64_t seed) {
  constexpr int kMost = 8;
  if (count_of_choices(expression) > kMost) return std::nullopt;
  return exact(with_whole_numbers(expression, seed));
}

namespace {

__extension__ typedef unsigned __int128 Wide;  // NOLINT(modernize-use-using)
constexpr std::uint64_t kPrime = (std::uint64_t{1} << 61U) - 1;
using Residue = std::optional<std::uint64_t>;

std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>(Wide{a} * b % kPrime);
}

std::uint64_t raised_modulo(std::uint64_t base, std::uint64_t exponent) {
  std::uint64_t value = 1;
  for (; exponent > 0; exponent >>= 1U) {
    if ((exponent & 1U) != 0) value = times(value, base);
    base = times(base, base);
  }
  return value;
}

Residue inverse(const Residue& value) {
  if (!value || *value == 0) return std::nullopt;
  return raised_modulo(*value, kPrime - 2);
}

Residue multiplied(const Residue& a, const Residue& b) {
  if (!a || !b) return std::nullopt;
  return times(*a, *b);
}

Residue residue_of(const Rational& value) {
  const auto reduced = [](const cpp_int& number) {
    cpp_int rest = number % kPrime;
    if (rest < 0) rest += kPrime;
    return rest.convert_to<std::uint64_t>();
  };
  return multiplied(reduced(numerator(value)), inverse(reduced(denominator(value))));
}

}  // namespace

std::optional<std::uint64_t> modular(const Expression& expression, const Point& point) {
  const auto& parts = expression.parts;
  switch (expression.op) {
    case Op::kVariable:
      return core::mix64(core::hash64(expression.name), point.seed) % kPrime;
    case Op::kAdd: {
      std::uint64_t total = 0;
      for (const Expression& part : parts) {
        const auto value = modular(part, point);
        if (!value) return std::nullopt;
        total = (total + *value) % kPrime;
      }
      return total;
    }
    case Op::kMultiply: {
      Residue total = 1;
      for (const Expression& part : parts) total = multiplied(total, modular(part, point));
      return total;
    }
    case Op::kDivide:
      return multiplied(modular(parts[0], point), inverse(modular(parts[1], point)));
    case Op::kNegate: {
      const auto value = modular(parts[0], point);
      if (!value) return std::nullopt;
      return (kPrime - *value) % kPrime;
    }
    case Op::kPower: {
      const auto exponent = whole(exact(parts[1]), 1'000'000);
      auto base = modular(parts[0], point);
      if (!exponent || !base || (*exponent == 0 && *base == 0)) return std::nullopt;
      if (*exponent < 0) base = inverse(base);
      if (!base) return std::nullopt;
      return raised_modulo(*base, static_cast<std::uint64_t>(*exponent < 0 ? -*exponent : *exponent));
    }
    default: {
      const auto value = exact(expression);
      return value ? residue_of(*value) : std::nullopt;
    }
  }
}

}  // namespace viltree::checker::math
