#include "case_table.hpp"

#include <viltree/checker/checker.hpp>
#include <viltree/core/random.hpp>

#include <array>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::checker;
using domain::AnswerKind;

namespace {

constexpr std::uint64_t kPropertySeed = 777;

constexpr std::array<std::string_view, 65> kPieces = {"\\boxed{",
                                                      "\\fbox{",
                                                      "}",
                                                      "{",
                                                      "\\",
                                                      "\n####",
                                                      "####",
                                                      "answer",
                                                      " is ",
                                                      ": ",
                                                      "=",
                                                      "(",
                                                      ")",
                                                      "B",
                                                      "B.",
                                                      "option ",
                                                      "12",
                                                      ".",
                                                      ",",
                                                      "000",
                                                      "-",
                                                      "/",
                                                      "\\frac",
                                                      "{3}",
                                                      "\\%",
                                                      "%",
                                                      "$",
                                                      "*",
                                                      "\\text{",
                                                      " ",
                                                      "\n",
                                                      "\t",
                                                      "e9",
                                                      "^",
                                                      "10^",
                                                      "\xFF",
                                                      "\xC3",
                                                      "\xE2\x88\x92",
                                                      "\\times",
                                                      "not ",
                                                      "or ",
                                                      "million ",
                                                      " so ",
                                                      "Final answer\n",
                                                      " a",
                                                      " x",
                                                      "and ",
                                                      "is not ",
                                                      "**",
                                                      "`",
                                                      "<answer>",
                                                      "</answer>",
                                                      "</think>",
                                                      "\xE7\xAD\x94\xE6\xA1\x88",
                                                      "\xEF\xBC\x9A",
                                                      "\xE3\x80\x82",
                                                      "\xE2\x88\x9A",
                                                      "\xC2\xBD",
                                                      "\xE2\x92\xB7",
                                                      "\xEF\xBC\xA2",
                                                      "\\boxed",
                                                      "correct option is ",
                                                      "is correct",
                                                      "<think>",
                                                      "\n\n"};

std::string random_text(core::Random& random, std::int64_t most) {
  std::string text;
  for (std::int64_t left = random.between(0, most); left > 0; --left) {
    text += random.between(0, 20) == 0
                ? std::string(1, static_cast<char>(random.between(0, 255)))
                : std::string(kPieces[static_cast<std::size_t>(random.between(0, kPieces.size() - 1))]);
  }
  return text;
}

const std::array<domain::Problem, 4> kProblems = {
    make_problem(AnswerKind::kNumber, "12"), make_problem(AnswerKind::kChoice, "B", {"12", "red", "1/2"}),
    make_problem(AnswerKind::kExact, "red"), make_problem(AnswerKind::kAuto, "3/4", {"a", "3/4"})};

}  // namespace

TEST_CASE("judge: any bytes get a verdict, and one that can be explained") {
  core::Random random(kPropertySeed);
  for (int i = 0; i < 40'000; ++i) {
    const std::string text = random_text(random, 20);
    CAPTURE(text);
    for (const domain::Problem& problem : kProblems) {
      const Check found = check(problem, text, domain::FinishReason::kStop);
      REQUIRE(found.answer.has_value() == (found.verdict != kUnparsed));
      REQUIRE((found.verdict == kRight || found.verdict == kWrong || found.verdict == kUnparsed));
    }
  }
}

TEST_CASE("checker: an answer has a place in the solution, whatever the rules") {
  core::Random random(kPropertySeed);
  for (const domain::Problem& problem : kProblems) {
    for (const std::string_view mark : mark_names()) {
      CheckOptions options;
      options.extract = {*mark_from(mark)};
      const auto checker = Checker::make(problem, options);
      REQUIRE(checker);
      for (int i = 0; i < 5'000; ++i) {
        const std::string text = random_text(random, 20);
        CAPTURE(text);
        CAPTURE(mark);
        const Check found = checker->check(text);
        REQUIRE(found.where.has_value() == found.answer.has_value());
        if (!found.where) continue;
        REQUIRE(name(found.where->mark) == mark);
        REQUIRE(found.where->begin + found.where->bytes <= text.size());
        REQUIRE(text.substr(found.where->begin, found.where->bytes).find(*found.answer) != std::string::npos);
      }
    }
  }
}

TEST_CASE("judge: any bytes as a reference are compared or refused") {
  core::Random random(kPropertySeed);
  for (int i = 0; i < 40'000; ++i) {
    const domain::Problem problem =
        make_problem(AnswerKind::kAuto, random_text(random, 8), {"12", random_text(random, 4)});
    CAPTURE(problem.answer);
    const Check found = check(problem, "\\boxed{12}", domain::FinishReason::kStop);
    REQUIRE((found.verdict == kUnparsed) == !check_reference(problem).has_value());
  }
}

TEST_CASE("judge: a box with any number in it is right exactly where the numbers are equal") {
  core::Random random(kPropertySeed);
  for (int i = 0; i < 20'000; ++i) {
    const std::int64_t a = random.between(-60, 60);
    const std::int64_t b = random.between(1, 12);
    const std::int64_t c = random.between(-60, 60);
    const std::int64_t d = random.between(1, 12);
    const domain::Problem problem =
        make_problem(AnswerKind::kNumber, std::to_string(a) + "/" + std::to_string(b));
    const std::string solution = std::string("\\boxed{") + (c < 0 ? "-" : "") + "\\frac{" +
                                 std::to_string(c < 0 ? -c : c) + "}{" + std::to_string(d) + "}}";
    CAPTURE(problem.answer);
    CAPTURE(solution);
    const Check found = check(problem, solution, domain::FinishReason::kStop);
    REQUIRE(found.verdict == (a * d == c * b ? kRight : kWrong));
  }
}

TEST_CASE("judge: marks by the hundred thousand are read in one pass") {
  for (const domain::Problem& problem : kProblems) {
    for (const std::string_view piece : kPieces) {
      std::string text;
      for (int i = 0; i < 200'000; ++i) text += piece;
      const Check found = check(problem, text, domain::FinishReason::kStop);
      CHECK(found.answer.value_or("").size() <= 2000);
    }
    for (const std::string_view pair :
         {"\\boxed{1", "answer: ", "answer is. ", "#### \n", ". ", "; ", "answer\n", "{\\boxed{ }", "**2** ",
          "**2", "`B`", "<answer>1", "\\boxed5 ", "\\boxed{1}, ", "(B) ", "\n\n**"}) {
      std::string text = "The answer is ";
      for (int i = 0; i < 200'000; ++i) text += pair;
      const Check found = check(problem, text, domain::FinishReason::kStop);
      CHECK(found.answer.value_or("").size() <= 2000);
    }
  }
}
