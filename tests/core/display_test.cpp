#include <viltree/core/display.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace viltree::core;

TEST_CASE("text: a wide character takes two columns, a combining mark none") {
  CHECK(columns("abc") == 3);
  CHECK(columns("数学") == 4);
  CHECK(columns("e\xCC\x81") == 1);
  CHECK(pad_left("数", 4) == "  数");
  CHECK(pad_right("é", 3) == "é  ");
}

TEST_CASE("text: one_line shows line ends, hides none of the text, and cuts with an ellipsis") {
  CHECK(one_line("  a\n\nb\tc  ", 0) == "a ⏎ b c");
  CHECK(one_line("abcdef", 6) == "abcdef");
  CHECK(one_line("abcdefg", 6) == "abcde…");
  CHECK(columns(one_line("数学数学数学", 6)) <= 6);
  CHECK(one_line("\x1b[31m\xE2\x80\xAE", 0) == "\\x1B[31m\\u{202E}");
}

TEST_CASE("text: marks without width do not make a line of any length") {
  std::string marks = "a";
  for (int i = 0; i < 100'000; ++i) marks += "\xCC\x81";
  CHECK(one_line(marks, 20).size() <= 20 * 32 + 8);
}

TEST_CASE("text: wrapped breaks at blanks, cuts long words, and says where it left off") {
  using Lines = std::vector<std::string>;
  CHECK(wrapped("one two three", 7, 9) == Lines{"one two", "three"});
  CHECK(wrapped("abcdefgh", 3, 9) == Lines{"abc", "def", "gh"});
  CHECK(wrapped("a\n\nb", 10, 9) == Lines{"a", "", "b"});
  CHECK(wrapped("1 2 3 4 5", 1, 3) == Lines{"1", "2", "…"});
  CHECK(wrapped("", 10, 3).empty());
  CHECK(wrapped("a b", 0, 3) == Lines{"a b"});
  CHECK(wrapped("数学", 1, 3) == Lines{"数", "学"});
}

TEST_CASE("text: JSON keeps its meaning and loses what a terminal would act on") {
  CHECK(escape_hidden("{\"a\":\"\xC2\x9B\xE2\x80\xAE é 😀\x7f\"}") == "{\"a\":\"\\u009b\\u202e é 😀\\u007f\"}");
}
