#include <viltree/core/text.hpp>

#include <array>

#include <doctest/doctest.h>

using namespace viltree::core;

TEST_CASE("text: overlong forms, surrogates and cut sequences are not UTF-8") {
  CHECK(is_utf8("plain, 12 \xC3\xBC \xE2\x82\xAC \xF0\x9F\x98\x80"));
  CHECK_FALSE(is_utf8("\xC0\xAF"));
  CHECK_FALSE(is_utf8("\xED\xA0\x80"));
  CHECK_FALSE(is_utf8("\xE2\x82"));
  CHECK_FALSE(is_utf8("\xF5\x80\x80\x80"));
}

TEST_CASE("text: repair replaces each bad byte and keeps the rest") {
  CHECK(repair_utf8("a\xFF"
                    "b") ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(repair_utf8("\xC3\xBC") == "\xC3\xBC");
}

TEST_CASE("text: escape sequences and bidirectional overrides do not reach a terminal") {
  CHECK(printable("\x1B[31mred") == "\\x1B[31mred");
  CHECK(printable("a\xE2\x80\xAE"
                  "b\n\tc") == "a\\u{202E}b\n\tc");
}

TEST_CASE("text: base64 there and back, and what is no base64 is refused") {
  for (const std::string bytes : {"", "a", "ab", "abc", "abcd"}) {
    std::string back;
    CHECK(base64_decode(base64_encode(bytes), back));
    CHECK(back == bytes);
  }
  std::string out;
  CHECK_FALSE(base64_decode("abc", out));
  CHECK_FALSE(base64_decode("a*c=", out));
}

TEST_CASE("text: the nearest name is offered only when it is near") {
  const std::array<std::string_view, 3> names = {"temperature", "top_p", "max_tokens"};
  CHECK(nearest("temprature", names) == "temperature");
  CHECK(nearest("max_token", names) == "max_tokens");
  CHECK(nearest("zzz", names).empty());
}

TEST_CASE("text: thousands and trimming") {
  CHECK(with_thousands(0) == "0");
  CHECK(with_thousands(1234567) == "1,234,567");
  CHECK(trim(" \n a b \t") == "a b");
  CHECK(trim("  ").empty());
}

TEST_CASE("text: lower case is for A to Z alone") {
  CHECK(viltree::core::ascii_lower("Stop_@[`{Z\xC3\x84") == "stop_@[`{z\xC3\x84");
  CHECK(viltree::core::ascii_lower("").empty());
}
