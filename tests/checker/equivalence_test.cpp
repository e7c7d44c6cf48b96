#include "case_table.hpp"
#include "math/compare.hpp"

#include <viltree/checker/checker.hpp>
#include <viltree/core/random.hpp>

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::checker;
using domain::AnswerKind;

namespace {

constexpr std::uint64_t kEquivalenceSeed = 4242;

struct Form {
  AnswerKind kind;
  std::string answer;
};

/// Answers of every kind.
const std::vector<Form> kForms = {
    {AnswerKind::kNumber, "12"},
    {AnswerKind::kNumber, "-3.5"},
    {AnswerKind::kNumber, "1,234"},
    {AnswerKind::kNumber, "3/4"},
    {AnswerKind::kNumber, "5 cm"},
    {AnswerKind::kNumber, "25%"},
    {AnswerKind::kMath, "\\frac{3}{7}"},
    {AnswerKind::kMath, "2\\sqrt{13}"},
    {AnswerKind::kMath, "3\\pi + 1"},
    {AnswerKind::kMath, "(3,-4)"},
    {AnswerKind::kMath, "[1,7)"},
    {AnswerKind::kMath, "(-\\infty,1)\\cup(2,\\infty)"},
    {AnswerKind::kMath, "\\{1,2,7\\}"},
    {AnswerKind::kMath, "x^2 + 3x - 4"},
    {AnswerKind::kMath, "x = 5"},
    {AnswerKind::kMath, "x < 7"},
    {AnswerKind::kMath, "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}"},
    {AnswerKind::kMath, "\\pm 5"},
    {AnswerKind::kMath, "2:3"},
    {AnswerKind::kMath, "3 + 4i"},
    {AnswerKind::kMath, "\\log_2 7"},
    {AnswerKind::kMath, "\\frac{x^2-1}{x+3}"},
    {AnswerKind::kList, "3, 14, 15"},
    {AnswerKind::kDate, "2020-05-06"},
    {AnswerKind::kDate, "3:30"},
    {AnswerKind::kText, "room 12"},
    {AnswerKind::kExact, "room 12"},
    {AnswerKind::kAuto, "7\\sqrt{2}"},
    {AnswerKind::kAuto, "17"},
};

domain::Verdict verdict_on(const Form& form, const std::string& solution) {
  const auto checker = Checker::make(make_problem(form.kind, form.answer));
  REQUIRE(checker);
  return checker->check(solution).verdict;
}

/// The place of each digit that stands for itself: an exponent's and an index's do, too.
std::vector<std::size_t> digits_of(const std::string& text) {
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] >= '0' && text[at] <= '9') places.push_back(at);
  }
  return places;
}

/// An expression in a variable and small numbers, in two forms that say the same.
struct Pair {
  std::string one;
  std::string other;
};

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  Pair expression(int depth) {
    if (depth == 0) return leaf();
    const Pair a = expression(depth - 1);
    const Pair b = expression(depth - 1);
    switch (random_.between(0, 5)) {
      case 0:
        return {"(" + a.one + ")+(" + b.one + ")", "(" + b.other + ") + (" + a.other + ")"};
      case 1:
        return {"(" + a.one + ")(" + b.one + ")", "(" + b.other + ") \\cdot (" + a.other + ")"};
      case 2:
        return {"(" + a.one + ")-(" + b.one + ")", "-((" + b.other + ") - (" + a.other + "))"};
      case 3:
        return {"\\frac{" + a.one + "}{1+(" + b.one + ")^2}", "(" + a.other + ")/((" + b.other + ")^{2}+1)"};
      case 4:
        return {"(" + a.one + ")^2", "(" + a.other + ")\\left(" + a.other + "\\right)"};
      default:
        return {"2(" + a.one + ")", "(" + a.other + ")+(" + a.other + ")"};
    }
  }

 private:
  Pair leaf() {
    const std::string number = std::to_string(random_.between(1, 9));
    switch (random_.between(0, 3)) {
      case 0:
        return {"x", "x"};
      case 1:
        return {"y", "y"};
      case 2:
        return {number, number};
      default:
        return {"\\frac{" + number + "}{2}", number + "/2"};
    }
  }

  core::Random random_;
};

}  // namespace

