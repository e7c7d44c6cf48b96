#include "case_table.hpp"

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::checker;
using domain::AnswerKind;

namespace {

/// A box around each, so that only the comparison is at stake.
void check_numbers(const std::vector<Case>& cases) {
  check_boxed(AnswerKind::kNumber, cases);
}

}  // namespace

TEST_CASE("number: the same value in another form is right") {
  check_numbers({
      {kRight, "12", "12"},
      {kRight, "12", "12.0"},
      {kRight, "12", "012"},
      {kRight, "12", "+12"},
      {kRight, "-3", "-3"},
      {kRight, "-3",
       "\xE2\x88\x92"
       "3"},
      {kRight, "-3", "- 3"},
      {kRight, "0.5", ".5"},
      {kRight, "0.5", "0.50"},
      {kRight, "1234567", "1,234,567"},
      {kRight, "1,234", "1234"},
      {kRight, "1234", "1{,}234"},
      {kRight, "1234", "1,\\!234"},
      {kRight, "1234", "1\\,234"},
      {kRight, "1234.5", "1,234.50"},
      {kRight, "0.1", "1/10"},
      {kRight, "3/4", "0.75"},
      {kRight, "3/4", "\\frac{3}{4}"},
      {kRight, "-3/4", "-\\dfrac{3}{4}"},
      {kRight, "3/4", "\\frac34"},
      {kRight, "3/4", "6/8"},
      {kRight, "\\frac{1}{3}", "1/3"},
      {kRight, "1.75", "1 3/4"},
      {kRight, "2.5", "2\\frac{1}{2}"},
      {kRight, "300000000", "3 \\times 10^8"},
      {kRight, "0.0012", "1.2 \\times 10^{-3}"},
      {kRight, "1500", "1.5e3"},
      {kRight, "0.1000000000000000000001", "0.1000000000000000000001"},
      {kRight, "7", "seven"},
  });
}

TEST_CASE("number: another value is wrong, however near") {
  check_numbers({
      {kWrong, "2", "12"},
      {kWrong, "12", "2"},
      {kWrong, "12", "-12"},
      {kWrong, "1", "1.0000000000000000000001"},
      {kWrong, "0.1000000000000000000001", "0.1"},
      {kWrong, "0.333333", "1/3"},
      {kWrong, "0.75", "3/5"},
      {kWrong, "1234", "1,23"},
      {kWrong, "1234", "12,34"},
      {kWrong, "1", "1,234"},
      {kWrong, "3", "3/4"},
      {kWrong, "4", "3/4"},
      {kWrong, "3", "\\frac{3}{0}"},
      {kWrong, "1.5", "1.5e3"},
      {kWrong, "7", "eight"},
      {kWrong, "20", "20,000"},
  });
}

TEST_CASE("number: units, currency and words around it do not count") {
  check_numbers({
      {kRight, "18", "\\$18"},
      {kRight, "18", "$18$"},
      {kRight, "18", "$18"},
      {kRight, "18", "18 dollars"},
      {kRight, "18",
       "\xE2\x82\xAC"
       "18"},
      {kRight, "18", "18\\text{ dollars per day}"},
      {kRight, "$18.00", "18"},
      {kRight, "5", "5cm"},
      {kRight, "5", "5 \\text{ cm}^2"},
      {kRight, "5", "5\\,\\mathrm{cm^{2}}"},
      {kRight, "5", "5 m/s"},
      {kRight, "5", "5 a day"},
      {kWrong, "5", "5a"},
      {kWrong, "5", "5 a"},
      {kRight, "45", "45^\\circ"},
      {kRight, "45", "45\xC2\xB0"},
      {kRight, "5", "\\text{about } 5"},
      {kRight, "5", "x = 5"},
      {kRight, "8", "5 + 3 = 8"},
      {kRight, "5", "\\text{5 apples}"},
      {kRight, "5", "{5}"},
      {kRight, "5", "\\mathbf{5}"},
      {kRight, "5", "(5)"},
      {kRight, "4", "4 \xE4\xB8\xAA"},
  });
}

TEST_CASE("number: percent and magnitudes are a unit or a factor") {
  check_numbers({
      {kRight, "50", "50\\%"},
      {kRight, "50%", "50"},
      {kRight, "50%", "0.5"},
      {kRight, "1/2", "50%"},
      {kRight, "50", "50 percent"},
      {kRight, "2000000", "2 million"},
      {kRight, "2", "2 million"},
      {kWrong, "50", "0.5"},
      {kWrong, "5%", "50%"},
      {kWrong, "50%", "0.05"},
      {kWrong, "3000000", "2 million"},
      {kWrong, "2 thousand", "2 million"},
  });
}

TEST_CASE("number: what is more than a number is not that number") {
  check_numbers({
      {kWrong, "2", "2\\pi"},
      {kWrong, "2", "2\\sqrt{3}"},
      {kWrong, "2", "2x"},
      {kWrong, "2", "2 x"},
      {kWrong, "2", "2^3"},
      {kWrong, "10", "10^{3}"},
      {kWrong, "2", "2+1"},
      {kWrong, "2", "2 - x"},
      {kWrong, "2", "2, 3"},
      {kWrong, "3", "2, 3"},
      {kWrong, "2", "2 \\text{ or } 3"},
      {kWrong, "3", "2 or 3"},
      {kWrong, "2", "2:3"},
      {kWrong, "3", "(2,3)"},
      {kWrong, "5", "5!"},
      {kWrong, "5", "5 and a half"},
      {kWrong, "5", "x > 5"},
      {kWrong, "5", "x \\ne 5"},
      {kWrong, "5", "x = 5, y = 6"},
      {kWrong, "6", "x = 5, y = 6"},
      {kWrong, "5", "A5"},
      {kWrong, "5", "\\sqrt{5}"},
      {kWrong, "5", "\\sin 5"},
      {kWrong, "5", "log 5"},
      {kWrong, "5", "not 5"},
      {kWrong, "3", "5 hours 3 minutes"},
      {kWrong, "1.2", "1.2.3"},
      {kWrong, "12", "12_{8}"},
      {kWrong, "5", "\\pm 5"},
      {kWrong, "5", "5\xC2\xB2"},
      {kWrong, "5", "5\xFF"},
      {kWrong, "5", "x"},
      {kWrong, "5", "\\text{no solution}"},
  });
}

