#include "choice.hpp"
#include "marks.hpp"
#include "rule.hpp"
#include "unwrap.hpp"

#include <utility>

namespace viltree::verify {

namespace {

/// A letter with its dress: an earlier "#### B" that is longer is a heading.
constexpr std::size_t kLongestLetter = 3;

class ChoiceRule final : public Rule {
 public:
  ChoiceRule(std::vector<std::string> choices, std::size_t reference)
      : choices_(std::move(choices)), reference_(reference) {}

  [[nodiscard]] std::optional<Reading> read(std::string_view piece, Mark mark) const override {
    if (mark == Mark::kHash && unwrap(piece).size() > kLongestLetter) return std::nullopt;
    if (const auto reading = compare(piece)) return reading;
    if (mark == Mark::kPhrase) return compare(first_clause(piece, ClauseEnd::kRemark));
    if (mark != Mark::kLastLine) return std::nullopt;
    const auto option = last_option(piece);
    return option ? compare(*option) : std::nullopt;
  }

 private:
  [[nodiscard]] std::optional<Reading> compare(std::string_view answer) const {
    const auto choice = named_choice(answer, choices_);
    if (!choice) return std::nullopt;
    return Reading{*choice == reference_, answer};
  }

  std::vector<std::string> choices_;
  std::size_t reference_;
};

}  // namespace

std::unique_ptr<const Rule> choice_rule(const domain::Problem& problem, const CheckOptions& /*options*/) {
  const auto reference = named_choice(problem.answer, problem.choices);
  if (!reference) return nullptr;
  return std::make_unique<ChoiceRule>(problem.choices, *reference);
}

}  // namespace viltree::verify
