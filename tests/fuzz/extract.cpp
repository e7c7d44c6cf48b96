#include "fuzz.hpp"

#include <viltree/checker/checker.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

// Any bytes as a solution of one of a few problems, whose checkers are made once: only an answer is right or
// wrong, it has a place in the solution and a mark that was asked for, what is cut off is never read, and an
// answer in a box behind it all counts.

namespace {

using namespace viltree;

struct Case {
  domain::AnswerKind kind;
  const char* answer;
  bool all_marks = false;  ///< the last number, too
};

/// One of them is chosen by the first byte.
constexpr std::array<Case, 14> kCases = {{{domain::AnswerKind::kNumber, "3"},
                                          {domain::AnswerKind::kNumber, "7.5 cm", true},
                                          {domain::AnswerKind::kChoice, "C"},
                                          {domain::AnswerKind::kChoice, "3", true},
                                          {domain::AnswerKind::kMath, "x^2+1"},
                                          {domain::AnswerKind::kMath, "\\left(1,\\frac{\\pi}{2}\\right]"},
                                          {domain::AnswerKind::kList, "3, 4 and five"},
                                          {domain::AnswerKind::kText, "four"},
                                          {domain::AnswerKind::kExact, "four"},
                                          {domain::AnswerKind::kDate, "5 June 2020"},
                                          {domain::AnswerKind::kAnls, "four words of text"},
                                          {domain::AnswerKind::kAuto, "1/2"},
                                          {domain::AnswerKind::kJudge, "42"},
                                          {domain::AnswerKind::kJudge, "a red car"}}};

struct Prepared {
  checker::Checker checker;
  std::vector<checker::Mark> marks;
  std::string boxed;  ///< the right answer in a box
};

Prepared prepared(const Case& one) {
  domain::Problem problem;
  problem.answer_kind = one.kind;
  problem.answer = one.answer;
  if (one.kind == domain::AnswerKind::kChoice) problem.choices = {"3", "four", "\\frac{1}{2}", "none"};
  checker::CheckOptions options;
  if (one.all_marks) options.extract.push_back(checker::Mark::kNumber);
  auto checker = checker::Checker::make(problem, options);
  fuzz::promise(checker.has_value(), "a problem that can be compared");
  return {*std::move(checker), options.extract, "\n\n\\boxed{" + problem.answer + "}"};
}

const Prepared& problem_of(std::uint8_t choice) {
  static const std::vector<Prepared> kAll = [] {
    std::vector<Prepared> all;
    for (const Case& one : kCases) all.push_back(prepared(one));
    return all;
  }();
  return kAll[choice % kAll.size()];
}

bool asked_for(const Prepared& problem, checker::Mark mark) {
  const checker::Mark rule = mark == checker::Mark::kHashAtEnd ? checker::Mark::kHash : mark;
  return std::find(problem.marks.begin(), problem.marks.end(), rule) != problem.marks.end();
}

void look_at(const Prepared& problem, const checker::Check& check, std::string_view solution) {
  const bool judged = check.verdict == domain::Verdict::kRight || check.verdict == domain::Verdict::kWrong;
  fuzz::promise(judged || check.verdict == domain::Verdict::kUnparsed, "a finished solution");
  fuzz::promise(judged == check.answer.has_value(), "only an answer is right or wrong");
  fuzz::promise(judged == check.where.has_value(), "an answer has a place");
  if (!check.where) return;
  fuzz::promise(asked_for(problem, check.where->mark), "a mark that was asked for");
  fuzz::promise(check.where->begin <= solution.size(), "a place in the solution");
  fuzz::promise(check.where->bytes <= solution.size() - check.where->begin, "all of it");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::as_text(data, size);
  const std::uint8_t choice = fuzz::take_byte(input);
  const Prepared& problem = problem_of(choice);
  const checker::Check check = problem.checker.check(input);
  look_at(problem, check, input);
  const auto cut = checker::check(&problem.checker, input, domain::FinishReason::kLength);
  fuzz::promise(cut.verdict == domain::Verdict::kTruncated, "cut off is truncated");
  if (choice >= 192) {
    const checker::Check again = problem.checker.check(input);
    fuzz::promise(again.verdict == check.verdict && again.answer == check.answer, "checked twice");
  } else if (choice >= 128) {
    const checker::Check boxed = problem.checker.check(std::string(input) + problem.boxed);
    fuzz::promise(boxed.verdict == domain::Verdict::kRight, "the last box counts");
  }
  return 0;
}
