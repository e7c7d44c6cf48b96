#include "unwrap.hpp"
#include "words_rule.hpp"

#include <string>
#include <utility>

namespace viltree::checker {

namespace {

class ExactRule final : public WordsRule {
 public:
  explicit ExactRule(std::string reference) : reference_(std::move(reference)) {}

 private:
  [[nodiscard]] std::optional<Reading> compare(std::string_view answer) const override {
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

}  // namespace viltree::checker
