#include "case_table.hpp"

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::verify;
using domain::AnswerKind;

namespace {

std::string answer_in(std::string_view solution) {
  const domain::Problem problem = make_problem(AnswerKind::kExact, "reference");
  return judge(problem, solution, domain::FinishReason::kStop).answer.value_or("(none)");
}

std::string number_in(std::string_view solution) {
  const domain::Problem problem = make_problem(AnswerKind::kNumber, "1");
  return judge(problem, solution, domain::FinishReason::kStop).answer.value_or("(none)");
}

}  // namespace

TEST_CASE("marks: the last box that is closed and not empty is the answer") {
  CHECK(answer_in("\\boxed{a} then \\boxed{b}") == "b");
  CHECK(answer_in("\\boxed{a} then \\boxed{b") == "a");
  CHECK(answer_in("\\boxed{a} then \\boxed{ }") == "a");
  CHECK(answer_in("\\boxed{\\frac{a}{b}}") == "\\frac{a}{b}");
  CHECK(answer_in("\\boxed{a \\boxed{b}}") == "b");
  CHECK(answer_in("\\boxed {a}") == "a");
  CHECK(answer_in("\\fbox{a}") == "a");
  CHECK(answer_in("\\boxed{\\{a\\}}") == "\\{a\\}");
  CHECK(answer_in("{{ \\boxed{a}") == "a");
  CHECK(answer_in("}} \\boxed{a}") == "a");
  CHECK(answer_in("boxed{a}") == "(none)");
  CHECK(answer_in("\\boxed a") == "(none)");
  CHECK(answer_in("\\boxed{" + std::string(2000, 'x') + "}") == "(none)");
}

TEST_CASE("marks: a box outranks hashes, they outrank a phrase, and it outranks the last line") {
  CHECK(number_in("\\boxed{2}\nThe answer is 3.\n#### 4") == "2");
  CHECK(number_in("The answer is 3.\n#### 4") == "4");
  CHECK(number_in("#### 4\nThe answer is 3.\n5") == "4");
  CHECK(number_in("The answer is 3.\n5") == "3");
  CHECK(number_in("Well.\nso 5") == "5");
}

TEST_CASE("marks: a heading of four hashes is no answer") {
  CHECK(number_in("#### 2. Compute\nThe answer is 3.") == "3");
  CHECK(number_in("#### Step 2\nThe answer is 3.") == "3");
  CHECK(answer_in("#### Conclusion\nThe answer is c.") == "c");
  CHECK(number_in("##### 7\nThe answer is 3.") == "3");
  CHECK(number_in("It says #### 7.\nThe answer is 3.") == "3");
}

TEST_CASE("marks: a phrase announces the rest of its sentence") {
  CHECK(answer_in("The answer is red. More follows.") == "red");
  CHECK(answer_in("The answer is 3.5 red! More") == "3.5 red");
  CHECK(answer_in("Answer = red") == "red");
  CHECK(answer_in("The final answer would be: red") == "red");
  CHECK(answer_in("**Final Answer:**\nred\n") == "red");
  CHECK(answer_in("# Answer\nred") == "red");
  CHECK(answer_in("So the answer\nred") == "(none)");
  CHECK(answer_in("unanswered is red") == "(none)");
  CHECK(answer_in("The answer isn't red") == "(none)");
  CHECK(answer_in("Answer:") == "(none)");
  CHECK(answer_in("Answer: red\nAnswer:") == "red");
}
