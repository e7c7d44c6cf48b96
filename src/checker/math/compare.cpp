#include "compare.hpp"

#include "../measure.hpp"
#include "../significant.hpp"
#include "evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

namespace viltree::checker::math {

namespace {

/// A list of more items is compared in its order.
constexpr std::size_t kMostUnordered = 32;

/// What one comparison may cost, before all that is left of it counts as different: pairs of scalars, and
/// functions of 50 digits, of which a complex one counts as four.
constexpr int kMostPairs = 1500;
constexpr int kMostPreciseFunctions = 160;

struct Job {
  const Terms& terms;
  int pairs = kMostPairs;  ///< that are left
  int functions = kMostPreciseFunctions;
};

bool same_parts(const Expression& reference, const Expression& given, Job& job);
bool same_scalars(const Expression& reference, const Expression& given, Job& job);

bool is_word(const Expression& part) {
  return part.op == Op::kText || (part.op == Op::kPower && is_word(part.parts[0]));
}

/// "cm", "cm^2"
std::string name_of_word(const Expression& word) {
  if (word.op == Op::kText) return word.name;
  const auto exponent = exact(word.parts[1]);
  return name_of_word(word.parts[0]) + '^' + (exponent ? exponent->str() : "?") + ' ';
}

/// Takes words (a unit) off a product or the lower part of a quotient; returns them.
std::string take_words(Expression& scalar) {
  std::string words;
  if (scalar.op == Op::kDivide && is_word(scalar.parts[1])) {
    words = '/' + name_of_word(scalar.parts[1]);
    Expression above = std::move(scalar.parts[0]);
    scalar = std::move(above);
  }
  if (scalar.op != Op::kMultiply || is_word(scalar.parts[0])) return words;
  while (scalar.parts.size() > 1 && is_word(scalar.parts.back())) {
    const Expression& word = scalar.parts.back();
    words = name_of_word(word) + words;
    scalar.parts.pop_back();
  }
  if (scalar.parts.size() == 1) {
    Expression only = std::move(scalar.parts[0]);
    scalar = std::move(only);
  }
  return words;
}

std::string without_plural(std::string word) {
  while (!word.empty() && (word.back() == '.' || word.back() == ' ')) word.pop_back();
  if (word.size() > 3 && word.back() == 's') word.pop_back();
  return word;
}

/// "inches" are "in".
bool same_words(const std::string& a, const std::string& b) {
  if (without_plural(a) == without_plural(b)) return true;
  const auto of_a = read_measure(a);
  const auto of_b = of_a ? read_measure(b) : std::nullopt;
  return of_b && of_a->powers == of_b->powers && of_a->factor == of_b->factor;
}

bool within(double reference, double given, const Terms& terms) {
  const double difference = std::abs(reference - given);
  return difference <= terms.absolute_tolerance ||
         difference <= terms.relative_tolerance * std::abs(reference);
}

bool is_tolerant(const Terms& terms) {
  return terms.absolute_tolerance > 0 || terms.relative_tolerance > 0 || terms.significant_digits > 0;
}

bool agree_to_digits(const Expression& reference, const Expression& given, std::uint64_t digits) {
  const auto a = decimal(reference);
  const auto b = decimal(given);
  return a && b && same_to_digits(a->real, b->real, digits) &&
         same_to_digits(a->imaginary, b->imaginary, digits);
}

bool nearly(const Expression& reference, const Expression& given, Job& job) {
  if (!is_tolerant(job.terms) || contains(reference, Op::kVariable) || contains(given, Op::kVariable))
    return false;
  if (job.terms.significant_digits > 0 && agree_to_digits(reference, given, job.terms.significant_digits))
    return true;
  const auto a = rough(reference, {});
  const auto b = rough(given, {});
  return a && b && within(a->real(), b->real(), job.terms) && within(a->imag(), b->imag(), job.terms);
}

bool has_bare_logarithm(const Expression& expression) {
  const bool bare =
      expression.op == Op::kFunction && expression.name == "log" && expression.parts.size() == 1;
  return bare || std::any_of(expression.parts.begin(), expression.parts.end(), has_bare_logarithm);
}

/// At random points; all that can be compared must be the same.
bool same_at_points(const Expression& a, const Expression& b, bool decimal_logarithm, Job& job) {
  constexpr int kEnough = 3;
  constexpr std::uint64_t kMostPoints = 8;
  const bool has_variables = contains(a, Op::kVariable) || contains(b, Op::kVariable);
  int same = 0;
  for (std::uint64_t seed = 0; seed < kMostPoints && same < kEnough; ++seed) {
    const Likeness likeness = compare_at(a, b, {seed, decimal_logarithm}, job.functions);
    if (likeness == Likeness::kDifferent) return false;
    same += likeness == Likeness::kSame ? 1 : 0;
    if (!has_variables) return same == 1;
  }
  return same >= 2;
}

std::optional<bool> same_modulo(const Expression& a, const Expression& b) {
  for (const std::uint64_t seed : {11U, 12U}) {
    const auto of_a = modular(a, {seed});
    const auto of_b = of_a ? modular(b, {seed}) : std::nullopt;
    if (!of_b) return std::nullopt;
    if (*of_a != *of_b) return false;
  }
  return true;
}

/// n! and binomial coefficients, at whole numbers: all that can be compared must be the same.
bool same_at_whole_numbers(const Expression& a, const Expression& b) {
  constexpr int kEnough = 5;
  constexpr std::uint64_t kMostPoints = 16;
  const auto chooses = [](const Expression& e) {
    return contains(e, Op::kFactorial) || contains(e, Op::kBinomial);
  };
  if (!chooses(a) && !chooses(b)) return false;
  if (!contains(a, Op::kVariable) || !contains(b, Op::kVariable)) return false;
  int same = 0;
  for (std::uint64_t seed = 0; seed < kMostPoints; ++seed) {
    const auto of_a = exact_at_whole_numbers(a, seed);
    const auto of_b = of_a ? exact_at_whole_numbers(b, seed) : std::nullopt;
    if (of_b && *of_a != *of_b) return false;
    same += of_b ? 1 : 0;
    if (same == 0 && seed == kMostPoints / 2) return false;  // it has hardly a value at all
  }
  return same >= kEnough;
}

/// The same tree: also what has no value at random points, like n!.
bool same_tree(const Expression& a, const Expression& b) {
  return a.op == b.op && a.value == b.value && a.name == b.name &&
         std::equal(a.parts.begin(), a.parts.end(), b.parts.begin(), b.parts.end(), same_tree);
}

bool same_value(const Expression& reference, const Expression& given, Job& job) {
  if (--job.pairs < 0) return false;
  if (same_tree(reference, given)) return true;
  const auto exact_reference = exact(reference);
  const auto exact_given = exact(given);
  if (exact_reference && exact_given) {
    return *exact_reference == *exact_given || nearly(reference, given, job);
  }
  if (const auto same = same_modulo(reference, given); same && (*same || !is_tolerant(job.terms)))
    return *same;
  if (same_at_points(reference, given, false, job) || same_at_whole_numbers(reference, given)) return true;
  const bool logarithm = has_bare_logarithm(reference) || has_bare_logarithm(given);
  return (logarithm && same_at_points(reference, given, true, job)) || nearly(reference, given, job);
}

/// What is written with a sign behind it that only one of the two has may be meant with it or without.
bool same_but_for(Op sign, const Expression& a, const Expression& b, Job& job) {
  return same_value(a, b, job) || (a.op == sign && same_scalars(a.parts[0], b, job)) ||
         (b.op == sign && same_scalars(a, b.parts[0], job));
}

bool is_infinite(const Expression& expression, bool& negative) {
  negative = expression.op == Op::kNegate;
  return (negative ? expression.parts[0] : expression).op == Op::kInfinity;
}

bool same_infinity(const Expression& a, const Expression& b) {
  bool a_negative = false;
  bool b_negative = false;
  return is_infinite(a, a_negative) && is_infinite(b, b_negative) && a_negative == b_negative;
}

bool part_by_part(const std::vector<Expression>& a, const std::vector<Expression>& b, Job& job) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](const Expression& x, const Expression& y) { return same_parts(x, y, job); });
}