TEST_CASE("number: without a box, the last mark that can be read counts") {
  check_cases(AnswerKind::kNumber, {},
              {
                  {kRight, "18", "9 * 2 = 18\n#### 18"},
                  {kRight, "70000", "so\n#### 70,000\n"},
                  {kRight, "18", "#### 18\n\nThat was it."},
                  {kRight, "18", "The answer is 18."},
                  {kRight, "18", "the ANSWER is: **18**."},
                  {kRight, "18", "**Answer:** 18"},
                  {kRight, "18", "**Answer: 18**\n"},
                  {kRight, "18", "Final answer: $18$ dollars"},
                  {kRight, "18", "Answer:\n\n18\n"},
                  {kRight, "18", "### Final Answer\n\n$$\n18\n$$"},
                  {kRight, "18", "The answer is 18, because 9 times 2 is 18."},
                  {kRight, "18", "The answer is 18 (that is 9 * 2)."},
                  {kRight, "18", "The answer is 9 * 2 = 18."},
                  {kRight, "18", "The answer is therefore 18 dollars per day. I used 2 facts."},
                  {kRight, "18", "The answer is 5. No, wait.\nThe answer is 18."},
                  {kRight, "18", "The answer is 18. The answer is not 20."},
                  {kRight, "18", "She makes 9 * 2 = $18 every day."},
                  {kRight, "18", "We get:\n- 18 apples\n\n"},
                  {kRight, "-4", "So x = -4."},
                  {kRight, "0.75", "so it is \\frac{3}{4}"},
                  {kWrong, "18", "9 * 2 = 18\n#### 19"},
                  {kWrong, "18", "The answer is 19. #### 18"},
                  {kWrong, "18", "The answer is 18. No, wait.\nThe answer is 5."},
                  {kWrong, "18", "18 is not it.\nThe answer is 180."},
                  {kWrong, "18", "She makes 9 * 3 = $27 every day."},
                  {kWrong, "18", "First 18.\n\nThen 20."},
                  {kWrong, "2", "#### 2.5"},
              });
}

TEST_CASE("number: a last line counts only where it ends up in one number") {
  check_cases(AnswerKind::kNumber, {},
              {
                  {kRight, "26", "Crocodile grows 13*2 = 26 inches in 13 years."},
                  {kRight, "260", "So the profit is 500 - 240 = $260 a month"},
                  {kRight, "0.5", "Then x = \\frac{1}{2} and that is all."},
                  {kRight, "5", "2. There are 5 of them"},
                  {kWrong, "13", "Crocodile grows 13*2 = 26 inches in 13 years."},
                  {kWrong, "18", "There are 17 of them"},
                  {kUnparsed, "13", "It grows 26 inches in 13 years."},
                  {kUnparsed, "6", "So x = 5 and y = 6"},
                  {kUnparsed, "5", "So x = 5 and 6"},
                  {kUnparsed, "5", "So x >= 5"},
                  {kUnparsed, "5", "So x \\le 5"},
                  {kUnparsed, "5", "So x = 5\\pi"},
                  {kUnparsed, "5", "So x = y5"},
                  {kUnparsed, "5", "There are more than 5."},
                  {kUnparsed, "400", "That is $400 000 in all"},
                  {kUnparsed, "5", "So x = "},
              });
}

TEST_CASE("number: words around it that are no bounds and no other numbers") {
  check_numbers({
      {kRight, "5", "the area under the curve is 5"},
      {kRight, "5", "\\text{Area above the axis } 5"},
      {kRight, "18", "18 dollars for the two of them"},
      {kRight, "18", "18 and no more"},
      {kWrong, "5", "over 5"},
      {kWrong, "5", "under 5"},
      {kWrong, "5", "above $5$"},
      {kWrong, "5", "below 5"},
      {kWrong, "5", "five and six"},
      {kWrong, "18", "18 and two"},
  });
}

TEST_CASE("number: where nothing was found, nothing is judged") {
  check_cases(AnswerKind::kNumber, {},
              {
                  {kUnparsed, "18", ""},
                  {kUnparsed, "18", "\n \n"},
                  {kUnparsed, "18", "I do not know."},
                  {kUnparsed, "18", "18\n\nI am not sure."},
                  {kUnparsed, "18", "\\boxed{18"},
                  {kUnparsed, "18", "\\boxed{}"},
                  {kUnparsed, "2", "2. Many of them"},
                  {kUnparsed, "30", "at 10:30"},
                  {kUnparsed, "18", "The answer is 18 or 20."},
                  {kUnparsed, "8", "The answer is the sum of 3 and 5, which is 8."},
                  {kUnparsed, "18", "The answer is unclear. 18"},
                  {kUnparsed, "3", "It is 10 - 3"},
                  {kUnparsed, "3", "This was done in Step 3"},
                  {kUnparsed, "2", "Now look at x2"},
                  {kUnparsed, "3", "#### Step 3"},
                  {kUnparsed, "2", "so we have 2\\pi"},
                  {kUnparsed, "5", "answer"},
              });
}
