#include "case_table.hpp"

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::checker;
using domain::AnswerKind;

TEST_CASE("exact: case, blanks, a full stop and dress do not count") {
  check_cases(AnswerKind::kExact, {},
              {
                  {kRight, "Paris", "\\boxed{Paris}"},
                  {kRight, "Paris", "\\boxed{\\text{paris.}}"},
                  {kRight, "Paris.", "The answer is Paris."},
                  {kRight, "New York", "Answer:  new   york"},
                  {kRight, "Paris", "**Answer:** *Paris*"},
                  {kRight, "Paris", "The answer is \"Paris\"."},
                  {kRight, "Paris", "The answer is Paris, because it is the capital."},
                  {kRight, "as big as Rome", "The answer is as big as Rome."},
                  {kRight, "$x^2$", "\\boxed{x^2}"},
                  {kRight, "\\text{yes}", "#### yes"},
                  {kRight, "red, green", "Answer: red, green"},
                  {kRight, "3:4", "\\boxed{3:4}"},
                  {kRight,
                   "\xC3\x9C"
                   "ber",
                   "\\boxed{\xC3\x9C"
                   "BER}"},
                  {kWrong, "Paris", "\\boxed{Rome}"},
                  {kWrong, "Paris", "\\boxed{Paris, France}"},
                  {kWrong, "red", "Answer: red, green"},
                  {kWrong, "5", "\\boxed{5.0}"},
                  {kWrong, "x^2", "\\boxed{x^3}"},
                  {kWrong, "New York", "Answer: NewYork"},
                  {kWrong, "no", "The answer is nothing."},
                  {kWrong, "3:4", "\\boxed{4:3}"},
                  {kUnparsed, "Paris", "Paris"},
                  {kUnparsed, "Paris", "#### Paris\nmore"},
                  {kUnparsed, "Paris", "It is Paris."},
                  {kUnparsed, "Paris", "The answers are Paris"},
              });
}

TEST_CASE("judge: a reference that cannot be compared is refused, and its problem is never judged") {
  CHECK_FALSE(check_reference(make_problem(AnswerKind::kNumber, "Paris")));
  CHECK_FALSE(check_reference(make_problem(AnswerKind::kNumber, "3 or 4")));
  CHECK_FALSE(check_reference(make_problem(AnswerKind::kChoice, "Z", {"a", "b"})));
  CHECK_FALSE(check_reference(make_problem(AnswerKind::kExact, " . ")));
  CHECK_FALSE(check_reference(make_problem(AnswerKind::kAuto, "")));
  const auto status = check_kind(AnswerKind::kJudge);
  REQUIRE_FALSE(status);
  CHECK(status.error().message.find("without one use auto, number,") != std::string::npos);
  CHECK(check_kind(AnswerKind::kAuto));
}
