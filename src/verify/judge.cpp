#include <viltree/verify/checker.hpp>
#include <viltree/verify/judge.hpp>

#include <utility>

namespace viltree::verify {

using domain::FinishReason;
using domain::Verdict;

Judgement judge(const Checker* checker, std::string_view solution, FinishReason finish) {
  if (finish == FinishReason::kLength) return {Verdict::kTruncated, std::nullopt};
  if (finish == FinishReason::kFilter) return {Verdict::kFiltered, std::nullopt};
  if (checker == nullptr) return {};
  Check check = checker->check(solution);
  return {check.verdict, std::move(check.answer)};
}

Judgement judge(const domain::Problem& problem, std::string_view solution, FinishReason finish) {
  const auto checker = Checker::make(problem);
  return judge(checker ? &*checker : nullptr, solution, finish);
}

core::Status check_reference(const domain::Problem& problem) {
  const auto checker = Checker::make(problem);
  if (!checker) return tl::unexpected(checker.error());
  return {};
}

}  // namespace viltree::verify
