#include "case_table.hpp"

#include <doctest/doctest.h>

// Mistakes that models make and that a lenient checker passes, with what looks like one and is right.

using namespace viltree;
using namespace viltree::checker;
using domain::AnswerKind;

TEST_CASE("mistakes: list: an item too many, too few, or another") {
  check_boxed(AnswerKind::kList, {
                                     {kWrong, "red, green, blue", "red, green"},
                                     {kWrong, "red, green", "red, green, blue"},
                                     {kWrong, "a, b, c", "a, b, d"},
                                     {kWrong, "1, 2, 3", "1, 2, 4"},
                                     {kWrong, "1, 2, 3", "1, 2, 3, 3"},
                                     {kWrong, "0.5, 0.25", "1/2, 1/5"},
                                     {kWrong, "Alice and Bob", "Alice"},
                                     {kWrong, "Alice and Bob", "Alice or Carol"},
                                     {kWrong, "-1, 1", "1, 1"},
                                     {kWrong, "3 cm, 4 cm", "3 cm, 4 m"},
                                     {kWrong, "Monday, Tuesday", "Monday, Thursday"},
                                     {kWrong, "1; 2", "1.2"},
                                     {kWrong, "10, 20", "1020"},
                                     {kWrong, "[1, 2]", "[1, -2]"},
                                     {kWrong, "x, y", "x"},
                                     {kWrong, "2, 3, 5, 7", "2, 3, 5, 7, 9"},
                                     {kWrong, "salt and pepper, bread", "salt, pepper"},
                                     {kWrong, "1/2, 1/3", "2, 3"},
                                     {kWrong, "yes, no", "no, no"},
                                     {kWrong, "3:30 pm, 4 pm", "3:30 am, 4 pm"},
                                     {kWrong, "x^2, x", "x^2, -x"},
                                     {kWrong, "50%, 20%", "50%, 2%"},
                                     {kWrong, "1,2,3", "123"},
                                     {kWrong, "1,000", "1, 0"},
                                     {kRight, "(1, 2), (3, 4)", "(1,2) and (3,4)"},
                                     {kWrong, "(1, 2), (3, 4)", "(1,3), (2,4)"},
                                     {kWrong, "A, B", "A, B, A"},
                                 });
}

TEST_CASE("mistakes: text: a word that is nearly it") {
  check_boxed(AnswerKind::kText, {
                                     {kWrong, "true", "false"},
                                     {kWrong, "yes", "not yes"},
                                     {kWrong, "possible", "impossible"},
                                     {kWrong, "increase", "decrease"},
                                     {kWrong, "left", "right"},
                                     {kWrong, "Paris", "Paris, Texas"},
                                     {kWrong, "World War I", "World War II"},
                                     {kWrong, "Henry VIII", "Henry VII"},
                                     {kWrong, "C#", "C"},
                                     {kWrong, "F#", "F"},
                                     {kWrong, "H2O", "H2O2"},
                                     {kWrong, "CO", "CO2"},
                                     {kWrong, "Na+", "Na"},
                                     {kWrong, "12 Main Street", "21 Main Street"},
                                     {kWrong, "Apollo 11", "Apollo 13"},
                                     {kWrong, "male", "female"},
                                     {kWrong, "legal", "illegal"},
                                     {kWrong, "the cat", "cats"},
                                     {kWrong, "can", "cannot"},
                                     {kWrong, "can", "can't"},
                                     {kWrong, "north-east", "north-west"},
                                     {kWrong, "Route 66", "Route 6"},
                                     {kWrong, "2.5", "25"},
                                     {kWrong, "A", "the"},
                                     {kWrong, "more", "less"},
                                     {kWrong, "all", "none"},
                                     {kWrong, "before", "after"},
                                     {kWrong, "Mr. Smith", "Mrs. Smith"},
                                     {kWrong, "two", "too"},
                                     {kWrong, "1st", "2nd"},
                                     {kWrong, "don't know", "know"},
                                     {kWrong, "(a)", "(b)"},
                                     {kWrong, "a > b", "a < b"},
                                     {kWrong, "x^2", "x_2"},
                                     {kWrong, "$5", "5"},
                                     {kWrong, "+1", "-1"},
                                     {kWrong, "3/4", "34"},
                                     {kWrong, "1.5", "15"},
                                     {kWrong, "10:30", "1030"},
                                     {kWrong, "A&B", "A|B"},
                                     {kWrong, "a=b", "a!=b"},
                                 });
}

TEST_CASE("mistakes: exact: nearly the same text") {
  check_boxed(AnswerKind::kExact, {
                                      {kWrong, "abc", "abd"},
                                      {kWrong, "1/2", "2/1"},
                                      {kWrong, "x+1", "x-1"},
                                      {kWrong, "AB", "BA"},
                                      {kWrong, "yes", "yes no"},
                                      {kWrong, "10:30", "10:31"},
                                      {kWrong, "3,4", "34"},
                                      {kWrong, "-5", "5"},
                                      {kWrong, "a b", "ab"},
                                      {kWrong, "A1", "A2"},
                                  });
}

