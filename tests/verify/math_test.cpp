#include "case_table.hpp"

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::verify;
using domain::AnswerKind;

namespace {

/// A box around each, so that only the comparison is at stake.
void check_boxed(const std::vector<Case>& cases, AnswerKind kind = AnswerKind::kMath) {
  std::vector<Case> boxed;
  for (const Case& c : cases) boxed.push_back({c.verdict, c.reference, "So \\boxed{" + c.solution + "}."});
  check_cases(kind, {}, boxed);
}

}  // namespace

TEST_CASE("math: rational values are compared exactly") {
  check_boxed({
      {kRight, "\\frac{1}{2}", "\\dfrac{1}{2}"},
      {kRight, "\\frac{1}{2}", "\\tfrac12"},
      {kRight, "\\frac{1}{2}", "1/2"},
      {kRight, "\\frac{1}{2}", "0.5"},
      {kRight, "\\frac{1}{2}", "\\frac{2}{4}"},
      {kRight, "\\frac12", "\\left(\\frac{1}{2}\\right)"},
      {kRight, "\\frac{1}{3}", "0.\\overline{3}"},
      {kRight, "\\frac{7}{2}", "3\\frac{1}{2}"},
      {kRight, "\\frac{7}{2}", "3 1/2"},
      {kRight, "32", "2^5"},
      {kRight, "32", "2**5"},
      {kRight, "120", "5!"},
      {kRight, "10", "\\binom{5}{2}"},
      {kRight, "-8", "(-2)^3"},
      {kRight, "-4", "-2^2"},
      {kRight, "2", "\\sqrt{4}"},
      {kRight, "2", "\\sqrt[3]{8}"},
      {kRight, "4", "8^{2/3}"},
      {kRight, "5", "|-5|"},
      {kRight, "5", "\\left|-5\\right|"},
      {kRight, "3", "\\lfloor 3.7 \\rfloor"},
      {kRight, "-4", "\\lfloor -3.7 \\rfloor"},
      {kRight, "4", "\\lceil 3.2 \\rceil"},
      {kRight, "1000000", "10^6"},
      {kRight, "1234", "1,234"},
      {kRight, "0.25", "25\\%"},
      {kRight, "13", "1101_2"},
      {kRight, "1101_2", "1101"},
      {kRight, "\\frac{2}{3}", "2 \\div 3"},
      {kRight, "6", "2 \\cdot 3"},
      {kRight, "6", "2 \\times 3"},
      {kRight, "\\text{5}", "5"},
      {kWrong, "\\frac{1}{2}", "\\frac{1}{3}"},
      {kWrong, "\\frac{1}{2}", "\\frac{2}{1}"},
      {kWrong, "\\frac{1}{2}", "0.50001"},
      {kWrong, "\\frac{1}{3}", "0.3333"},
      {kWrong, "2^5", "2^6"},
      {kWrong, "4", "-2^2"},
      {kWrong, "12", "2"},
      {kWrong, "2", "12"},
      {kWrong, "120", "5!!"},
      {kWrong, "13", "1101_3"},
      {kWrong, "1101_2", "1011_2"},
      {kWrong, "7", "\\frac{7}{0}"},
      {kWrong, "1", "0^0"},
      {kWrong, "\\frac{7}{2}", "3\\frac{1}{3}"},
      {kWrong, "3", "3\\frac{1}{2}"},
      {kWrong, "0.25", "2.5\\%"},
      {kWrong, "\\sqrt{4}", "-2"},
      {kWrong, "5", "\\lfloor 4.9 \\rfloor"},
  });
}

