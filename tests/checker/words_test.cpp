#include "case_table.hpp"
#include "date.hpp"
#include "measure.hpp"
#include "text_form.hpp"

#include <viltree/checker/checker.hpp>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::checker;
using domain::AnswerKind;

TEST_CASE("text: case, articles and punctuation do not count") {
  check_boxed(AnswerKind::kText, {
                                     {kRight, "the Eiffel Tower", "Eiffel tower"},
                                     {kRight, "Yes", "yes."},
                                     {kRight, "Yes", "\\text{Yes!}"},
                                     {kRight, "red and blue", "Red  and Blue"},
                                     {kRight, "New York, USA", "New York (USA)"},
                                     {kRight, "O'Neill", "o'neill"},
                                     {kRight, "\"yes\"", "yes"},
                                     {kRight, "version 3.5", "Version 3.5."},
                                     {kRight, "\xC3\x89t\xC3\xA9", "\xC3\xA9t\xC3\xA9"},
                                     {kRight, "the", "The"},
                                     {kWrong, "Eiffel Tower", "tower"},
                                     {kWrong, "yes", "no"},
                                     {kWrong, "C", "C++"},
                                     {kWrong, "5", "-5"},
                                     {kWrong, "3.5", "35"},
                                     {kWrong, "red and blue", "blue and red"},
                                     {kWrong, "New York", "Newyork"},
                                     {kWrong, "three", "3"},
                                 });
}

TEST_CASE("words: a reason behind the answer does not count") {
  for (const AnswerKind kind : {AnswerKind::kText, AnswerKind::kExact, AnswerKind::kAnls}) {
    CAPTURE(domain::name(kind));
    check_cases(kind, {},
                {
                    {kRight, "Paris", "The answer is Paris, because of that."},
                    {kWrong, "Paris", "The answer is Quito, because of that."},
                    {kWrong, "Paris", "The answer is: Rome, since Paris is no capital."},
                });
  }
}

TEST_CASE("anls: texts may differ by less than half of their letters") {
  check_boxed(AnswerKind::kAnls, {
                                     {kRight, "Invoice 2041", "invoice 2041"},
                                     {kRight, "Invoice 2041", "Invoice 2040"},
                                     {kRight, "colour", "color"},
                                     {kRight, "abcd", "abxy"},
                                     {kWrong, "abcd", "axyz"},
                                     {kWrong, "Invoice 2041", "Receipt"},
                                     {kWrong, "yes", "no"},
                                     {kWrong, "a", "abc"},
                                 });
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("\xC3\xA9", "e") == 1);
  CHECK(similarity("same", "SAME") == 1);
  CHECK(similarity("abcd", "abxy") == doctest::Approx(0.5));
  CHECK(similarity("", "") == 1);
  CHECK(similarity("a", "") == 0);
}

TEST_CASE("date: the same day and time in another form") {
  check_boxed(AnswerKind::kDate, {
                                     {kRight, "2020-05-06", "May 6, 2020"},
                                     {kRight, "2020-05-06", "6 May 2020"},
                                     {kRight, "2020-05-06", "Wednesday, May 6th, 2020"},
                                     {kRight, "2020-05-06", "5/6/2020"},
                                     {kRight, "2020-05-06", "6.5.2020"},
                                     {kRight, "2020-05-16", "16/5/2020"},
                                     {kRight, "May 2020", "may 2020"},
                                     {kRight, "3:30 pm", "15:30"},
                                     {kRight, "3:30 p.m.", "3:30 PM"},
                                     {kRight, "3:30", "03:30"},
                                     {kRight, "3:30", "3:30 pm"},
                                     {kRight, "noon", "12:00"},
                                     {kRight, "3 o'clock", "3:00"},
                                     {kRight, "15:30:10", "3:30:10 pm"},
                                     {kRight, "2020-05-06T15:30", "6 May 2020 at 3:30 pm"},
                                     {kWrong, "2020-05-06", "2020-05-07"},
                                     {kWrong, "2020-05-06", "May 6"},
                                     {kWrong, "2020-05-06", "May 6, 2021"},
                                     {kWrong, "2020-05-16", "2020-16-05"},
                                     {kWrong, "3:30 pm", "3:30 am"},
                                     {kWrong, "3:30", "3:31"},
                                     {kWrong, "15:30", "15:30:10"},
                                     {kWrong, "noon", "midnight"},
                                     {kWrong, "2020-02-28", "2020-02-30"},
                                     {kWrong, "May 2020", "June 2020"},
                                     {kWrong, "May 2020", "tomorrow"},
                                     {kWrong, "3:30", "15:30 pm"},
                                 });
  CHECK(!read_date("2020"));
  CHECK(!read_date("12"));
  CHECK(!read_date("29 February 2019"));
  CHECK(read_date("29 February 2020"));
  CHECK(!read_date("25:00"));
  CHECK(!read_date(""));
}

