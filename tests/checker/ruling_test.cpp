#include "case_table.hpp"

#include <viltree/checker/ruling.hpp>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::checker;
using domain::AnswerKind;
using domain::Verdict;

namespace {

domain::Problem judged(std::string reference, std::vector<std::string> choices = {}) {
  return make_problem(AnswerKind::kJudge, std::move(reference), std::move(choices));
}

struct Decision {
  Verdict verdict;
  bool decided;
  const char* reference;
  const char* solution;
  const char* answer;
};

}  // namespace

TEST_CASE("judge: what the rules can tell is decided, the rest is for the judge") {
  const std::vector<Decision> table = {
      {kRight, true, "42", "So \\boxed{42}", "42"},
      {kWrong, true, "42", "So \\boxed{43}", "43"},
      {kRight, true, "1/2", "The answer is 0.5.", "0.5"},
      {kWrong, false, "42", "The answer is a good many.", "a good many"},
      {kWrong, false, "42", "So \\boxed{\\text{a good many}}", "a good many"},
      {kRight, true, "a red car", "The answer is a red car.", "a red car"},
      {kRight, true, "a red car", "<answer>The red car!</answer>", "The red car!"},
      {kWrong, false, "a red car", "The answer is a car that is red.", "a car that is red"},
      {kWrong, false, "a red car", "There is a blue bus", "There is a blue bus"},
      {kWrong, false, "a red car", "First this.\nThen a crimson automobile", "Then a crimson automobile"},
  };
  for (const Decision& c : table) {
    CAPTURE(c.reference);
    CAPTURE(c.solution);
    const domain::Problem problem = judged(c.reference);
    REQUIRE(check_reference(problem));
    const Check found = check(problem, c.solution, domain::FinishReason::kStop);
    CHECK(found.verdict == c.verdict);
    CHECK(found.decided == c.decided);
    CHECK(found.answer.value_or("(none)") == c.answer);
  }
}

TEST_CASE("judge: where no answer is found, or none was finished, nobody is asked") {
  const domain::Problem problem = judged("a red car");
  for (const char* solution : {"", "   \n ", "..."}) {
    const Check found = check(problem, solution, domain::FinishReason::kStop);
    CHECK(found.verdict == kUnparsed);
    CHECK_FALSE(asks_judge(problem, found, Ask::kAll));
  }
  const Check cut = check(problem, "The answer is a bus", domain::FinishReason::kLength);
  CHECK(cut.verdict == Verdict::kTruncated);
  CHECK_FALSE(asks_judge(problem, cut, Ask::kAll));
  CHECK_FALSE(check_reference(judged(" . ")));
}

TEST_CASE("judge: which answers it is asked about") {
  const domain::Problem problem = judged("42");
  const auto on = [&](const char* solution) { return check(problem, solution, domain::FinishReason::kStop); };
  const Check right = on("\\boxed{42}");
  const Check wrong = on("\\boxed{43}");
  const Check untold = on("\\boxed{many}");
  CHECK_FALSE(asks_judge(problem, right, Ask::kUndecided));
  CHECK_FALSE(asks_judge(problem, wrong, Ask::kUndecided));
  CHECK(asks_judge(problem, untold, Ask::kUndecided));
  CHECK_FALSE(asks_judge(problem, right, Ask::kNotRight));
  CHECK(asks_judge(problem, wrong, Ask::kNotRight));
  CHECK(asks_judge(problem, right, Ask::kAll));
  const domain::Problem number = make_problem(AnswerKind::kNumber, "42");
  CHECK_FALSE(asks_judge(number, check(number, "\\boxed{many}", domain::FinishReason::kStop), Ask::kAll));
}

TEST_CASE("judge: what the rules say of an answer alone") {
  const auto checker = Checker::make(judged("42"));
  REQUIRE(checker);
  CHECK(checker->compare("42") == Verdict::kRight);
  CHECK(checker->compare("42.0") == Verdict::kRight);
  CHECK(checker->compare("43") == Verdict::kWrong);
  CHECK(checker->compare("many") == Verdict::kUnparsed);
  CHECK(checker->compare("") == Verdict::kUnparsed);
  CHECK(checker->compare(std::string(100'000, 'a')) == Verdict::kUnparsed);
}

TEST_CASE("judge: a question has all that the template asks for, and nothing is filled in twice") {
  domain::Problem problem = judged("the {answer}", {"left", "right"});
  problem.question = "Where is {reference}?";
  CHECK(judge_question("{question}|{choices}|{reference}|{answer}|{other}", problem, "{question}") ==
        "Where is {reference}?|A. left\nB. right|the {answer}|{question}|{other}");
  CHECK(is_judge_prompt(usual_judge_prompt()));
  CHECK(is_judge_prompt("{answer}{reference}"));
  CHECK_FALSE(is_judge_prompt("{question}{answer}"));
  CHECK_FALSE(is_judge_prompt("{reference}"));
}

TEST_CASE("judge: a reply is right, wrong, or says neither") {
  const std::vector<std::pair<Verdict, const char*>> table = {
      {kRight, "Verdict: right"},
      {kWrong, "Verdict: wrong"},
      {kRight, "They are the same.\n\n**Verdict:** Right."},
      {kWrong, "verdict is not right"},
      {kRight, "The verdict: correct"},
      {kWrong, "Verdict: incorrect"},
      {kWrong, "Verdict: false"},
      {kRight, "My verdict would be wrong if units mattered. Verdict: right"},
      {kRight, "right"},
      {kWrong, "Wrong!"},
      {kRight, "Both are 5 cm.\nYes"},
      {kWrong, "Yes in words, but another number.\nIt is not correct."},
      {kRight, "Yes, both name the same city, only the spelling of it differs a little."},
      {kWrong, "No, the answer is a part of the reference and not all that it says."},
      {kRight, "<think>Verdict: wrong? No.</think>\nVerdict: right"},
      {Verdict::kFailed, ""},
      {Verdict::kFailed, "I cannot say."},
      {Verdict::kFailed, "Verdict: unclear"},
      {Verdict::kFailed, "Right angles have nothing to do with what was asked in this question at all."},
      {Verdict::kFailed, "Verdict:"},
      {Verdict::kFailed, "\xff\xfe\x00"},
      {Verdict::kFailed, "I would say that one could call this one right or wrong, by what was meant"},
  };
  for (const auto& [verdict, reply] : table) {
    CAPTURE(reply);
    CHECK(domain::name(read_ruling(reply)) == domain::name(verdict));
  }
}
