#include <viltree/core/similar_text.hpp>

#include <bit>
#include <string>

#include <doctest/doctest.h>

using namespace viltree::core;

TEST_CASE("similar text: letters, numbers and blanks are normalised") {
  CHECK(normalised("  So x = 12.5\n\nand\tY=3  ") == "so x = 0.0 and y=0");
  CHECK(normalised("12 34") == "0 0");
  CHECK(normalised("1234") == "0");
  CHECK(normalised("É ß") == "É ß");
  CHECK(normalised(" \n") == "");
  CHECK(normalised("") == "");
}

TEST_CASE("similar text: numbers stay apart, in their order") {
  CHECK(numbers_of("x = 12.5, y=3") == "12 5 3");
  CHECK(numbers_of("12 5") != numbers_of("125"));
  CHECK(numbers_of("none") == "");
}

TEST_CASE("similar text: a long text with one other word is nearer than another text") {
  const std::string text =
      "we first count the red squares in the upper left corner of the picture and then the blue ones in the "
      "lower right corner and add both counts to find how many squares there are in the whole picture";
  std::string changed = text;
  changed.replace(changed.find("whole"), 5, "given");
  const std::uint64_t other = simhash("the answer follows at once from the theorem of pythagoras");
  CHECK(std::popcount(simhash(text) ^ simhash(changed)) < std::popcount(simhash(text) ^ other));
  CHECK(are_near(simhash(text), simhash(text) ^ 0b111U));
  CHECK_FALSE(are_near(simhash(text), simhash(text) ^ 0b1111U));
  CHECK_FALSE(are_near(simhash(text), other));
}
