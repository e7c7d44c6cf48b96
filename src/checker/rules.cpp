#include "math_answer.hpp"
#include "rule.hpp"
#include "scan.hpp"

#include <viltree/checker/checker.hpp>

#include <string>
#include <utility>

namespace viltree::checker {

namespace {

using domain::AnswerKind;

bool asks_for_ratio(std::string_view question) {
  const std::string low = lowered(question);
  return low.find("ratio") != std::string::npos || low.find("odds") != std::string::npos;
}

/// A mathematical value that no words could be read as.
std::unique_ptr<const Rule> plain_math_rule(const domain::Problem& problem, const CheckOptions& options) {
  const auto reference = read_math(problem.answer);
  return reference && is_plainly_math(*reference) ? math_rule(problem, options) : nullptr;
}

/// Choices are asked first, because a problem with choices is answered by letter as often as by value; dates
/// before mathematics, which would read 3:30 as a ratio and 2020-05-06 as a difference. Null for words.
std::unique_ptr<const Rule> value_rule(const domain::Problem& problem, const CheckOptions& options) {
  auto rule = problem.choices.empty() ? nullptr : choice_rule(problem, options);
  if (!rule) rule = number_rule(problem, options);
  if (!rule && !asks_for_ratio(problem.question)) rule = date_rule(problem, options);
  if (!rule) rule = plain_math_rule(problem, options);
  return rule;
}

std::unique_ptr<const Rule> rule_that_fits(const domain::Problem& problem, const CheckOptions& options) {
  auto rule = value_rule(problem, options);
  return rule ? std::move(rule) : text_rule(problem, options);
}

}  // namespace

std::unique_ptr<const Rule> rule_for(const domain::Problem& problem, const CheckOptions& options) {
  switch (problem.answer_kind) {
    case AnswerKind::kAuto:
      return rule_that_fits(problem, options);
    case AnswerKind::kNumber:
      return number_rule(problem, options);
    case AnswerKind::kChoice:
      return choice_rule(problem, options);
    case AnswerKind::kExact:
      return exact_rule(problem, options);
    case AnswerKind::kMath: {
      auto rule = math_rule(problem, options);
      return rule ? std::move(rule) : exact_rule(problem, options);
    }
    case AnswerKind::kList:
      return list_rule(problem, options);
    case AnswerKind::kText:
      return text_rule(problem, options);
    case AnswerKind::kDate:
      return date_rule(problem, options);
    case AnswerKind::kAnls:
      return anls_rule(problem, options);
    case AnswerKind::kJudge:
      return value_rule(problem, options);
  }
  return nullptr;
}

core::Status check_kind(AnswerKind kind) {
  if (kind != AnswerKind::kJudge) return {};
  return core::fail(
      core::ErrorKind::kInvalidInput,
      "answer type 'judge' needs a model that decides; without one use auto, number, choice, exact, text, "
      "math, list, date or anls");
}

}  // namespace viltree::checker
