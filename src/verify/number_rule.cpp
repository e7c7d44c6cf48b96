#include "marks.hpp"
#include "number.hpp"
#include "rule.hpp"
#include "scan.hpp"

#include <algorithm>
#include <utility>

namespace viltree::verify {

namespace {

class NumberRule final : public Rule {
 public:
  explicit NumberRule(Number reference) : reference_(std::move(reference)) {}

  [[nodiscard]] std::optional<Reading> read(std::string_view piece, Mark mark) const override {
    switch (mark) {
      case Mark::kBox:
      case Mark::kTag:
        return compare(piece, read_number(piece, Lead::kWords));
      case Mark::kHashAtEnd:
        return compare(piece, read_number(piece, Lead::kNone));
      case Mark::kHash:
        return has_words(piece) ? std::nullopt : compare(piece, read_number(piece, Lead::kNone));
      case Mark::kPhrase: {
        const std::string_view clause = first_clause(piece, ClauseEnd::kParenthesis);
        return compare(clause, read_number(clause, Lead::kWords));
      }
      case Mark::kBold:
      case Mark::kLastLine:
      case Mark::kNumber:
        break;
    }
    const auto found = result_of_line(piece);
    if (!found) return std::nullopt;
    return compare(found->text, found->number);
  }

 private:
  static bool has_words(std::string_view piece) { return std::any_of(piece.begin(), piece.end(), is_letter); }

  [[nodiscard]] std::optional<Reading> compare(std::string_view answer,
                                               const std::optional<Number>& number) const {
    if (!number) return std::nullopt;
    return Reading{same_number(*number, reference_), answer};
  }

  Number reference_;
};

}  // namespace

std::unique_ptr<const Rule> number_rule(const domain::Problem& problem, const CheckOptions& /*options*/) {
  auto reference = read_number(problem.answer, Lead::kNone);
  if (!reference) return nullptr;
  return std::make_unique<NumberRule>(*std::move(reference));
}

}  // namespace viltree::verify
