#include <viltree/core/json_depth.hpp>

#include <string>

#include <doctest/doctest.h>

using viltree::core::json_depth_within;
using viltree::core::limits::kJsonDepth;

TEST_CASE("json depth: brackets count until they are closed") {
  CHECK(json_depth_within("", 0));
  CHECK(json_depth_within("7", 0));
  CHECK_FALSE(json_depth_within("[", 0));
  CHECK(json_depth_within("[[]][[]]", 2));
  CHECK(json_depth_within(R"([{"a":[]},{"b":{}}])", 3));
  CHECK_FALSE(json_depth_within(R"([{"a":[]},{"b":{}}])", 2));
  CHECK_FALSE(json_depth_within("[[[", 2));
  CHECK_FALSE(json_depth_within("{[{", 2));
}

TEST_CASE("json depth: brackets in strings do not count, whatever is escaped before them") {
  CHECK(json_depth_within(R"(["[[[[\"[[[["])", 1));
  CHECK(json_depth_within(R"(["\\"])", 1));
  CHECK_FALSE(json_depth_within(R"(["\\",[["[["]]])", 2));
  CHECK(json_depth_within(R"("a string without an end [[[[)", 0));
  CHECK(json_depth_within("\"\\", 0));
}

TEST_CASE("json depth: what closes without having opened gives no credit") {
  CHECK_FALSE(json_depth_within("]]]]" + std::string(kJsonDepth + 1, '[')));
  CHECK(json_depth_within("]]]]" + std::string(kJsonDepth, '[')));
  CHECK_FALSE(json_depth_within(std::string(1'000'000, '{')));
}