TEST_CASE("math: irrational values are compared to thirty digits") {
  check_boxed({
      {kRight, "\\sqrt{2}", "2^{1/2}"},
      {kRight, "\\sqrt{8}", "2\\sqrt{2}"},
      {kRight, "\\sqrt{8}", "2\\sqrt2"},
      {kRight, "\\frac{1}{\\sqrt{2}}", "\\frac{\\sqrt{2}}{2}"},
      {kRight, "\\frac{\\sqrt{3}}{3}", "\\frac{1}{\\sqrt 3}"},
      {kRight, "2\\pi", "2 \\cdot \\pi"},
      {kRight, "2\\pi", "2pi"},
      {kRight, "2\\pi", "2\xCF\x80"},
      {kRight, "\\sqrt{12}",
       "\xE2\x88\x9A"
       "12"},
      {kRight, "\\frac{\\pi}{3}", "\\pi/3"},
      {kRight, "\\frac{\\pi}{3}", "60^\\circ"},
      {kRight, "\\frac{1}{2}", "\\sin 30^\\circ"},
      {kRight, "\\frac{\\sqrt{3}}{2}", "\\cos\\frac{\\pi}{6}"},
      {kRight, "\\ln 8", "3\\ln 2"},
      {kRight, "\\log_2 8", "3"},
      {kRight, "2", "\\log 100"},
      {kRight, "e^2", "\\exp(2)"},
      {kRight, "1+\\sqrt{2}", "\\sqrt{2}+1"},
      {kRight, "\\sqrt{3+2\\sqrt{2}}", "1+\\sqrt{2}"},
      {kRight, "\\arctan 1", "\\frac{\\pi}{4}"},
      {kRight, "\\tan^{-1} 1", "\\frac{\\pi}{4}"},
      {kRight, "\\sqrt[3]{2}", "2^{\\frac13}"},
      {kRight, "4\\sqrt{5} \\text{ cm}", "4\\sqrt{5}"},
      {kRight, "25\\pi \\text{ cm}^2", "25\\pi\\text{ cm}^2"},
      {kWrong, "\\sqrt{2}", "1.41421356"},
      {kWrong, "\\sqrt{2}", "\\sqrt{3}"},
      {kWrong, "\\sqrt{2}", "2"},
      {kWrong, "2\\pi", "6.28"},
      {kWrong, "2\\pi", "\\pi^2"},
      {kWrong, "2\\pi", "2"},
      {kWrong, "\\pi", "\\frac{22}{7}"},
      {kWrong, "\\sqrt{12}", "\\sqrt{1}2"},
      {kWrong, "\\ln 8", "\\ln 2"},
      {kWrong, "e", "2.718281828459045"},
      {kWrong, "1+\\sqrt{2}", "1-\\sqrt{2}"},
      {kWrong, "\\sin 30^\\circ", "\\sin 30"},
      {kWrong, "\\frac{\\pi}{3}", "30^\\circ"},
      {kWrong, "\\sqrt[3]{2}", "\\sqrt{2}"},
      {kWrong, "25\\pi \\text{ cm}^2", "25\\pi\\text{ m}^2"},
      {kWrong, "\\frac{1}{\\sqrt{2}}", "\\frac{1}{2}"},
  });
}

TEST_CASE("math: expressions with variables") {
  check_boxed({
      {kRight, "x^2+2x+1", "(x+1)^2"},
      {kRight, "x^2+2x+1", "1 + 2x + x^{2}"},
      {kRight, "2x", "x + x"},
      {kRight, "2x", "x \\cdot 2"},
      {kRight, "\\frac{x}{2}", "0.5x"},
      {kRight, "\\frac{x^2-1}{x-1}", "x+1"},
      {kRight, "ab", "ba"},
      {kRight, "3x^2y", "3yx^2"},
      {kRight, "\\frac{1}{x}", "x^{-1}"},
      {kRight, "\\sqrt{x^2+1}", "(x^2+1)^{1/2}"},
      {kRight, "\\sin^2 x + \\cos^2 x", "1"},
      {kRight, "\\sin 2x", "2\\sin x\\cos x"},
      {kRight, "e^{2x}", "(e^x)^2"},
      {kRight, "2\\ln x", "\\ln x^2"},
      {kRight, "x_1 + x_2", "x_2 + x_1"},
      {kRight, "x_{10}", "x_{10}"},
      {kRight, "\\alpha + \\beta", "\\beta+\\alpha"},
      {kRight, "n(n+1)/2", "\\frac{n^2+n}{2}"},
      {kRight, "(x-1)(x-2)", "x^2-3x+2"},
      {kRight, "-\\frac{x}{y}", "\\frac{-x}{y}"},
      {kRight, "f(x) = 2x", "y = 2x"},
      {kRight, "2x + C", "2x+C"},
      {kWrong, "x^2+2x+1", "(x-1)^2"},
      {kWrong, "x^2", "x^3"},
      {kWrong, "x^2", "2x"},
      {kWrong, "2x", "2y"},
      {kWrong, "x", "x_1"},
      {kWrong, "x_1", "x_2"},
      {kWrong, "\\sqrt{x^2}", "x"},
      {kWrong, "ab", "a+b"},
      {kWrong, "\\frac{x}{2}", "\\frac{2}{x}"},
      {kWrong, "\\sin x", "\\cos x"},
      {kWrong, "\\sin^2 x", "\\sin x^2"},
      {kWrong, "e^{2x}", "e^{x^2}"},
      {kWrong, "\\ln(x+1)", "\\ln x + 1"},
      {kWrong, "2x + 1", "2x"},
      {kWrong, "x^{100}", "x^{101}"},
      {kWrong, "n(n+1)/2", "n(n-1)/2"},
      {kWrong, "x", "X"},
      {kWrong, "\\alpha", "a"},
  });
}

