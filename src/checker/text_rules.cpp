#include "date.hpp"
#include "scan.hpp"
#include "text_form.hpp"
#include "unicode.hpp"
#include "unwrap.hpp"
#include "words_rule.hpp"

#include <string>
#include <utility>

namespace viltree::checker {

namespace {

class TextRule final : public WordsRule {
 public:
  explicit TextRule(std::string reference) : reference_(std::move(reference)) {}

 private:
  [[nodiscard]] std::optional<Reading> compare(std::string_view answer) const override {
    const std::string form = word_form(answer);
    if (form.empty()) return std::nullopt;
    return Reading{form == reference_, answer};
  }

  std::string reference_;
};

class AnyWordsRule final : public Rule {
 public:
  explicit AnyWordsRule(std::string reference) : reference_(std::move(reference)) {}

  [[nodiscard]] std::optional<Reading> read(std::string_view piece, Mark mark) const override {
    const std::string form = word_form(piece);
    if (form.empty()) return std::nullopt;
    bool same = form == reference_;
    if (!same && mark == Mark::kPhrase)
      same = word_form(first_clause(piece, ClauseEnd::kReason)) == reference_;
    return Reading{same, piece, same};
  }

 private:
  std::string reference_;
};

class SimilarRule final : public WordsRule {
 public:
  SimilarRule(std::string reference, double threshold)
      : reference_(std::move(reference)), threshold_(threshold) {}

 private:
  [[nodiscard]] std::optional<Reading> compare(std::string_view answer) const override {
    if (word_form(answer).empty()) return std::nullopt;
    return Reading{similarity(unwrap(answer), reference_) >= threshold_, answer};
  }

  std::string reference_;
  double threshold_;
};

class DateRule final : public WordsRule {
 public:
  explicit DateRule(Date reference) : reference_(reference) {}

 private:
  [[nodiscard]] std::optional<Reading> compare(std::string_view answer) const override {
    const auto date = read_date(folded(answer));
    if (!date) return std::nullopt;
    return Reading{same_date(reference_, *date), answer};
  }

  Date reference_;
};

}  // namespace

std::unique_ptr<const Rule> text_rule(const domain::Problem& problem, const CheckOptions& /*options*/) {
  std::string reference = word_form(problem.answer);
  if (reference.empty()) return nullptr;
  return std::make_unique<TextRule>(std::move(reference));
}

std::unique_ptr<const Rule> any_words_rule(const domain::Problem& problem) {
  std::string reference = word_form(problem.answer);
  if (reference.empty()) return nullptr;
  return std::make_unique<AnyWordsRule>(std::move(reference));
}

std::unique_ptr<const Rule> anls_rule(const domain::Problem& problem, const CheckOptions& options) {
  const std::string_view reference = unwrap(problem.answer);
  if (reference.empty() || reference.size() > kLongestAnswer) return nullptr;
  return std::make_unique<SimilarRule>(std::string(reference), options.anls_threshold);
}

std::unique_ptr<const Rule> date_rule(const domain::Problem& problem, const CheckOptions& /*options*/) {
  const auto reference = read_date(folded(problem.answer));
  if (!reference) return nullptr;
  return std::make_unique<DateRule>(*reference);
}

}  // namespace viltree::checker
