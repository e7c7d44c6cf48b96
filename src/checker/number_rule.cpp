#include "marks.hpp"
#include "math_answer.hpp"
#include "number.hpp"
#include "rule.hpp"
#include "scan.hpp"
#include "unicode.hpp"

#include <algorithm>
#include <utility>

namespace viltree::checker {

namespace {

/// A scalar of numbers alone.
bool is_constant(const math::Expression& value) {
  return value.op <= math::Op::kBase && !contains(value, math::Op::kVariable) &&
         !contains(value, math::Op::kText);
}

/// "3,14", which mathematics reads as two numbers.
bool is_digits(std::string_view text) {
  return text.find_first_not_of("0123456789.,+-") == std::string_view::npos;
}

class NumberRule final : public Rule {
 public:
  NumberRule(Number reference, MathAnswer value, const CheckOptions& options)
      : reference_(std::move(reference)),
        value_(std::move(value)),
        nearness_{options.absolute_tolerance, options.relative_tolerance, options.significant_digits} {}

  [[nodiscard]] std::optional<Reading> read(std::string_view piece, Mark mark) const override {
    std::string scratch;
    const std::string_view text = folded(piece, scratch);
    switch (mark) {
      case Mark::kBox:
      case Mark::kTag:
        return compare(piece, text, Lead::kWords);
      case Mark::kHashAtEnd:
        return compare(piece, text, Lead::kNone);
      case Mark::kHash:
        return has_words(text) ? std::nullopt : compare(piece, text, Lead::kNone);
      case Mark::kPhrase: {
        const std::string_view clause = first_clause(piece, ClauseEnd::kParenthesis);
        return compare(clause, folded(clause, scratch), Lead::kWords);
      }
      case Mark::kBold:
      case Mark::kLastLine:
      case Mark::kNumber:
        break;
    }
    const auto found = result_of_line(piece);
    if (!found) return std::nullopt;
    return Reading{same_number(reference_, found->number, nearness_), found->text};
  }

 private:
  static bool has_words(std::string_view piece) { return std::any_of(piece.begin(), piece.end(), is_letter); }

  /// What is no number as people write one may still be an expression with a value: \frac{10}{4}, 2^5, 3,14.
  [[nodiscard]] std::optional<Reading> compare(std::string_view answer, std::string_view text,
                                               Lead lead) const {
    const auto number = read_number(text, lead);
    if (number) return Reading{same_number(reference_, *number, nearness_), answer};
    const auto given = read_math(text);
    if (!given || !(is_constant(given->value) || is_digits(text))) return std::nullopt;
    return Reading{
        same_math(value_, *given, {nearness_.absolute, nearness_.relative, false, nearness_.significant}),
        answer};
  }

  Number reference_;
  MathAnswer value_;
  Nearness nearness_;
};

/// The number alone, as an expression.
MathAnswer as_math(const Number& number) {
  MathAnswer answer;
  answer.value.value = number.value;
  return answer;
}

}  // namespace

std::unique_ptr<const Rule> number_rule(const domain::Problem& problem, const CheckOptions& options) {
  auto reference = read_number(folded(problem.answer), Lead::kNone);
  if (!reference) return nullptr;
  const MathAnswer value = as_math(*reference);
  return std::make_unique<NumberRule>(*std::move(reference), value, options);
}

}  // namespace viltree::checker
