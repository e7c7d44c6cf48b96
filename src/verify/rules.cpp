#include "rule.hpp"

#include <viltree/verify/judge.hpp>

namespace viltree::verify {

namespace {

using domain::AnswerKind;

/// `auto`: choices are asked first, because a problem with choices is answered by letter as often as by
/// value.
std::unique_ptr<const Rule> rule_that_fits(const domain::Problem& problem, const CheckOptions& options) {
  auto rule = problem.choices.empty() ? nullptr : choice_rule(problem, options);
  if (!rule) rule = number_rule(problem, options);
  if (!rule) rule = exact_rule(problem, options);
  return rule;
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
    case AnswerKind::kMath:
    case AnswerKind::kList:
    case AnswerKind::kJudge:
      break;
  }
  return nullptr;
}

core::Status check_kind(AnswerKind kind) {
  switch (kind) {
    case AnswerKind::kAuto:
    case AnswerKind::kNumber:
    case AnswerKind::kChoice:
    case AnswerKind::kExact:
      return {};
    case AnswerKind::kMath:
    case AnswerKind::kList:
    case AnswerKind::kJudge:
      break;
  }
  return core::fail(core::ErrorKind::kInvalidInput,
                    "answer type '" + std::string(domain::name(kind)) +
                        "' is not available; use auto, number, choice or exact");
}

}  // namespace viltree::verify
