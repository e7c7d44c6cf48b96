#include "marks.hpp"
#include "rule.hpp"
#include "scan.hpp"
#include "unwrap.hpp"

#include <viltree/verify/judge.hpp>

namespace viltree::verify {

namespace {

using domain::AnswerKind;
using domain::Verdict;

/// `auto`: choices are asked first, because a problem with choices is answered by letter as often as by
/// value.
std::unique_ptr<const Rule> rule_that_fits(const domain::Problem& problem) {
  auto rule = problem.choices.empty() ? nullptr : choice_rule(problem);
  if (!rule) rule = number_rule(problem);
  if (!rule) rule = exact_rule(problem);
  return rule;
}

std::unique_ptr<const Rule> rule_for(const domain::Problem& problem) {
  switch (problem.answer_kind) {
    case AnswerKind::kAuto:
      return rule_that_fits(problem);
    case AnswerKind::kNumber:
      return number_rule(problem);
    case AnswerKind::kChoice:
      return choice_rule(problem);
    case AnswerKind::kExact:
      return exact_rule(problem);
    case AnswerKind::kMath:
    case AnswerKind::kList:
    case AnswerKind::kJudge:
      break;
  }
  return nullptr;
}

bool is_answer(std::string_view piece) {
  return !piece.empty() && piece.size() <= kLongestAnswer;
}

Judgement judgement(const std::optional<Reading>& reading) {
  if (!reading) return {};
  return {reading->right ? Verdict::kRight : Verdict::kWrong, std::string(unwrap(reading->answer))};
}

/// A box is decisive: what is in it and cannot be read is a wrong answer. The other marks are words that
/// occur in reasoning too, so they count only where an answer can be read.
Judgement judge_by(const Rule& rule, std::string_view solution) {
  if (const auto box = last_box(solution); box && is_answer(*box)) {
    const auto reading = rule.read(*box, Mark::kBox);
    return judgement(reading ? *reading : Reading{false, *box});
  }
  if (const auto hash = last_hash_line(solution); hash && is_answer(hash->content)) {
    const auto reading = rule.read(hash->content, hash->ends_solution ? Mark::kHashAtEnd : Mark::kHash);
    if (reading) return judgement(reading);
  }
  if (const auto phrase = last_phrase(solution)) return judgement(rule.read(*phrase, Mark::kPhrase));
  const std::string_view line = last_line(solution);
  return is_answer(line) ? judgement(rule.read(line, Mark::kLastLine)) : Judgement{};
}

}  // namespace

Judgement judge(const domain::Problem& problem, std::string_view solution, domain::FinishReason finish) {
  if (finish == domain::FinishReason::kLength) return {Verdict::kTruncated, std::nullopt};
  if (finish == domain::FinishReason::kFilter) return {Verdict::kFiltered, std::nullopt};
  const auto rule = rule_for(problem);
  return rule ? judge_by(*rule, solution) : Judgement{};
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

core::Status check_reference(const domain::Problem& problem) {
  if (auto kind = check_kind(problem.answer_kind); !kind) return kind;
  if (rule_for(problem)) return {};
  const std::string what = problem.answer_kind == AnswerKind::kNumber   ? "is no number"
                           : problem.answer_kind == AnswerKind::kChoice ? "is none of the choices"
                                                                        : "says nothing";
  return core::fail(core::ErrorKind::kInvalidInput,
                    "the answer '" + problem.answer.substr(0, 80) + "' " + what);
}

}  // namespace viltree::verify
