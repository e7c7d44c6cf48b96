#include "fuzz.hpp"

#include <viltree/checker/checker.hpp>
#include <viltree/checker/ruling.hpp>

#include <array>
#include <string>

// A solution and a reference answer: the verdict is a function of them, only an answer can be right or wrong,
// it has a place in the solution, and what is cut off is never read. The same bytes as a reply of a judge.

namespace {

using namespace viltree;

constexpr std::array kKinds = {domain::AnswerKind::kJudge,  domain::AnswerKind::kNumber,
                               domain::AnswerKind::kChoice, domain::AnswerKind::kExact,
                               domain::AnswerKind::kAuto,   domain::AnswerKind::kMath,
                               domain::AnswerKind::kList,   domain::AnswerKind::kText,
                               domain::AnswerKind::kDate,   domain::AnswerKind::kAnls};

checker::CheckOptions options_by(unsigned bits) {
  checker::CheckOptions options;
  if ((bits & 1U) != 0) options.extract = {checker::Mark::kBold, checker::Mark::kNumber, checker::Mark::kBox};
  if ((bits & 2U) != 0) options.absolute_tolerance = 0.5;
  if ((bits & 2U) != 0) options.relative_tolerance = 0.01;
  options.ordered = (bits & 4U) != 0;
  return options;
}

void check_place(const checker::Check& check, std::string_view solution) {
  const bool judged = check.verdict == domain::Verdict::kRight || check.verdict == domain::Verdict::kWrong;
  fuzz::promise(judged || check.verdict == domain::Verdict::kUnparsed, "a finished solution");
  fuzz::promise(judged == check.answer.has_value(), "only an answer is right or wrong");
  fuzz::promise(judged == check.where.has_value(), "an answer has a place");
  if (!check.where) return;
  fuzz::promise(check.where->begin <= solution.size(), "a place in the solution");
  fuzz::promise(check.where->bytes <= solution.size() - check.where->begin, "all of it");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::as_text(data, size);
  const unsigned first = fuzz::take_byte(input);
  domain::Problem problem;
  problem.answer_kind = kKinds[first % kKinds.size()];
  problem.answer = fuzz::take_line(input);
  if (problem.answer_kind == domain::AnswerKind::kChoice)
    problem.choices = {"3", "four", "\\frac{1}{2}", "none"};
  const bool comparable = checker::check_reference(problem).has_value();
  const auto checker =
      checker::Checker::make(problem, options_by(first / static_cast<unsigned>(kKinds.size())));
  fuzz::promise(checker.has_value() == comparable, "options that make sense refuse no problem");
  if (checker) check_place(checker->check(input), input);

  const checker::Check judgement = checker::check(problem, input, domain::FinishReason::kStop);
  fuzz::promise(comparable || judgement.verdict == domain::Verdict::kUnparsed, "no reference, no verdict");
  const checker::Check again = checker::check(problem, input, domain::FinishReason::kStop);
  fuzz::promise(again.verdict == judgement.verdict && again.answer == judgement.answer, "judged twice");
  const auto cut = checker::check(problem, input, domain::FinishReason::kLength);
  fuzz::promise(cut.verdict == domain::Verdict::kTruncated, "cut off is truncated");
  const domain::Verdict ruling = checker::read_ruling(input);
  fuzz::promise(ruling == domain::Verdict::kRight || ruling == domain::Verdict::kWrong ||
                    ruling == domain::Verdict::kFailed,
                "a reply is right, wrong or says neither");
  if (checker) static_cast<void>(checker->compare(input));
  return 0;
}
