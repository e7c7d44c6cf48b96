#include "case_table.hpp"

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::checker;
using domain::AnswerKind;

TEST_CASE("choice: the letter counts in every form that is no word") {
  check_cases(AnswerKind::kChoice, {"A", "B", "C", "D", "E"},
              {
                  {kRight, "B", "\\boxed{B}"},
                  {kRight, "(B)", "\\boxed{B}"},
                  {kRight, "B", "\\boxed{(B)}"},
                  {kRight, "B", "\\boxed{b}"},
                  {kRight, "B", "\\boxed{\\text{B}}"},
                  {kRight, "B", "\\boxed{\\textbf{(B)}\\ 20}"},
                  {kRight, "B", "\\fbox{B.}"},
                  {kRight, "B", "#### B"},
                  {kRight, "B", "The answer is (B)."},
                  {kRight, "B", "The answer is B, since the rest is too long."},
                  {kRight, "B", "The answer is B because it is red."},
                  {kRight, "B", "Answer: B) the red one"},
                  {kRight, "B", "Answer: **B**"},
                  {kRight, "B", "Answer: $B$"},
                  {kRight, "B", "The answer is option B."},
                  {kRight, "B", "Answer: B. 20"},
                  {kRight, "B", "Answer: [B]"},
                  {kRight, "B", "So I looked.\n\n**B**"},
                  {kRight, "B", "So I looked.\n(B)"},
                  {kRight, "B", "So the correct option is B."},
                  {kRight, "B", "Therefore Option B is right."},
                  {kWrong, "B", "\\boxed{C}"},
                  {kWrong, "B", "\\boxed{BC}"},
                  {kWrong, "B", "\\boxed{B, C}"},
                  {kWrong, "B", "\\boxed{(B) and (C)}"},
                  {kRight, "B", "\\boxed{(B) x}"},
                  {kWrong, "B", "\\boxed{A/B}"},
                  {kWrong, "B", "\\boxed{2}"},
                  {kWrong, "B", "\\boxed{}\\boxed{\\text{none}}"},
                  {kWrong, "B", "#### A\nB"},
                  {kWrong, "B", "The answer is (C), not (B)."},
                  {kWrong, "B", "Answer: B.\nNo. Answer: D."},
                  {kWrong, "B", "So it is not option B, but option C."},
                  {kWrong, "A", "Answer: E"},
              });
}

TEST_CASE("choice: letters as models say them") {
  check_cases(AnswerKind::kChoice, {"10", "20", "30", "40", "50"},
              {
                  {kRight, "B", "So the correct choice is (B)."},
                  {kRight, "B", "The correct option is: **B**"},
                  {kRight, "B", "Of these, the best choice is (B), 20.\nThat was easy."},
                  {kRight, "B", "Hence (B) is correct."},
                  {kRight, "B", "Hence B is the right answer."},
                  {kRight, "B", "Hence **B** is correct."},
                  {kRight, "B", "Hence $B$ is the correct choice, not C."},
                  {kRight, "B", "A is wrong, so B is right."},
                  {kRight, "B", "The area is 20, which is (B)."},
                  {kRight, "B", "Answer: B) 20"},
                  {kRight, "B", "Answer: B is correct"},
                  {kRight, "B", "Answer: \\text{(B)}"},
                  {kRight, "B", "$\\boxed{\\text{(B) }20}$"},
                  {kRight, "B", "\\boxed{\\mathbf{(B)}}"},
                  {kRight, "B", "\\boxed B"},
                  {kRight, "B", "<answer>B</answer>"},
                  {kRight, "B", "<answer>\n(B) 20\n</answer>"},
                  {kRight, "B", "<answer>B. 20"},
                  {kRight, "B", "So it is `B`, as we saw.\nThat is all."},
                  {kRight, "B", "We find that the answer must be:\n\n**(B) 20**\n\nAnything else?"},
                  {kRight, "B", "Answer: Ⓑ"},
                  {kRight, "B", "Answer: Ｂ"},
                  {kRight, "B", "Answer： （Ｂ）"},
                  {kRight, "B", "答案是 B。"},
                  {kRight, "B", "答案：(B)，因为其余的太长。"},
                  {kRight, "B", "故选：B"},
                  {kRight, "B", "故选B．"},
                  {kRight, "B", "\\boxed{Ⓑ}"},
                  {kWrong, "B", "Hence (C) is correct."},
                  {kWrong, "B", "B is wrong, so C is right."},
                  {kWrong, "B", "<answer>C</answer>"},
                  {kWrong, "B", "The correct choice is (C), not (B)."},
                  {kWrong, "B", "答案是 C，不是 B。"},
                  {kWrong, "B", "<think>The answer is (B).</think>The answer is (C)."},
                  {kRight, "B", "<think>The answer is (C).</think>The answer is (B)."},
                  {kRight, "B", "<think>The answer is (B).</think>\n"},
                  {kUnparsed, "B", "<think>The answer is (B).</think>I cannot tell."},
                  {kUnparsed, "B", "It may be (B) or (C)."},
                  {kUnparsed, "B", "The event P(B) is likely."},
                  {kUnparsed, "B", "(B) is not correct."},
                  {kUnparsed, "B", "It is **A** or **B**"},
              });
}