TEST_CASE("equivalence: every answer is right against itself") {
  for (const Form& form : kForms) {
    CAPTURE(form.answer);
    CHECK(verdict_on(form, "So \\boxed{" + form.answer + "}.") == domain::Verdict::kRight);
    CHECK(verdict_on(form, "The answer is " + form.answer) == domain::Verdict::kRight);
  }
}

TEST_CASE("equivalence: blanks, dollar signs, \\left, \\text and a sentence behind it change nothing") {
  for (const Form& form : kForms) {
    CAPTURE(form.answer);
    const std::vector<std::string> dressed = {
        "\\boxed{ " + form.answer + " }",
        "$\\boxed{" + form.answer + "}$",
        "\\boxed{$" + form.answer + "$}",
        "\\boxed{\\displaystyle " + form.answer + "}",
        "\\boxed{\\, " + form.answer + "\\,}",
        "\\[\\boxed{" + form.answer + "}\\]",
        "\\boxed{" + form.answer + ".}",
        "\\fbox{" + form.answer + "}",
        "\\boxed{" + form.answer + "}\nThis is what was to be found.",
        "\\boxed{" + form.answer + "} Thank you for your attention! \xF0\x9F\x8E\x89",
        "\\boxed{{" + form.answer + "}}",
        "First I took \\boxed{99999}, but it is \\boxed{" + form.answer + "}",
    };
    for (const std::string& solution : dressed) {
      CAPTURE(solution);
      // A display command is no part of words and dates.
      const bool words = form.kind != AnswerKind::kMath && form.kind != AnswerKind::kNumber;
      if (words &&
          (solution.find("\\displaystyle") != std::string::npos || solution.find("\\,") != std::string::npos))
        continue;
      CHECK(verdict_on(form, solution) == domain::Verdict::kRight);
    }
  }
}

TEST_CASE("equivalence: another digit is another answer") {
  for (const Form& form : kForms) {
    for (const std::size_t place : digits_of(form.answer)) {
      std::string changed = form.answer;
      changed[place] = changed[place] == '9' ? '8' : static_cast<char>(changed[place] + 1);
      CAPTURE(form.answer);
      CAPTURE(changed);
      CHECK(verdict_on(form, "\\boxed{" + changed + "}") == domain::Verdict::kWrong);
    }
  }
}

TEST_CASE("equivalence: whichever of two is the reference") {
  for (const Form& a : kForms) {
    for (const Form& b : kForms) {
      if (a.kind != AnswerKind::kMath || b.kind != AnswerKind::kMath) continue;
      CAPTURE(a.answer);
      CAPTURE(b.answer);
      CHECK(verdict_on(a, "\\boxed{" + b.answer + "}") == verdict_on(b, "\\boxed{" + a.answer + "}"));
    }
  }
}

TEST_CASE("equivalence: random expressions, rewritten, and changed by one") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Generator generator(kEquivalenceSeed + seed);
    const Pair pair = generator.expression(static_cast<int>(seed % 4));
    CAPTURE(pair.one);
    CAPTURE(pair.other);
    const auto one = math::parse(pair.one);
    const auto other = math::parse(pair.other);
    const auto more = math::parse("(" + pair.other + ")+1");
    REQUIRE(one);
    REQUIRE(other);
    REQUIRE(more);
    CHECK(math::equal(*one, *other));
    CHECK(math::equal(*other, *one));
    CHECK_FALSE(math::equal(*one, *more));
    CHECK_FALSE(math::equal(*more, *one));
  }
}

