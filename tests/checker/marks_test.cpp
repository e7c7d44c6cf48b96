#include "boxes.hpp"
#include "case_table.hpp"

#include <viltree/checker/checker.hpp>

#include <limits>
#include <utility>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::checker;
using domain::AnswerKind;

namespace {

std::string answer_in(std::string_view solution) {
  const domain::Problem problem = make_problem(AnswerKind::kExact, "reference");
  return check(problem, solution, domain::FinishReason::kStop).answer.value_or("(none)");
}

std::string number_in(std::string_view solution) {
  const domain::Problem problem = make_problem(AnswerKind::kNumber, "1");
  return check(problem, solution, domain::FinishReason::kStop).answer.value_or("(none)");
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

TEST_CASE("marks: a box without braces ends at a blank") {
  CHECK(number_in("so \\boxed 5") == "5");
  CHECK(number_in("so $\\boxed5$ it is") == "5");
  CHECK(number_in("so \\(\\boxed 12\\)") == "12");
  CHECK(number_in("so \\boxed\\frac{1}{2}.") == "\\frac{1}{2}");
  CHECK(number_in("so \\boxed{4} or rather \\boxed 5.") == "5");
  CHECK(answer_in("it must stand in \\boxed form") == "(none)");
}

TEST_CASE("marks: a tag holds the answer") {
  CHECK(answer_in("<answer> red </answer> said I") == "red");
  CHECK(answer_in("<answer>red</answer><answer>blue</answer>") == "blue");
  CHECK(answer_in("<answer>red") == "red");
  CHECK(answer_in("<answer></answer>") == "(none)");
  CHECK(number_in("<answer>\\boxed{5}</answer>") == "5");
  CHECK(number_in("<answer>I do not know</answer> The answer is 5.") == "5");
}

TEST_CASE("marks: what was only thought is no answer where something follows it") {
  CHECK(answer_in("<think>\\boxed{a}</think> It is \\boxed{b}") == "b");
  CHECK(answer_in("\\boxed{a}</think> The answer is b.") == "b");
  CHECK(answer_in("<think>\\boxed{a}</think>\n\n") == "a");
  CHECK(answer_in("<think>\\boxed{a}</think> I do not know.") == "(none)");
  CHECK(answer_in("<think>\\boxed{a}") == "a");
  CHECK(answer_in("<think>\\boxed{a}</think>\\boxed{b}</think>\\boxed{c}") == "c");
}

TEST_CASE("marks: a bold span of the last paragraph that can be read alone is the answer") {
  CHECK(number_in("She has **18** of them in 2 rows.") == "18");
  CHECK(number_in("She has `18` of them in 2 rows.") == "18");
  CHECK(number_in("So 2 rows\nmake **$18** a day\nfor 3 days.") == "18");
  CHECK(number_in("First **2**, then **x = 18** for 3 of them") == "18");
  CHECK(number_in("It has **18** rows.\n\nSo 2 or 3.") == "(none)");
  CHECK(number_in("**Step 2**: 3 and 4") == "(none)");
  CHECK(number_in("**2.** compute 3 and 4") == "(none)");
  CHECK(number_in("**2** + 3 and 4") == "(none)");
  CHECK(number_in("not **2** but 3 or 4") == "(none)");
  CHECK(number_in("**2") == "(none)");
  CHECK(number_in("****") == "(none)");
}

TEST_CASE("marks: text behind the answer does not hurt") {
  CHECK(number_in("The answer is 18.\n\nLet me know whether that answer helps!") == "18");
  CHECK(number_in("so $\\boxed{18}$.\n\nHope this helps. Check: 9 * 3 = 27") == "18");
  CHECK(number_in("Answer: 18\n\n---\n*Note that 2 of them are red.*") == "18");
  CHECK(number_in("so it is 18\n\\]\n```\n") == "18");
}

TEST_CASE("marks: answers in Chinese") {
  CHECK(number_in("所以答案是18。") == "18");
  CHECK(number_in("答案：**18**") == "18");
  CHECK(number_in("答案为 18，共 2 行。") == "18");
  CHECK(number_in("答：18") == "18");
  CHECK(answer_in("答案是：红色。其余不对。") == "红色");
  CHECK(answer_in("回答问题") == "(none)");
}

namespace {

std::string found_in(std::string_view solution, const CheckOptions& options = {}) {
  const auto checker = Checker::make(make_problem(AnswerKind::kNumber, "1"), options);
  const Check check = checker->check(solution);
  if (!check.where) return "(none)";
  return std::string(name(check.where->mark)) + " " +
         std::string(solution.substr(check.where->begin, check.where->bytes));
}

}  // namespace

TEST_CASE("marks: the rule that found the answer is told, and the answer's place") {
  CHECK(found_in("a \\boxed{ 12 } b") == "box 12");
  CHECK(found_in("<answer>12</answer>") == "tag 12");
  CHECK(found_in("so\n#### 12\n") == "hash 12");
  CHECK(found_in("#### 12\nyes") == "hash 12");
  CHECK(found_in("The answer is **12** dollars.") == "phrase 12** dollars");
  CHECK(found_in("so **12** of 3") == "bold 12");
  CHECK(found_in("so it is 12 dollars.") == "line 12");
  CHECK(found_in("3 of 12 are red and 4 of them are blue") == "(none)");
  CHECK(found_in("<think>12</think>The answer is 13.") == "phrase 13");
}

TEST_CASE("marks: they are tried in the order of the options, and no others") {
  const std::string solution =
      "\\boxed{1} <answer>2</answer>\nThe answer is 3.\n#### 4\nso **5** of 6 and -7.5 a day";
  const auto by = [&](std::vector<Mark> marks) {
    CheckOptions options;
    options.extract = std::move(marks);
    return found_in(solution, options);
  };
  CHECK(by({Mark::kBox}) == "box 1");
  CHECK(by({Mark::kTag, Mark::kBox}) == "tag 2");
  CHECK(by({Mark::kPhrase, Mark::kBox}) == "phrase 3");
  CHECK(by({Mark::kHash}) == "hash 4");
  CHECK(by({Mark::kHashAtEnd}) == "(none)");
  CHECK(by({Mark::kBold}) == "bold 5");
  CHECK(by({Mark::kLastLine}) == "(none)");
  CHECK(by({Mark::kLastLine, Mark::kNumber}) == "number -7.5");
}

TEST_CASE("marks: every rule has a name of its own") {
  for (const std::string_view word : mark_names()) {
    CAPTURE(word);
    REQUIRE(mark_from(word));
    CHECK(name(*mark_from(word)) == word);
  }
  CHECK(name(Mark::kHashAtEnd) == "hash");
  CHECK_FALSE(mark_from("boxes"));
  CHECK_FALSE(mark_from(""));
}

TEST_CASE("checker: options that make no sense are refused") {
  const auto refused = [](CheckOptions options) {
    return !Checker::make(make_problem(AnswerKind::kNumber, "1"), options).has_value();
  };
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  CHECK(refused({.extract = {}}));
  CHECK(refused({.absolute_tolerance = -1}));
  CHECK(refused({.relative_tolerance = kNan}));
  CHECK(refused({.anls_threshold = 1.5}));
  CHECK_FALSE(refused({.absolute_tolerance = 0.1}));
}

TEST_CASE("marks: boxes one after the other are parts of one answer") {
  const auto count = [](std::string_view solution) { return last_boxes(solution).size(); };
  CHECK(count("$\\boxed{1}$ and $\\boxed{2}$") == 2);
  CHECK(count("\\boxed{1}, \\boxed{2}, and \\boxed{3}") == 3);
  CHECK(count("\\(x = \\boxed{1}\\), \\(y = \\boxed{2}\\)") == 2);
  CHECK(count("\\boxed{1}\\text{ or }\\boxed{2}") == 2);
  CHECK(count("\\boxed{1} \\boxed{2}") == 1);
  CHECK(count("\\boxed{1}\n\nand \\boxed{2}") == 1);
  CHECK(count("\\boxed{1}, so it is \\boxed{2}") == 1);
  CHECK(count("\\boxed{1} and then \\boxed{2} and \\boxed{3}") == 2);
  CHECK(count("\\boxed{1 \\boxed{2}}") == 1);
  CHECK(count("\\boxed{}") == 0);
}

TEST_CASE("marks: rules that take lists are given all of them") {
  for (const AnswerKind kind : {AnswerKind::kList, AnswerKind::kMath}) {
    check_cases(kind, {},
                {
                    {kRight, "2, 3", "So $x = \\boxed{2}$ and $y = \\boxed{3}$."},
                    {kRight, "2, 3", "\\boxed{2}, \\boxed{3}"},
                    {kRight, "2, 3", "\\boxed{7} is too large.\n\n\\boxed{2}, or \\boxed{3}."},
                    {kWrong, "2, 3", "\\boxed{2}, \\boxed{4}"},
                    {kWrong, "2, 3", "\\boxed{2}. And \\boxed{3}"},
                });
  }
  check_cases(AnswerKind::kList, {}, {{kRight, "2, 3", "The answers are 2 and 3."}});
  check_cases(AnswerKind::kNumber, {}, {{kRight, "3", "\\boxed{2} and \\boxed{3}"}});
}