TEST_CASE("math: tuples, intervals and unions") {
  check_boxed({
      {kRight, "(3,-4)", "(3, -4)"},
      {kRight, "(3,-4)", "\\left(3,-4\\right)"},
      {kRight, "(3,-4)", "3,-4"},
      {kRight, "(\\frac12, 2)", "(0.5, 2)"},
      {kRight, "(1,2,3)", "\\langle 1,2,3\\rangle"},
      {kRight, "(1,2)", "\\begin{pmatrix}1\\\\2\\end{pmatrix}"},
      {kRight, "[1,2)", "[1, 2)"},
      {kRight, "(1,2)", "]1,2["},
      {kRight, "(5,\\infty)", "x > 5"},
      {kRight, "x > 5", "(5, \\infty)"},
      {kRight, "x>5", "5<x"},
      {kRight, "1 < x \\le 3", "(1,3]"},
      {kRight, "[1,3]", "1 \\leq x \\leq 3"},
      {kRight, "[1,3]", "x \\in [1,3]"},
      {kRight, "(-\\infty,1)\\cup(2,\\infty)", "(2,\\infty)\\cup(-\\infty,1)"},
      {kRight, "(-\\infty,1)\\cup(2,\\infty)", "x<1 \\text{ or } x>2"},
      {kRight, "(-\\infty, 0) \\cup (0, \\infty)", "x \\ne 0"},
      {kRight, "(-\\infty, 0) U (0, inf)", "x \\neq 0"},
      {kRight, "\\{x | x > 1\\}", "(1,\\infty)"},
      {kRight, "(1,2), (3,4)", "(3,4), (1,2)"},
      {kRight, "(-1,1)", "-1<x<1"},
      {kWrong, "(3,-4)", "(-4,3)"},
      {kWrong, "(3,-4)", "(3,4)"},
      {kWrong, "(3,-4)", "3"},
      {kWrong, "(3,-4)", "\\{3,-4\\}"},
      {kWrong, "(1,2,3)", "(1,2)"},
      {kWrong, "[1,2)", "[1,2]"},
      {kWrong, "[1,2)", "(1,2)"},
      {kWrong, "x > 5", "x \\ge 5"},
      {kWrong, "x > 5", "x < 5"},
      {kWrong, "x > 5", "y > 5"},
      {kWrong, "(5,\\infty)", "5"},
      {kWrong, "1 < x \\le 3", "1 \\le x < 3"},
      {kWrong, "(-\\infty,1)\\cup(2,\\infty)", "(1,2)"},
      {kWrong, "(-\\infty,1)\\cup(2,\\infty)", "(-\\infty,1)"},
      {kWrong, "(1,2), (3,4)", "(1,2)"},
      {kWrong, "(-1,1)", "[-1,1]"},
      {kWrong, "(5,\\infty)", "(5,-\\infty)"},
  });
}

