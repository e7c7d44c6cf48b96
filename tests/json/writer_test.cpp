#include <viltree/core/random.hpp>
#include <viltree/json/writer.hpp>

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using viltree::json::Writer;

namespace {

template <class Write>
std::string written(const Write& write) {
  std::string out;
  Writer json(out);
  write(json);
  return out;
}

template <class Float>
std::string decimal(Float value) {
  return written([&](Writer& json) { json.decimal(value); });
}

}  // namespace

TEST_CASE("json writer: commas stand between values and nowhere else") {
  const std::string out = written([](Writer& json) {
    json.begin_object().key("a").begin_array().integer(1).integer(2).begin_array().end_array().end_array();
    json.key("b").begin_object().end_object().key("c").null().key("d").boolean(true).end_object();
  });
  CHECK(out == R"({"a":[1,2,[]],"b":{},"c":null,"d":true})");
}

TEST_CASE("json writer: quotes, backslashes and control characters are escaped, all else is as it was") {
  const std::string text("a\"b\\c\n\r\t\x01\x1F/é\x7F", 14);
  const std::string out = written([&](Writer& json) { json.text(text + std::string(1, '\0')); });
  CHECK(out == "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u001f/é\x7F\\u0000\"");
}

TEST_CASE("json writer: an escape is found wherever it stands") {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text = "abcdefghijklmnopqrst";
      text[at] = static_cast<char>(byte);
      const bool escaped = byte < 0x20 || byte == '"' || byte == '\\';
      const std::string out = written([&](Writer& json) { json.begin_object().exact_member("k", text); });
      if (byte >= 0x80) {
        CHECK(out.starts_with("{\"k_base64\":"));
      } else {
        CHECK((out == "{\"k\":\"" + text + "\"") == !escaped);
        CHECK(out.ends_with(text.substr(at + 1) + "\""));
        CHECK((out.find('\\') == 6 + at) == escaped);
      }
    }
  }
}

TEST_CASE("json writer: bytes that are not UTF-8 are repaired in text, and kept in exact members") {
  CHECK(written([](Writer& json) { json.text("a\xFFz"); }) == "\"a\xEF\xBF\xBDz\"");
  CHECK(written([](Writer& json) { json.begin_object().exact_member("x", "a\xFFz").end_object(); }) ==
        R"({"x_base64":"Yf96"})");
  const std::vector<std::string> mixed = {"a", "\xFF"};
  CHECK(written([&](Writer& json) { json.begin_object().exact_list("x", mixed).end_object(); }) ==
        R"({"x_base64":["YQ==","/w=="]})");
}

TEST_CASE("json writer: decimals have a point, are as short as can be, and are null where not finite") {
  CHECK(decimal(1.0) == "1.0");
  CHECK(decimal(0.0) == "0.0");
  CHECK(decimal(-0.0) == "-0.0");
  CHECK(decimal(0.375) == "0.375");
  CHECK(decimal(0.1F) == "0.1");
  CHECK(decimal(1e-7) == "1.0e-07");
  CHECK(decimal(1e300) == "1.0e+300");
  CHECK(decimal(2.0 / 3.0) == "0.6666666666666666");
  CHECK(decimal(std::numeric_limits<double>::quiet_NaN()) == "null");
  CHECK(decimal(-std::numeric_limits<float>::infinity()) == "null");
}

TEST_CASE("json writer: every number reads back as itself") {
  const std::uint64_t seed = 20240607;
  CAPTURE(seed);
  viltree::core::Random random(seed);
  for (int i = 0; i < 20000; ++i) {
    double value = 0;
    const std::uint64_t bits = random.next();
    std::memcpy(&value, &bits, sizeof(value));
    if (!std::isfinite(value)) continue;
    const std::string text = decimal(value);
    double read = 0;
    std::from_chars(text.data(), text.data() + text.size(), read);
    REQUIRE_MESSAGE(std::memcmp(&read, &value, sizeof(value)) == 0, text);
  }
}