TEST_CASE("list: items are compared one by one, each as what it is") {
  check_boxed(AnswerKind::kList, {
                                     {kRight, "red, green", "green, red"},
                                     {kRight, "red, green", "[red, green]"},
                                     {kRight, "['red', 'green']", "green and red"},
                                     {kRight, "red, green, blue", "red, green, and blue"},
                                     {kRight, "1/2, 3", "3, 0.5"},
                                     {kRight, "(1,2), (3,4)", "(3,4), (1,2)"},
                                     {kRight, "1,234; 5", "5; 1234"},
                                     {kRight, "Paris", "paris"},
                                     {kRight, "red; red", "red, red"},
                                     {kWrong, "red, green", "red"},
                                     {kWrong, "red", "red, green"},
                                     {kWrong, "red, green", "red, blue"},
                                     {kWrong, "red, red, green", "red, green, green"},
                                     {kWrong, "1, 2", "1, 22"},
                                     {kWrong, "1, 2", "12"},
                                     {kWrong, "(1,2), (3,4)", "(2,1), (3,4)"},
                                 });
  CheckOptions ordered;
  ordered.ordered = true;
  const auto checker = Checker::make(make_problem(AnswerKind::kList, "red, green"), ordered);
  REQUIRE(checker);
  CHECK(checker->check("\\boxed{red, green}").verdict == domain::Verdict::kRight);
  CHECK(checker->check("\\boxed{green, red}").verdict == domain::Verdict::kWrong);
}

TEST_CASE("units: they are converted where both have one") {
  check_boxed(AnswerKind::kNumber, {
                                       {kRight, "5 cm", "5"},
                                       {kRight, "5", "5 cm"},
                                       {kRight, "5 cm", "5 \\text{ cm}"},
                                       {kRight, "5 m", "500 cm"},
                                       {kRight, "5 m", "500 \\text{ centimeters}"},
                                       {kRight, "36 km/h", "10 m/s"},
                                       {kRight, "36 km/h", "10 \\text{ metres per second}"},
                                       {kRight, "2 m^2", "20000 \\text{ cm}^2"},
                                       {kRight, "2 square metres", "2\\,\\mathrm{m^{2}}"},
                                       {kRight, "1 L", "1000 cm^3"},
                                       {kRight, "2 hours", "120 min"},
                                       {kRight, "$5", "500 cents"},
                                       {kRight, "5 apples", "5 oranges"},
                                       {kRight, "3 kg", "3000 g"},
                                       {kRight, "45^\\circ", "45 \\text{ degrees}"},
                                       {kRight,
                                        "20 \xC2\xB0"
                                        "C",
                                        "20^\\circ \\text{C}"},
                                       {kRight, "1 mile", "5280 ft"},
                                       {kWrong, "5 cm", "5 m"},
                                       {kWrong, "5 cm", "5 kg"},
                                       {kWrong, "5 m", "50 cm"},
                                       {kWrong, "2 m^2", "200 cm^2"},
                                       {kWrong, "2 hours", "2 min"},
                                       {kWrong, "36 km/h", "36 m/s"},
                                       {kWrong, "$5", "5 cents"},
                                       {kWrong,
                                        "20 \xC2\xB0"
                                        "C",
                                        "20 \xC2\xB0"
                                        "F"},
                                       {kWrong, "5 m^2", "5 m"},
                                       {kWrong, "3 kg", "3 g"},
                                   });
  CHECK(!read_measure("apples"));
  CHECK(!read_measure(""));
  CHECK(!read_measure("m^"));
  CHECK(!read_measure("/s"));
  CHECK(!read_measure("square"));
  CHECK(read_measure("kg m^2/s^2")->powers == read_measure("J")->powers);
}