/// Each of `from` has one in `in`.
bool all_in(const std::vector<Expression>& from, const std::vector<Expression>& in, Job& job) {
  return std::all_of(from.begin(), from.end(), [&](const Expression& x) {
    return std::any_of(in.begin(), in.end(), [&](const Expression& y) { return same_parts(x, y, job); });
  });
}

/// Pairs them off; each is used once.
bool same_items(const std::vector<Expression>& a, std::vector<Expression> b, Job& job) {
  if (a.size() != b.size()) return false;
  for (const Expression& x : a) {
    const auto found =
        std::find_if(b.begin(), b.end(), [&](const Expression& y) { return same_parts(x, y, job); });
    if (found == b.end()) return false;
    b.erase(found);
  }
  return true;
}

bool same_collection(const Expression& a, const Expression& b, Job& job) {
  const bool sets = a.op == Op::kSet || b.op == Op::kSet;
  const bool ordered = job.terms.ordered && !sets;
  if (ordered || a.parts.size() > kMostUnordered || b.parts.size() > kMostUnordered)
    return part_by_part(a.parts, b.parts, job);
  if (sets) return all_in(a.parts, b.parts, job) && all_in(b.parts, a.parts, job);
  return same_items(a.parts, b.parts, job);
}

bool is_collection(const Expression& e) {
  return e.op == Op::kSet || e.op == Op::kList;
}

