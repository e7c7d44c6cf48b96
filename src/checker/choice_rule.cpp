#include "choice.hpp"
#include "marks.hpp"
#include "rule.hpp"
#include "unicode.hpp"
#include "unwrap.hpp"

#include <string>
#include <utility>

namespace viltree::checker {

namespace {

/// A letter with its dress: an earlier "#### B" that is longer is a heading.
constexpr std::size_t kLongestLetter = 3;

class ChoiceRule final : public Rule {
 public:
  ChoiceRule(Choices choices, std::size_t reference) : choices_(std::move(choices)), reference_(reference) {}

  [[nodiscard]] std::optional<Reading> read(std::string_view piece, Mark mark) const override {
    if (mark == Mark::kHash && unwrap(piece).size() > kLongestLetter) return std::nullopt;
    if (const auto reading = compare(piece)) return reading;
    switch (mark) {
      case Mark::kTag:
      case Mark::kPhrase:
        if (const auto reading = compare(first_clause(piece, ClauseEnd::kRemark))) return reading;
        return in_line(piece);
      case Mark::kBold:
      case Mark::kLastLine:
        return in_line(piece);
      default:
        return std::nullopt;
    }
  }

 private:
  [[nodiscard]] std::optional<Reading> compare(std::string_view answer) const {
    const auto choice = choices_.named(answer);
    if (!choice) return std::nullopt;
    return Reading{*choice == reference_, answer};
  }

  [[nodiscard]] std::optional<Reading> in_line(std::string_view line) const {
    std::string scratch;
    const std::string_view text = folded(line, scratch);
    const auto place = choice_in_line(text);
    if (!place) return std::nullopt;
    auto reading = compare(*place);
    if (reading && text.data() != line.data()) reading->answer = line;
    return reading;
  }

  Choices choices_;
  std::size_t reference_;
};

}  // namespace

std::unique_ptr<const Rule> choice_rule(const domain::Problem& problem, const CheckOptions& /*options*/) {
  Choices choices(problem.choices);
  const auto reference = choices.named(problem.answer);
  if (!reference) return nullptr;
  return std::make_unique<ChoiceRule>(std::move(choices), *reference);
}

}  // namespace viltree::checker
