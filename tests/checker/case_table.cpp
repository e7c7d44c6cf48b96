#include "case_table.hpp"

#include <utility>

#include <doctest/doctest.h>

namespace viltree::checker {

domain::Problem make_problem(domain::AnswerKind kind, std::string answer, std::vector<std::string> choices) {
  domain::Problem problem;
  problem.id = "p";
  problem.question = "?";
  problem.answer = std::move(answer);
  problem.answer_kind = kind;
  problem.choices = std::move(choices);
  return problem;
}

void check_cases(domain::AnswerKind kind, const std::vector<std::string>& choices,
                 const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    CAPTURE(c.reference);
    CAPTURE(c.solution);
    const domain::Problem problem = make_problem(kind, c.reference, choices);
    REQUIRE(check_reference(problem));
    const Check found = check(problem, c.solution, domain::FinishReason::kStop);
    CAPTURE(found.answer.value_or("(none)"));
    CHECK(domain::name(found.verdict) == domain::name(c.verdict));
    CHECK(found.answer.has_value() == (c.verdict != kUnparsed));
    CHECK(check(problem, c.solution, domain::FinishReason::kLength).verdict == domain::Verdict::kTruncated);
    CHECK(check(problem, c.solution, domain::FinishReason::kFilter).verdict == domain::Verdict::kFiltered);
  }
}

void check_boxed(domain::AnswerKind kind, const std::vector<Case>& cases) {
  std::vector<Case> boxed;
  for (const Case& c : cases) boxed.push_back({c.verdict, c.reference, "So \\boxed{" + c.solution + "}."});
  check_cases(kind, {}, boxed);
}

}  // namespace viltree::checker