TEST_CASE("mistakes: date: another day, or the other half of it") {
  check_boxed(AnswerKind::kDate, {
                                     {kWrong, "2021-03-04", "2022-03-04"},
                                     {kWrong, "4 March 2021", "5 March 2021"},
                                     {kWrong, "4 March 2021", "4 May 2021"},
                                     {kWrong, "March 4, 2021", "April 3, 2021"},
                                     {kRight, "March 4, 2021", "3/4/2021"},
                                     {kRight, "March 4, 2021", "4/3/2021"},
                                     {kWrong, "March 14, 2021", "13/4/2021"},
                                     {kWrong, "March 14, 2021", "15/3/2021"},
                                     {kWrong, "3:30 pm", "3:03 pm"},
                                     {kWrong, "15:30", "5:30 pm"},
                                     {kWrong, "15:30", "3:30 am"},
                                     {kWrong, "12:00 am", "12:00 pm"},
                                     {kRight, "12:00 am", "0:00"},
                                     {kWrong, "noon", "12 am"},
                                     {kRight, "noon", "12 pm"},
                                     {kWrong, "midnight", "12 pm"},
                                     {kWrong, "8:15", "8:45"},
                                     {kWrong, "8:15", "20:45"},
                                     {kWrong, "March 2021", "2021"},
                                     {kWrong, "2021-03-04", "2021-03"},
                                     {kWrong, "July 4, 1776", "July 4, 1976"},
                                     {kWrong, "July 4, 1776", "July 14, 1776"},
                                     {kWrong, "1999-12-31", "2000-01-01"},
                                     {kWrong, "2024-02-29", "2024-03-01"},
                                     {kWrong, "9 am", "9 pm"},
                                     {kWrong, "10:00", "1:00"},
                                     {kWrong, "23:59", "11:59 am"},
                                     {kWrong, "6/7/2020", "6/8/2020"},
                                     {kWrong, "Monday, 4 March 2024", "Tuesday, 5 March 2024"},
                                     {kWrong, "January 2, 2020", "February 1, 2020"},
                                     {kWrong, "01/02/2020", "03/02/2020"},
                                     {kWrong, "5 pm", "5 am"},
                                     {kWrong, "17:00", "7 pm"},
                                     {kWrong, "12:30 pm", "12:30 am"},
                                     {kRight, "12:30 pm", "12:30"},
                                     {kWrong, "12:30 pm", "0:30"},
                                     {kWrong, "3:15", "3:51"},
                                     {kWrong, "June 1900", "June 1901"},
                                     {kWrong, "1 Jan", "1 Jun"},
                                     {kWrong, "1 June", "1 July"},
                                     {kWrong, "2020-01-02", "2020-02-01"},
                                     {kWrong, "2020-1-12", "2020-12-1"},
                                     {kWrong, "May 6, 2020 at 3 pm", "May 6, 2020 at 4 pm"},
                                     {kWrong, "May 6, 2020 at 3 pm", "May 7, 2020 at 3 pm"},
                                     {kWrong, "10:00:05", "10:05:00"},
                                 });
}

TEST_CASE("mistakes: anls: nothing alike") {
  check_boxed(AnswerKind::kAnls, {
                                     {kWrong, "2041", "3152"},
                                     {kWrong, "Total: $45.00", "Subtotal"},
                                     {kWrong, "left", "right"},
                                     {kWrong, "John Smith", "Jane Doe"},
                                     {kWrong, "12/05/1999", "none"},
                                 });
}

TEST_CASE("mistakes: auto: whatever kind it is") {
  check_boxed(AnswerKind::kAuto, {
                                     {kWrong, "7", "-7"},
                                     {kWrong, "1/2", "2"},
                                     {kWrong, "50%", "5%"},
                                     {kWrong, "(1,2)", "(2,1)"},
                                     {kWrong, "5 km", "5 m"},
                                     {kWrong, "[0,1)", "[0,1]"},
                                     {kWrong, "2+3i", "2-3i"},
                                     {kWrong, "March 4", "March 5"},
                                     {kWrong, "$20", "20 euros"},
                                     {kWrong, "\\sqrt{2}", "1.414"},
                                     {kWrong, "Jupiter", "Saturn"},
                                     {kWrong, "1,000", "1.000"},
                                     {kWrong, "1, 2", "2, 3"},
                                     {kWrong, "3:30", "3:03"},
                                     {kWrong, "2020-05-06", "2020-05-16"},
                                     {kWrong, "-1/2", "1/2"},
                                     {kWrong, "Yes", "Maybe"},
                                     {kWrong, "No", "None"},
                                     {kWrong, "0", "None"},
                                     {kWrong, "5 kg", "5 g"},
                                     {kWrong, "x=3", "x=-3"},
                                     {kWrong, "[1,2]", "(1,2)"},
                                     {kWrong, "10 m/s", "10 km/h"},
                                     {kWrong, "1/2", "1/2 \\pi"},
                                     {kWrong, "true", "untrue"},
                                     {kWrong, "100", "100.5"},
                                     {kWrong, "2\\sqrt{3}", "2\\sqrt{3}i"},
                                 });
}