TEST_CASE("tolerances: significant digits") {
  const auto same = [](AnswerKind kind, const std::string& reference, std::uint64_t digits,
                       const std::string& answer) {
    CheckOptions options;
    options.significant_digits = digits;
    const auto checker = Checker::make(make_problem(kind, reference), options);
    REQUIRE(checker);
    return checker->check("\\boxed{" + answer + "}").verdict == domain::Verdict::kRight;
  };
  for (const AnswerKind kind : {AnswerKind::kNumber, AnswerKind::kMath}) {
    CAPTURE(domain::name(kind));
    for (const char* right :
         {"3.14", "3.141", "3.1416", "3.135", "3.1449", "3.14159", "\\pi", "\\frac{22}{7}"})
      CHECK_MESSAGE(same(kind, "3.14159", 3, right), right);
    for (const char* wrong : {"3.15", "3.1", "3.145", "3.1349", "-3.14", "0.314", "31.4", "3", "0"})
      CHECK_MESSAGE(!same(kind, "3.14159", 3, wrong), wrong);
    CHECK(!same(kind, "3.14159", 0, "3.14"));
    CHECK(!same(kind, "3.14159", 4, "3.14"));
    CHECK(same(kind, "3.14159", 1, "3"));
    CHECK(same(kind, "3.14159", 1000, "3.14159"));  // 30 at most
    CHECK(!same(kind, "3.14159", 1000, "3.1416"));
    // At the border of a power of ten.
    CHECK(same(kind, "9.996", 3, "10.00"));
    CHECK(same(kind, "10.00", 3, "9.996"));
    CHECK(!same(kind, "9.996", 4, "10.00"));
    CHECK(!same(kind, "9.994", 3, "10"));
    CHECK(same(kind, "10.04", 3, "10"));
    CHECK(!same(kind, "10.04", 3, "9.99"));
    CHECK(same(kind, "1000000", 2, "1049999"));
    CHECK(!same(kind, "1000000", 2, "1050000"));
    CHECK(same(kind, "0.001", 2, "0.0010499"));
    CHECK(!same(kind, "0.001", 2, "0.01"));
    // Ties go away from zero, in decimals: 2.675 is no binary fraction.
    CHECK(same(kind, "2.675", 3, "2.68"));
    CHECK(!same(kind, "2.675", 3, "2.67"));
    CHECK(same(kind, "-2.675", 3, "-2.68"));
    CHECK(!same(kind, "-2.675", 3, "2.68"));
    CHECK(same(kind, "0", 3, "0.0"));
    CHECK(!same(kind, "0", 3, "0.0001"));
    CHECK(!same(kind, "0.0001", 3, "0"));
  }
  CHECK(same(AnswerKind::kNumber, "1 m", 2, "104 cm"));
  CHECK(!same(AnswerKind::kNumber, "1 m", 2, "106 cm"));
  CHECK(same(AnswerKind::kNumber, "33.3%", 2, "1/3"));
  CHECK(!same(AnswerKind::kNumber, "33.3%", 2, "1/4"));
  CHECK(same(AnswerKind::kMath, "\\sqrt{2}", 3, "1.41"));
  CHECK(!same(AnswerKind::kMath, "\\sqrt{2}", 4, "1.41"));
  CHECK(!same(AnswerKind::kMath, "\\sqrt{2}", 3, "-1.41"));
  CHECK(same(AnswerKind::kMath, "(\\pi, 1)", 3, "(3.14, 1)"));
  CHECK(!same(AnswerKind::kMath, "(\\pi, 1)", 3, "(1, 3.14)"));
  CHECK(same(AnswerKind::kMath, "\\sqrt{2}+i\\sqrt{3}", 3, "1.41+1.73i"));
  CHECK(!same(AnswerKind::kMath, "\\sqrt{2}+i\\sqrt{3}", 3, "1.41-1.73i"));
  CHECK(
      same(AnswerKind::kMath, "\\sqrt{2}\\sqrt{2}\\cdot 1.3375", 3, "2.68"));  // a tie, by irrational factors
  CHECK(!same(AnswerKind::kMath, "x + 1", 3, "x + 1.0001"));
  CHECK(!same(AnswerKind::kMath, "e^{e^{9}}", 3, "1"));
  CHECK(same(AnswerKind::kList, "3.14159, 2.71828", 3, "2.72, 3.14"));
  CHECK(!same(AnswerKind::kList, "3.14159, 2.71828", 3, "2.71, 3.14"));
}

TEST_CASE("tolerances: an absolute and a relative one") {
  const auto verdict = [](AnswerKind kind, const std::string& reference, double absolute, double relative,
                          const std::string& answer) {
    CheckOptions options;
    options.absolute_tolerance = absolute;
    options.relative_tolerance = relative;
    const auto checker = Checker::make(make_problem(kind, reference), options);
    REQUIRE(checker);
    return checker->check("\\boxed{" + answer + "}").verdict == domain::Verdict::kRight;
  };
  CHECK(verdict(AnswerKind::kNumber, "3.14", 0.01, 0, "3.145"));
  CHECK(!verdict(AnswerKind::kNumber, "3.14", 0.01, 0, "3.16"));
  CHECK(verdict(AnswerKind::kNumber, "200", 0, 0.05, "210"));
  CHECK(!verdict(AnswerKind::kNumber, "200", 0, 0.05, "211"));
  CHECK(verdict(AnswerKind::kNumber, "1 m", 0, 0.05, "104 cm"));
  CHECK(verdict(AnswerKind::kMath, "\\sqrt{2}", 0.001, 0, "1.414"));
  CHECK(!verdict(AnswerKind::kMath, "\\sqrt{2}", 0.001, 0, "1.41"));
  CHECK(verdict(AnswerKind::kMath, "(\\pi, 1)", 0.01, 0, "(3.14, 1)"));
  CHECK(!verdict(AnswerKind::kMath, "x + 1", 0.01, 0, "x + 1.001"));
}