bool is_vector(const Expression& e) {
  return e.op == Op::kMatrix && e.name.empty() && (e.columns == 1 || e.columns == e.parts.size());
}

bool same_ratio(const std::vector<Expression>& a, const std::vector<Expression>& b, Job& job) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 1; i < a.size(); ++i) {
    if (!same_scalars(make(Op::kMultiply, {a[0], b[i]}), make(Op::kMultiply, {a[i], b[0]}), job))
      return false;
  }
  return true;
}

Expression difference(const Expression& relation) {
  return make(Op::kAdd, {relation.parts[0], make(Op::kNegate, {relation.parts[1]})});
}

/// left - right of the two differ by a constant factor, which is not zero, and is positive if it has to be.
bool proportional(const Expression& a, const Expression& b, bool positive) {
  std::optional<std::complex<double>> factor;
  int points = 0;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const auto of_a = rough(a, {seed});
    const auto of_b = rough(b, {seed});
    if (!of_a || !of_b || std::abs(*of_a) < 1e-9 || std::abs(*of_b) < 1e-9) continue;
    const std::complex<double> here = *of_a / *of_b;
    if (factor && std::abs(*factor - here) > 1e-9 * std::abs(*factor)) return false;
    factor = here;
    ++points;
  }
  return points >= 3 && std::abs(factor->imag()) <= 1e-9 * std::abs(*factor) &&
         (!positive || factor->real() > 0);
}

char flipped(char sign) {
  switch (sign) {
    case '<':
      return '>';
    case '>':
      return '<';
    case 'l':
      return 'g';
    case 'g':
      return 'l';
    default:
      return sign;
  }
}

bool same_relation(const Expression& a, const Expression& b, Job& job) {
  if (a.name == b.name && part_by_part(a.parts, b.parts, job)) return true;
  if (a.name.size() != 1 || b.name.size() != 1) return false;
  const char sign = a.name[0];
  if (sign == 'e' || b.name[0] == 'e') return false;
  if (b.name[0] == sign && proportional(difference(a), difference(b), sign != '=' && sign != 'n'))
    return true;
  Expression turned = make(Op::kRelation, {b.parts[1], b.parts[0]}, std::string(1, flipped(b.name[0])));
  return turned.name[0] == sign &&
         proportional(difference(a), difference(turned), sign != '=' && sign != 'n');
}

bool names_something(const Expression& side) {
  return side.op == Op::kVariable || side.op == Op::kCall;
}

bool is_point_of_names(const Expression& side) {
  return side.op == Op::kTuple &&
         std::all_of(side.parts.begin(), side.parts.end(),
                     [](const Expression& part) { return part.op == Op::kVariable; });
}

/// "(x, y) = (1, 2)"
bool is_point_equation(const Expression& e) {
  return e.op == Op::kRelation && e.name == "=" && is_point_of_names(e.parts[0]) &&
         e.parts[1].op == Op::kTuple && e.parts[0].parts.size() == e.parts[1].parts.size();
}

/// "(x, y) = (1, 2)" is x = 1, y = 2.
Expression spread(const Expression& e) {
  if (!is_point_equation(e)) return e;
  Expression list = make(Op::kList, {});
  for (std::size_t i = 0; i < e.parts[0].parts.size(); ++i)
    list.parts.push_back(make(Op::kRelation, {e.parts[0].parts[i], e.parts[1].parts[i]}, "="));
  return list;
}

/// "x = 5" says 5, "a = b = 5" too.
const Expression& result_of(const Expression& expression) {
  const bool equation =
      expression.op == Op::kRelation && expression.name.find_first_not_of('=') == std::string::npos;
  if (!equation) return expression;
  const bool is_definition = names_something(expression.parts[0]) || is_point_of_names(expression.parts[0]) ||
                             expression.parts.size() > 2;
  return is_definition ? expression.parts.back() : expression;
}

