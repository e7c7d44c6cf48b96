#include "fuzz.hpp"

#include <viltree/verify/judge.hpp>

#include <array>
#include <string>

// A solution and a reference answer: the verdict is a function of them, only an answer can be right or wrong,
// and what is judged right by its own answer as the reference is right.

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace viltree;
  constexpr std::array kKinds = {domain::AnswerKind::kNumber, domain::AnswerKind::kChoice,
                                 domain::AnswerKind::kExact};
  std::string_view input = fuzz::as_text(data, size);
  domain::Problem problem;
  problem.answer_kind = kKinds[fuzz::take_byte(input) % kKinds.size()];
  problem.answer = fuzz::take_line(input);
  if (problem.answer_kind == domain::AnswerKind::kChoice)
    problem.choices = {"3", "four", "\\frac{1}{2}", "none"};
  const bool comparable = verify::check_reference(problem).has_value();
  const verify::Judgement judgement = verify::judge(problem, input, domain::FinishReason::kStop);
  const bool judged =
      judgement.verdict == domain::Verdict::kRight || judgement.verdict == domain::Verdict::kWrong;
  fuzz::promise(judged || judgement.verdict == domain::Verdict::kUnparsed, "a finished solution");
  fuzz::promise(!judged || (comparable && judgement.answer), "only an answer is right or wrong");
  const verify::Judgement again = verify::judge(problem, input, domain::FinishReason::kStop);
  fuzz::promise(again.verdict == judgement.verdict && again.answer == judgement.answer, "judged twice");
  const auto cut = verify::judge(problem, input, domain::FinishReason::kLength);
  fuzz::promise(cut.verdict == domain::Verdict::kTruncated || !comparable, "cut off is truncated");
  return 0;
}