TEST_CASE("mistakes: list: whole solutions") {
  check_cases(AnswerKind::kList, {},
              {
                  {kWrong, "red, blue", "The answers are red and green."},
                  {kWrong, "red, blue", "Answer: red"},
                  {kWrong, "2, 3", "\\boxed{2} and \\boxed{4}"},
                  {kRight, "2, 3", "\\boxed{3} and \\boxed{2}"},
                  {kWrong, "2, 3", "\\boxed{2}, \\boxed{3}, \\boxed{4}"},
                  {kUnparsed, "red, blue", "red, blue"},
              });
}

TEST_CASE("mistakes: text: whole solutions") {
  check_cases(AnswerKind::kText, {},
              {
                  {kWrong, "Paris", "The answer is London."},
                  {kUnparsed, "Paris", "The answer is not Paris."},
                  {kWrong, "Paris", "**Answer:** Rome"},
                  {kWrong, "yes", "Answer: no, because yes is too strong."},
                  {kRight, "yes", "Answer: yes, because no is too weak."},
                  {kWrong, "blue", "<answer>dark blue</answer>"},
                  {kWrong, "Paris", "#### Lyon"},
                  {kUnparsed, "Paris", "Paris is a city."},
                  {kWrong, "no", "Answer: none"},
                  {kWrong, "no", "Answer: now"},
              });
}

TEST_CASE("mistakes: exact: whole solutions") {
  check_cases(AnswerKind::kExact, {},
              {
                  {kWrong, "Paris", "Answer: Par is"},
                  {kWrong, "cat", "<answer>cats</answer>"},
                  {kUnparsed, "cat", "cat"},
                  {kWrong, "cat", "The answer is cat food."},
              });
}

TEST_CASE("mistakes: date: whole solutions") {
  check_cases(AnswerKind::kDate, {},
              {
                  {kWrong, "2020-05-06", "The answer is May 7, 2020."},
                  {kWrong, "3:30 pm", "The answer is 3:30 a.m."},
                  {kUnparsed, "3:30 pm", "The meeting is at 3:30 pm"},
                  {kWrong, "July 4", "Answer: 4 June"},
                  {kRight, "July 4", "Answer: 4 July"},
                  {kUnparsed, "July 4", "Answer: next week"},
                  {kWrong, "10:15", "**10:51**"},
              });
}

TEST_CASE("mistakes: anls: whole solutions") {
  check_cases(AnswerKind::kAnls, {},
              {
                  {kWrong, "Total 45", "Answer: Sum"},
                  {kUnparsed, "Total 45", "I cannot read it."},
              });
}

TEST_CASE("mistakes: choice: whole solutions") {
  check_cases(AnswerKind::kChoice, {"10 cm", "20 cm", "\\frac{1}{2}", "none of the above"},
              {
                  {kWrong, "B", "\\boxed{A}"},
                  {kWrong, "B", "The answer is (A) 20 cm."},
                  {kWrong, "B", "The answer is (C)."},
                  {kWrong, "B", "Answer: 10 cm"},
                  {kWrong, "B", "\\boxed{10}"},
                  {kWrong, "B", "\\boxed{20 m}"},
                  {kWrong, "C", "\\boxed{2}"},
                  {kWrong, "C", "\\boxed{\\frac{2}{1}}"},
                  {kRight, "C", "\\boxed{0.5}"},
                  {kWrong, "D", "\\boxed{all of the above}"},
                  {kWrong, "B", "Both A and B are possible, but the answer is A."},
                  {kWrong, "B", "The correct answer is **D**."},
                  {kWrong, "B", "I would choose B at first, but the correct option is C."},
                  {kUnparsed, "B", "Neither B nor C."},
                  {kUnparsed, "B", "The answer is none."},
                  {kWrong, "B", "\\boxed{E}"},
                  {kWrong, "B", "\\boxed{(A) 20 cm}"},
                  {kWrong, "A", "<answer>B</answer>"},
                  {kWrong, "B", "#### C"},
                  {kWrong, "B", "Option B is wrong. The answer is D"},
                  {kUnparsed, "B", "It could be B, C or D."},
                  {kWrong, "B", "\\boxed{\\text{A and B}}"},
                  {kWrong, "B", "\\boxed{\\text{not B}}"},
                  {kWrong, "B", "**Answer: C** (not B)"},
                  {kWrong, "B", "\\boxed{AB}"},
              });
}