Expression results_of(const Expression& expression) {
  if (!is_collection(expression)) return result_of(expression);
  Expression made = expression;
  for (Expression& part : made.parts) {
    Expression result = result_of(part);
    part = std::move(result);
  }
  return made;
}

bool has_relation(const Expression& expression) {
  return expression.op == Op::kRelation ||
         (is_collection(expression) &&
          std::any_of(expression.parts.begin(), expression.parts.end(), has_relation));
}

/// "f(x) = 2x" and "y = 2x" say the same of different names, where x = 5 and y = 5 do not.
bool same_function(const Expression& a, const Expression& b, Job& job) {
  const auto defines = [](const Expression& e) {
    return e.op == Op::kRelation && e.name == "=" && names_something(e.parts[0]) &&
           contains(e.parts[1], Op::kVariable);
  };
  if (!defines(a) || !defines(b)) return false;
  if (a.parts[0].op != Op::kCall && b.parts[0].op != Op::kCall) return false;
  return same_parts(a.parts[1], b.parts[1], job);
}

std::string variable_of(const Expression& relation) {
  for (const Expression& side : relation.parts) {
    if (side.op == Op::kVariable) return side.name;
  }
  return {};
}

/// x > 5 is not y > 5.
bool of_other_variables(const Expression& a, const Expression& b) {
  return a.op == Op::kRelation && b.op == Op::kRelation && a.name != "=" && variable_of(a) != variable_of(b);
}

bool same_settled(const Expression& a, const Expression& b, Job& job) {
  if (is_collection(a) && is_collection(b)) return same_collection(a, b, job);
  const bool list_and_tuple =
      (a.op == Op::kTuple && b.op == Op::kList) || (a.op == Op::kList && b.op == Op::kTuple);
  if (list_and_tuple) return part_by_part(a.parts, b.parts, job);
  const bool vectors =
      (is_vector(a) && (b.op == Op::kTuple || is_vector(b))) || (a.op == Op::kTuple && is_vector(b));
  if (vectors && a.op != b.op) return part_by_part(a.parts, b.parts, job);
  if (is_collection(a) && a.parts.size() == 1) return same_parts(a.parts[0], b, job);
  if (is_collection(b) && b.parts.size() == 1) return same_parts(a, b.parts[0], job);
  if (a.op == Op::kRatio && b.op == Op::kRatio) return same_ratio(a.parts, b.parts, job);
  if (a.op != b.op || a.op <= Op::kBase) return same_scalars(a, b, job);
  switch (a.op) {
    case Op::kText:
      return without_plural(a.name) == without_plural(b.name);
    case Op::kUnion:
    case Op::kIntersection:
      return same_items(a.parts, b.parts, job);
    case Op::kMatrix:
      return a.columns == b.columns && a.name == b.name && part_by_part(a.parts, b.parts, job);
    case Op::kRelation:
      return same_relation(a, b, job);
    default:  // tuples and calls
      return a.name == b.name && part_by_part(a.parts, b.parts, job);
  }
}

bool same_scalars(const Expression& reference, const Expression& given, Job& job) {
  if (same_infinity(reference, given)) return true;
  if (reference.op == Op::kBase && given.op == Op::kNumber && given.name == reference.name) return true;
  if (reference.op == Op::kPercent || given.op == Op::kPercent) {
    if (reference.op != given.op) return same_but_for(Op::kPercent, reference, given, job);
  }
  if ((reference.op == Op::kDegrees) != (given.op == Op::kDegrees))
    return same_but_for(Op::kDegrees, reference, given, job);
  Expression a = reference;
  Expression b = given;
  const std::string a_words = take_words(a);
  const std::string b_words = take_words(b);
  if (!a_words.empty() && !b_words.empty() && !same_words(a_words, b_words)) return false;
  if (!a_words.empty() || !b_words.empty()) return same_scalars(a, b, job);
  return same_value(a, b, job);
}

bool same_parts(const Expression& reference, const Expression& given, Job& job) {
  if (is_point_equation(reference) || is_point_equation(given))
    return same_parts(spread(reference), spread(given), job);
  if (of_other_variables(reference, given)) return false;
  if (same_function(reference, given, job)) return true;
  if (has_relation(reference) == has_relation(given))
    return same_settled(settled(reference), settled(given), job);
  return same_settled(settled(results_of(reference)), settled(results_of(given)), job);
}

}  // namespace

bool equal(const Expression& reference, const Expression& given, const Terms& terms) {
  Job job{terms};
  return same_parts(reference, given, job);
}

}  // namespace viltree::checker::math
