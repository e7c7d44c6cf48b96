#include "marks.hpp"
#include "math/compare.hpp"
#include "math_answer.hpp"
#include "rule.hpp"
#include "unwrap.hpp"

#include <string>
#include <utility>

namespace viltree::checker {

namespace {

class MathRule final : public Rule {
 public:
  MathRule(MathAnswer reference, const CheckOptions& options)
      : reference_(std::move(reference)),
        terms_{options.absolute_tolerance, options.relative_tolerance, options.ordered,
               options.significant_digits} {}

  [[nodiscard]] std::optional<Reading> read(std::string_view piece, Mark mark) const override {
    switch (mark) {
      case Mark::kBox:
      case Mark::kTag:
      case Mark::kHashAtEnd:
      case Mark::kHash:
      case Mark::kBold:
        return compare(piece);
      case Mark::kPhrase:
        return phrase(piece);
      case Mark::kLastLine:
        return line(piece);
      case Mark::kNumber:
        break;
    }
    return std::nullopt;
  }

  [[nodiscard]] bool takes_lists() const override { return true; }

 private:
  /// All of it, its first clause, the formula in it: the first of these in which there are no words.
  [[nodiscard]] std::optional<Reading> phrase(std::string_view piece) const {
    for (const std::string_view part :
         {piece, first_clause(piece, ClauseEnd::kParenthesis), only_formula(piece)}) {
      if (const auto reading = compare(part, false)) return reading;
    }
    return compare(piece);
  }

  /// Of a line that ends up in a value: the one formula in it, or what stands behind its last "=".
  [[nodiscard]] std::optional<Reading> line(std::string_view piece) const {
    if (const std::string_view formula = only_formula(piece); !formula.empty()) return compare(formula);
    const std::size_t equals = piece.rfind('=');
    if (equals == std::string_view::npos) return std::nullopt;
    return compare(unwrap(piece.substr(equals + 1)), false);
  }

  [[nodiscard]] std::optional<Reading> compare(std::string_view answer, bool words = true) const {
    const auto given = read_math(answer);
    if (!given || (!words && contains(given->value, math::Op::kText))) return std::nullopt;
    return Reading{same_math(reference_, *given, terms_), answer};
  }

  MathAnswer reference_;
  math::Terms terms_;
};

}  // namespace

std::unique_ptr<const Rule> math_rule(const domain::Problem& problem, const CheckOptions& options) {
  auto reference = read_math(problem.answer);
  if (!reference) return nullptr;
  return std::make_unique<MathRule>(*std::move(reference), options);
}

}  // namespace viltree::checker
