#include "marks.hpp"
#include "rule.hpp"
#include "unwrap.hpp"

#include <string>
#include <utility>

namespace viltree::verify {

namespace {

class ExactRule final : public Rule {
 public:
  explicit ExactRule(std::string reference) : reference_(std::move(reference)) {}

  [[nodiscard]] std::optional<Reading> read(std::string_view piece, Mark mark) const override {
    if (mark == Mark::kHash || mark == Mark::kLastLine || mark == Mark::kNumber) return std::nullopt;
    const auto whole = compare(piece);
    if (mark != Mark::kPhrase || (whole && whole->right)) return whole;
    return compare(first_clause(piece, ClauseEnd::kReason));
  }

 private:
  [[nodiscard]] std::optional<Reading> compare(std::string_view answer) const {
    const std::string form = plain_form(answer);
    if (form.empty()) return std::nullopt;
    return Reading{form == reference_, answer};
  }

  std::string reference_;
};

}  // namespace

std::unique_ptr<const Rule> exact_rule(const domain::Problem& problem, const CheckOptions& /*options*/) {
  std::string reference = plain_form(problem.answer);
  if (reference.empty()) return nullptr;
  return std::make_unique<ExactRule>(std::move(reference));
}

}  // namespace viltree::verify
