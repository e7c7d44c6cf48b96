#include "folder.hpp"

#include <viltree/domain/problem.hpp>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::dataset;

TEST_CASE("demo: as many problems as asked for, with pictures, the same for the same seed") {
  const auto a = open_source({.kind = "demo", .limit = 5, .seed = 3});
  const auto b = open_source({.kind = "demo", .limit = 5, .seed = 3});
  REQUIRE(a);
  REQUIRE(b);
  CHECK((*a)->count() == 5);
  const auto first = read_all(**a);
  const auto second = read_all(**b);
  REQUIRE(first.size() == 5);
  for (std::size_t i = 0; i < first.size(); ++i) {
    const auto& problem = std::get<domain::Problem>(first[i].content);
    CHECK(first[i].index.value == i);
    CHECK(problem.index.value == i);
    REQUIRE(problem.images.size() == 1);
    CHECK(problem.images[0].bytes != nullptr);
    CHECK(domain::fingerprint(problem) == domain::fingerprint(std::get<domain::Problem>(second[i].content)));
  }
}

TEST_CASE("demo: offset and skipping name the same problems") {
  const auto whole = open_source({.kind = "demo", .limit = 6});
  const auto later = open_source({.kind = "demo", .offset = 2, .limit = 2});
  const auto skipped = open_source({.kind = "demo", .limit = 6});
  REQUIRE(whole);
  REQUIRE(later);
  REQUIRE(skipped);
  const auto ids = outline(read_all(**whole));
  CHECK(outline(read_all(**later)) == std::vector<std::string>{ids[2], ids[3]});
  REQUIRE((*skipped)->skip_to({4}));
  CHECK(outline(read_all(**skipped)) == std::vector<std::string>{ids[4], ids[5]});
  REQUIRE((*skipped)->skip_to({99}));
  CHECK(read_all(**skipped).empty());
}

TEST_CASE("source: an unknown kind is refused, and demo has 256 problems by itself") {
  const auto unknown = open_source({.kind = "parquet"});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message.find("use jsonl or demo") != std::string::npos);
  const auto demo = open_source({});
  REQUIRE(demo);
  CHECK((*demo)->count() == 256);
}