TEST_CASE("math: sets and lists") {
  check_boxed({
      {kRight, "\\{1,2,3\\}", "\\{3,2,1\\}"},
      {kRight, "\\{1,2,3\\}", "1,2,3"},
      {kRight, "1,2,3", "3, 1, 2"},
      {kRight, "1, 2", "1 \\text{ and } 2"},
      {kRight, "1, 2", "2 or 1"},
      {kRight, "x=1, x=2", "1, 2"},
      {kRight, "1, 2", "x = 2 \\text{ or } x = 1"},
      {kRight, "x = 1, y = 2", "(1,2)"},
      {kRight, "\\pm 5", "5, -5"},
      {kRight, "5, -5", "\\pm 5"},
      {kRight, "2 \\pm \\sqrt{3}", "2+\\sqrt{3}, 2-\\sqrt{3}"},
      {kRight, "x = \\pm 2", "\\{-2, 2\\}"},
      {kRight, "\\emptyset", "\\{\\}"},
      {kRight, "\\emptyset", "\\varnothing"},
      {kRight, "\\{5\\}", "5"},
      {kRight, "\\frac12, \\frac13", "1/3, 0.5"},
      {kRight, "1; 2", "2; 1"},
      {kRight, "\\{1, 1, 2\\}", "\\{1, 2\\}"},
      {kWrong, "\\{1,2,3\\}", "\\{1,2\\}"},
      {kWrong, "\\{1,2\\}", "\\{1,2,3\\}"},
      {kWrong, "1, 1, 2", "1, 2, 2"},
      {kWrong, "1, 2", "1, 3"},
      {kWrong, "1, 2", "12"},
      {kWrong, "\\pm 5", "5"},
      {kWrong, "5", "\\pm 5"},
      {kWrong, "\\pm 5", "\\pm 6"},
      {kWrong, "2 \\pm \\sqrt{3}", "2 + \\sqrt{3}"},
      {kWrong, "\\emptyset", "0"},
      {kWrong, "\\emptyset", "\\{0\\}"},
      {kWrong, "x = 1, y = 2", "(2,1)"},
      {kWrong, "1, 2", "x = 1"},
  });
}

