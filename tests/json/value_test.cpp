#include <viltree/core/limits.hpp>
#include <viltree/json/value.hpp>

#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace viltree::json {
namespace {

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST_CASE("json: what is no JSON, no UTF-8 or too deep has no value, and is told why") {
  const std::size_t limit = core::limits::kJsonDepth;
  const struct {
    std::string text;
    const char* why;
  } cases[] = {
      {"", "invalid JSON at byte 1: syntax error"},
      {"{\"a\":", "invalid JSON at byte 6: syntax error"},
      {"[1,]", "invalid JSON at byte 4: syntax error"},
      {"{} {}", "invalid JSON at byte 4: syntax error"},
      {"NaN", "invalid JSON at byte 1: syntax error"},
      {"\"\xFF\"", "invalid UTF-8"},
      {"1e999", "invalid JSON: "},
      {nested(limit + 1), "JSON nested deeper than 64 levels"},
      {std::string(1'000'000, '{'), "JSON nested deeper than 64 levels"},
  };
  for (const auto& [text, why] : cases) {
    CAPTURE(text.substr(0, 20));
    CHECK_FALSE(parse(text).has_value());
    CHECK_FALSE(parse_ordered(text).has_value());
    CHECK_MESSAGE(defect_of(text).starts_with(why), defect_of(text));
  }
  CHECK(parse(nested(limit)).has_value());
}

TEST_CASE("json: a long defect is cut, and stays UTF-8") {
  std::string text = "{\"a\":\"";
  for (int i = 0; i < 1000; ++i) text += "é";
  CHECK(defect_of(text).size() < 300);
  CHECK(parse(nlohmann::json(defect_of(text)).dump()).has_value());
}

TEST_CASE("json: an ordered value keeps the order of its members") {
  const auto value = parse_ordered(R"({"z":1,"a":2})");
  REQUIRE(value.has_value());
  CHECK(value->dump() == R"({"z":1,"a":2})");
}

TEST_CASE("json: members are found by name, and null is told from what is not there") {
  const auto value = parse(R"({"a":null,"b":"text","c":3,"d":-3,"e":3.5,"f":18446744073709551615})");
  REQUIRE(value.has_value());
  REQUIRE(find(*value, "a") != nullptr);
  CHECK(find(*value, "a")->is_null());
  CHECK(find_not_null(*value, "a") == nullptr);
  CHECK(find_not_null(*value, "b") != nullptr);
  CHECK(find(*value, "x") == nullptr);
  CHECK(find(Value::array(), "a") == nullptr);
  CHECK(find(Value("a"), "a") == nullptr);
  CHECK(find_string(*value, "b") == "text");
  CHECK_FALSE(find_string(*value, "c").has_value());
  CHECK(find_count(*value, "c") == 3);
  CHECK(find_count(*value, "f") == 18446744073709551615U);
  for (const char* name : {"a", "b", "d", "e", "x"}) CHECK_FALSE(find_count(*value, name).has_value());
}

TEST_CASE("json: a number is a text as it is written") {
  CHECK(text_of(Value("3.0")) == "3.0");
  CHECK(text_of(Value(3)) == "3");
  CHECK(text_of(Value(0.5)) == "0.5");
  for (const Value& other : {Value(nullptr), Value(true), Value::array(), Value::object()})
    CHECK_FALSE(text_of(other).has_value());
}

}  // namespace
}  // namespace viltree::json