TEST_CASE("equivalence: deep, long and huge expressions end, whatever they say") {
  const auto repeated = [](const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  const std::vector<std::string> hostile = {
      repeated("(", 500) + "1" + repeated(")", 500),
      repeated("{", 500) + "1" + repeated("}", 500),
      repeated("-", 1000) + "1",
      repeated("2^", 300) + "2",
      "9^{9^{9^9}}",
      "10^{400}",
      "1e400",
      "1e999999999",
      repeated("9", 1000),
      "(" + repeated("9", 200) + ")^{9999}",
      "1000!",
      "(1000!)!",
      repeated("3!", 100),
      "\\binom{10000}{5000}",
      repeated("\\sin ", 150) + "1",
      repeated("\\sqrt{", 100) + "2" + repeated("}", 100),
      repeated("\\frac{1}{1+", 60) + "1" + repeated("}", 60),
      repeated("\\pm 1 ", 100),
      repeated("\\pm ", 100) + "1",
      repeated("1,", 500) + "1",
      repeated("|", 500),
      repeated("|1", 250) + repeated("|", 250),
      repeated("x_", 300),
      repeated("\\text{", 100),
      repeated("[", 300) + repeated("]", 300),
      "\\begin{pmatrix}" + repeated("1&", 400) + "1\\end{pmatrix}",
      repeated("\\log_{2} ", 100) + "2",
      repeated("a=", 400) + "a",
      repeated("\\sqrt{2}+", 120) + "1",
      "\\{" + repeated("\\sqrt{2},", 100) + "1\\}",
      "x^{1000000}",
      "x^{1000001}",
      "(x+y)^{999999}",
      "0^{-1}",
      "\\frac{0}{0}",
      "\\log 0",
      "\\tan\\frac{\\pi}{2}",
      "\\arcsin 2",
      "e^{e^{e^{e^e}}}",
      std::string("\0\0", 2),
      "\xFF\xFE",
  };
  for (const std::string& one : hostile) {
    for (const std::string& other : hostile) {
      const domain::Problem problem = make_problem(AnswerKind::kMath, one);
      const auto checker = Checker::make(problem);
      if (!checker) continue;
      const auto verdict = checker->check("\\boxed{" + other + "}").verdict;
      CHECK((verdict == domain::Verdict::kRight || verdict == domain::Verdict::kWrong ||
             verdict == domain::Verdict::kUnparsed));
    }
  }
}

TEST_CASE("equivalence: any bytes are parsed or not, and compared the same way each time") {
  static constexpr std::array<std::string_view, 60> kPieces = {"1",
                                                               "2",
                                                               "37",
                                                               ".5",
                                                               "x",
                                                               "y",
                                                               "i",
                                                               "e",
                                                               "\\pi",
                                                               "+",
                                                               "-",
                                                               "*",
                                                               "/",
                                                               "^",
                                                               "_",
                                                               "(",
                                                               ")",
                                                               "[",
                                                               "]",
                                                               "{",
                                                               "}",
                                                               "\\{",
                                                               "\\}",
                                                               "|",
                                                               ",",
                                                               ";",
                                                               ":",
                                                               "=",
                                                               "<",
                                                               ">",
                                                               "\\le",
                                                               "\\in",
                                                               "\\cup",
                                                               "\\frac",
                                                               "\\sqrt",
                                                               "\\sin",
                                                               "\\log",
                                                               "\\ln",
                                                               "\\pm",
                                                               "\\infty",
                                                               "!",
                                                               "%",
                                                               "&",
                                                               "\\\\",
                                                               "\\begin{pmatrix}",
                                                               "\\end{pmatrix}",
                                                               "\\text{",
                                                               "\\left",
                                                               "\\right",
                                                               "^\\circ",
                                                               "\\binom",
                                                               "\\lfloor",
                                                               "\\rfloor",
                                                               " or ",
                                                               " and ",
                                                               "f(",
                                                               "U",
                                                               "\\overline{",
                                                               "$",
                                                               " "};
  core::Random random(kEquivalenceSeed);
  int parsed = 0;
  for (int i = 0; i < 30'000; ++i) {
    std::string text;
    for (std::int64_t left = random.between(1, 12); left > 0; --left)
      text += kPieces[static_cast<std::size_t>(random.between(0, kPieces.size() - 1))];
    const auto value = math::parse(text);
    if (!value) continue;
    ++parsed;
    CHECK(math::equal(*value, *value) == math::equal(*value, *value));
  }
  CHECK(parsed > 500);
}