TEST_CASE("math: matrices") {
  check_boxed({
      {kRight, "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}",
       "\\begin{bmatrix} 1 & 2 \\\\ 3 & 4 \\end{bmatrix}"},
      {kRight, "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&2\\\\3&4\\\\\\end{pmatrix}"},
      {kRight, "\\begin{pmatrix}1/2\\\\3\\end{pmatrix}", "\\begin{pmatrix}0.5\\\\3\\end{pmatrix}"},
      {kRight, "\\left(\\begin{array}{cc}1&2\\\\3&4\\end{array}\\right)",
       "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}"},
      {kWrong, "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&3\\\\2&4\\end{pmatrix}"},
      {kWrong, "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&2&3&4\\end{pmatrix}"},
      {kWrong, "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&2\\\\3\\end{pmatrix}"},
      {kWrong, "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&2\\\\3&5\\end{pmatrix}"},
      {kWrong, "\\begin{pmatrix}1\\\\2\\end{pmatrix}", "\\begin{pmatrix}1\\\\2\\\\3\\end{pmatrix}"},
      {kWrong, "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "-2"},
  });
}

TEST_CASE("math: equations, inequalities, ratios and complex numbers") {
  check_boxed({
      {kRight, "x = 5", "5"},
      {kRight, "5", "x = 5"},
      {kRight, "5", "a = b + 1 = 5"},
      {kRight, "y = 2x + 1", "2x + 1"},
      {kRight, "y = 2x + 1", "y - 2x - 1 = 0"},
      {kRight, "y = 2x + 1", "2x + 1 = y"},
      {kRight, "2x + 4y = 6", "x + 2y = 3"},
      {kRight, "x^2 + y^2 = 1", "1 = x^2 + y^2"},
      {kRight, "x + y < 3", "3 > x + y"},
      {kRight, "2x + 2y < 6", "x + y < 3"},
      {kRight, "2:3", "4:6"},
      {kRight, "2:3", "\\frac{2}{3}"},
      {kRight, "1:2:3", "2:4:6"},
      {kRight, "3 + 4i", "4i + 3"},
      {kRight, "i^2", "-1"},
      {kRight, "\\frac{1}{i}", "-i"},
      {kRight, "e^{i\\pi}", "-1"},
      {kRight, "(1+i)^2", "2i"},
      {kWrong, "x = 5", "x = 6"},
      {kWrong, "x = 5", "y = 5"},
      {kWrong, "x = 5", "6"},
      {kWrong, "y = 2x + 1", "y = 2x"},
      {kWrong, "y = 2x + 1", "x = 2y + 1"},
      {kWrong, "x^2 + y^2 = 1", "x^2 - y^2 = 1"},
      {kWrong, "x + y < 3", "x + y > 3"},
      {kWrong, "x + y < 3", "x + y \\le 3"},
      {kWrong, "x + y < 3", "x + y = 3"},
      {kWrong, "x + y < 3", "-x - y < -3"},
      {kWrong, "2:3", "3:2"},
      {kWrong, "1:2:3", "1:2:4"},
      {kWrong, "1:2:3", "1:2"},
      {kWrong, "3 + 4i", "3 - 4i"},
      {kWrong, "3 + 4i", "7"},
      {kWrong, "2i", "2"},
  });
}

TEST_CASE("math: numbers that no floating-point number holds have values all the same") {
  check_boxed({
      {kRight, "212!i", "i \\cdot 212!"},
      {kRight, "\\frac{300!}{299!}\\pi", "300\\pi"},
      {kWrong, "0", "212!i"},
      {kWrong, "212!\\pi", "213!\\pi"},
      {kWrong, "\\frac{\\pi}{212!}", "\\pi"},
  });
}

TEST_CASE("math: what is no mathematics is wrong in a box and unparsed elsewhere") {
  check_cases(AnswerKind::kMath, {},
              {
                  {kWrong, "\\sqrt{2}", "\\boxed{\\unknown{2}}"},
                  {kWrong, "\\sqrt{2}",
                   "\\boxed{\\sqrt{2}"
                   "+}"},
                  {kWrong, "\\sqrt{2}", "\\boxed{\\text{none}}"},
                  {kRight, "\\sqrt{2}", "The answer is $\\sqrt{2}$."},
                  {kRight, "\\sqrt{2}", "The answer is \\(\\sqrt{2}\\), as we saw."},
                  {kRight, "\\sqrt{2}", "So the length is\n$$\\sqrt{2}$$"},
                  {kRight, "\\sqrt{2}", "So $x$ is what we want.\nWe get $x = \\sqrt{2}$."},
                  {kWrong, "\\sqrt{2}", "The answer is $\\sqrt{3}$."},
                  {kWrong, "\\sqrt{2}", "So $x = \\sqrt{3}$."},
                  {kUnparsed, "\\sqrt{2}", "I do not know."},
                  {kUnparsed, "\\sqrt{2}", "So $x = \\sqrt{2}$ or $x = 5$ might do"},
                  {kUnparsed, "\\sqrt{2}", ""},
              });
}

TEST_CASE("auto: mathematics is what no words could be") {
  check_boxed(
      {
          {kRight, "2\\sqrt{3}", "\\sqrt{12}"},
          {kRight, "(3,-4)", "(3, -4)"},
          {kRight, "x^2 - 1", "(x-1)(x+1)"},
          {kRight, "3:30", "03:30"},
          {kRight, "no", "No"},
          {kRight, "the red one", "red one"},
          {kRight, "18", "36/2"},
          {kRight, "18", "\\sqrt{324}"},
          {kRight, "3.5", "3,5"},
          {kRight, "1234.5", "1.234,5"},
          {kRight, "\xC2\xBD", "0.5"},
          {kWrong, "2\\sqrt{3}", "\\sqrt{6}"},
          {kWrong, "3:30", "7:60"},
          {kWrong, "no", "on"},
          {kWrong, "18", "\\sqrt{18}"},
          {kWrong, "18", "1,8"},
          {kWrong, "35", "3,5"},
          {kWrong, "3", "3,5"},
      },
      AnswerKind::kAuto);
}
