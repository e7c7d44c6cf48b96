#include "completion.hpp"
#include "samples.hpp"
#include "tokens.hpp"

#include <set>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::simulated;

namespace {

domain::Problem asking(const std::string& question) {
  domain::Problem problem = make_problem(kSeed, 0);
  problem.question = question;
  return problem;
}

std::string numbers_to(int last) {
  std::string text;
  for (int i = 1; i <= last; ++i) text += (i > 1 ? ", " : "") + std::to_string(i);
  return text;
}

}  // namespace

TEST_CASE("skills: counting goes on from any prefix of the list, to the number asked for") {
  const Model model = model_of(asking("Count from 1 to 120, separated by commas."));
  const std::string list = numbers_to(120);
  for (std::size_t cut = 0; cut <= list.size(); ++cut) {
    CHECK(complete(model, list.substr(0, cut), {}, {1000, cut}).text == list.substr(cut));
  }
  CHECK(complete(model, "", {}, {9, 1}).text == "1, 2, 3, ");
  CHECK(complete(model_of(asking("Count from 1 to 1")), "", {}, {9, 1}).text == "1");
  CHECK(complete(model, "Gladly:\n\n1, 2, 3", {}, {3, 1}).text == ", 4");
}

TEST_CASE("skills: a question that names no number to count to is answered as any other") {
  for (const std::string question : {"Count from 1 to ", "Count from 1 to many", "Count from 1 to 0"}) {
    CHECK(boxed_answer(complete(Model({}, question, 0), "", {}, {1000, 1}).text));
  }
  CHECK(complete(Model({}, "Count from 1 to 99999", 0), "", {}, {100'000, 1}).text.ends_with(" 10000"));
}

TEST_CASE("skills: random sentences differ between siblings, and agree at temperature 0") {
  const Model model = model_of(asking("Write a random sentence."));
  std::set<std::string> texts;
  for (std::uint64_t seed = 0; seed < 500; ++seed) texts.insert(complete(model, "", {}, {100, seed}).text);
  CHECK(texts.size() >= 498);
  CHECK(complete(model, "", {0, 1, {}}, {100, 1}).text == complete(model, "", {0, 1, {}}, {100, 2}).text);
  for (const std::string& text : texts) {
    CHECK(count_tokens(text) <= 4);
    const std::string rest = complete(model, text.substr(0, 8), {}, {100, 7}).text;
    CHECK(rest.ends_with('.'));
    CHECK((text.substr(0, 8) + rest).size() == text.size());
  }
}

TEST_CASE("skills: of an answer beside a reference it says whether the words of one are words of the other") {
  const auto ruling = [](const std::string& reference, const std::string& answer) {
    const std::string question =
        "Compare.\n<reference>" + reference + "</reference>\n<answer>" + answer + "</answer>\nVerdict?";
    return complete(model_of(asking(question)), "", {}, {100, 1}).text;
  };
  CHECK(ruling("Paris", "in PARIS, France").ends_with("\nVerdict: right"));
  CHECK(ruling("option B", "B").ends_with("\nVerdict: right"));
  CHECK(ruling("Paris", "London").ends_with("\nVerdict: wrong"));
  CHECK(ruling("Paris", "").ends_with("\nVerdict: wrong"));
  CHECK(ruling("Count from 1 to 3", "3").ends_with("\nVerdict: right"));
}