TEST_CASE("choice: texts are the same in other forms") {
  check_cases(AnswerKind::kChoice, {"$2\\sqrt{3}$", "$45^\\circ$", "$\\dfrac{\\pi}{2}$", "x < 5", "“yes”"},
              {
                  {kRight, "A", "\\boxed{2√3}"},
                  {kRight, "A", "\\boxed{2 \\sqrt{3}}"},
                  {kRight, "2√3", "\\boxed{A}"},
                  {kRight, "B", "\\boxed{45°}"},
                  {kRight, "C", "\\boxed{\\frac{\\pi}{2}}"},
                  {kRight, "D", "\\boxed{x<5}"},
                  {kRight, "E", "Answer: \"yes\""},
                  {kWrong, "A", "\\boxed{3\\sqrt{2}}"},
                  {kWrong, "C", "\\boxed{\\frac{\\pi}{3}}"},
              });
}

TEST_CASE("choice: a word of a sentence is no letter") {
  check_cases(AnswerKind::kChoice, {"A", "B", "C", "D", "E"},
              {
                  {kUnparsed, "A", "The answer is a triangle."},
                  {kUnparsed, "A", "A triangle has three sides."},
                  {kUnparsed, "B", "B is nice"},
                  {kUnparsed, "B", "Be careful"},
                  {kUnparsed, "A", "The answer is F."},
                  {kUnparsed, "B", "I cannot tell."},
                  {kUnparsed, "B", "option B is not right"},
                  {kUnparsed, "B", "#### Because"},
                  {kUnparsed, "B", ""},
              });
}

TEST_CASE("choice: the choice's text counts as its letter does") {
  const std::vector<std::string> colours = {"red", "dark blue", "green", "$3/4$"};
  check_cases(AnswerKind::kChoice, colours,
              {
                  {kRight, "B", "\\boxed{dark blue}"},
                  {kRight, "dark blue", "\\boxed{B}"},
                  {kRight, "dark blue", "The answer is Dark  Blue."},
                  {kRight, "B", "The answer is \"dark blue\", as it seems."},
                  {kRight, "B", "Answer: (B) dark blue"},
                  {kRight, "D", "\\boxed{\\frac{3}{4}}"},
                  {kRight, "D", "\\boxed{0.75}"},
                  {kRight, "D", "Looking again:\n0.75"},
                  {kWrong, "B", "\\boxed{blue}"},
                  {kWrong, "B", "\\boxed{red}"},
                  {kWrong, "dark blue", "\\boxed{A}"},
                  {kWrong, "D", "\\boxed{0.7}"},
                  {kWrong, "B", "The answer is green."},
                  {kUnparsed, "B", "The answer is light blue."},
                  {kUnparsed, "B", "It is dark blue, I think"},
              });
}

TEST_CASE("choice: texts with labels, and letters whose texts are letters") {
  check_cases(AnswerKind::kChoice, {"(A) 10", "(B) 20", "(C) 30"},
              {
                  {kRight, "B", "\\boxed{20}"},
                  {kRight, "B", "\\boxed{B}"},
                  {kWrong, "B", "\\boxed{30}"},
                  {kWrong, "B", "\\boxed{2}"},
              });
  check_cases(AnswerKind::kChoice, {"B", "A"},
              {
                  {kRight, "A", "\\boxed{A}"},
                  {kWrong, "A", "\\boxed{B}"},
              });
}

TEST_CASE("choice: without choices the letters are compared") {
  check_cases(AnswerKind::kChoice, {},
              {
                  {kRight, "C", "Answer: (C)"},
                  {kRight, "C", "\\boxed{c}"},
                  {kWrong, "C", "\\boxed{D}"},
                  {kWrong, "C", "\\boxed{3}"},
              });
}

TEST_CASE("auto: choices first, then numbers, then text") {
  check_cases(AnswerKind::kAuto, {"10", "20", "30"},
              {
                  {kRight, "20", "\\boxed{B}"},
                  {kRight, "20", "\\boxed{20}"},
                  {kRight, "B", "\\boxed{20.0}"},
                  {kRight, "40", "\\boxed{40}"},
                  {kWrong, "20", "\\boxed{C}"},
                  {kWrong, "20", "\\boxed{2}"},
                  {kWrong, "40", "\\boxed{20}"},
              });
  check_cases(AnswerKind::kAuto, {},
              {
                  {kRight, "6", "\\boxed{6}"},
                  {kRight, "6 cm", "\\boxed{6}"},
                  {kRight, "Paris", "\\boxed{paris}"},
                  {kRight, "2\\pi", "\\boxed{2\\pi}"},
                  {kWrong, "2\\pi", "\\boxed{2}"},
                  {kWrong, "6", "\\boxed{Paris}"},
                  {kWrong, "Building 5", "\\boxed{5}"},
              });
}
