#include <viltree/codec/tree_key.hpp>

#include <doctest/doctest.h>

using viltree::codec::tree_key;

TEST_CASE("tree key: read from the problem alone, not from members of the same name elsewhere") {
  const auto key =
      tree_key(R"({"id":"no","index":1,"problem":{"images":[{"id":"no"}],"index":5,"id":"yes"},"x":)");
  REQUIRE(key.has_value());
  CHECK(key->index == 5);
  CHECK(key->id == "yes");
  CHECK_FALSE(tree_key("{}").has_value());
  CHECK_FALSE(tree_key("[[[").has_value());
}
