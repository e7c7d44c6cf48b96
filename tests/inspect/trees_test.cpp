#include "archive/fixture.hpp"

#include <viltree/inspect/trees.hpp>
#include <viltree/search/stored_tree.hpp>

#include <sstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace viltree;
using namespace viltree::inspect;
using archive::test::RunFixture;

namespace {

std::string listing(const RunFixture& fixture, ListFormat format) {
  std::ostringstream out;
  const core::Status listed = list_trees(fixture.run(), format, out);
  CHECK(listed.has_value());
  return out.str();
}

}  // namespace

TEST_CASE("list: a line for every tree in the order of problems, aligned, with totals") {
  RunFixture fixture;
  fixture.add_unit({fixture.tree(0, "first"), fixture.tree(1, "second")});
  fixture.add_unit({fixture.tree(3, "late\x1b[31m")});
  CHECK(
      listing(fixture, ListFormat::kText) ==
      "   index    nodes  depth  rollouts    right    wrong    other  value  labelled  stopped  problem\n"
      "      #0       11      3         8        3        4        1   0.33         4           first\n"
      "      #1       11      3         8        3        4        1   0.33         4           second\n"
      "      #3       11      3         8        3        4        1   0.33         4           "
      "late\\x1B[31m\n"
      "3 trees: 33 nodes, 24 rollouts (right 9, wrong 12, truncated 3), 12 labelled nodes; 0 stopped by the "
      "budget\n");
}

TEST_CASE("list: JSON lines hold the same numbers") {
  RunFixture fixture;
  search::StoredTree stopped = fixture.tree(1, "second");
  stopped.stopped_by_budget = true;
  fixture.add_unit({fixture.tree(0, "first"), stopped});
  std::istringstream lines(listing(fixture, ListFormat::kJson));
  std::string line;
  std::getline(lines, line);
  std::getline(lines, line);
  const auto json = nlohmann::json::parse(line);
  CHECK(json["problem_id"] == "second");
  CHECK(json["index"] == 1);
  CHECK(json["verdicts"]["wrong"] == 4);
  CHECK(json["stopped_by_budget"] == true);
  CHECK_FALSE(std::getline(lines, line));
}

TEST_CASE("list: damage is an error that names the file, and what stands before it has been told") {
  RunFixture fixture;
  fixture.add_unit({fixture.tree(0, "first")});
  fixture.add_unit({fixture.tree(2, "second")});
  fixture.damage("trees/unit-000001.jsonl.zst");
  std::ostringstream out;
  const core::Status listed = list_trees(fixture.run(), ListFormat::kText, out);
  REQUIRE_FALSE(listed.has_value());
  CHECK(listed.error().kind == core::ErrorKind::kCorruption);
  CHECK(listed.error().message.find("unit-000001") != std::string::npos);
  CHECK(out.str().find("first") != std::string::npos);
}

TEST_CASE("list, find: a folder without a manifest is no run") {
  RunFixture fixture;
  std::ostringstream out;
  const core::Status listed = list_trees(fixture.run(), ListFormat::kText, out);
  REQUIRE_FALSE(listed.has_value());
  CHECK(listed.error().kind == core::ErrorKind::kInvalidInput);
  CHECK_FALSE(find_tree(fixture.run(), "x").has_value());
}

TEST_CASE("find: by id and by index, in any unit") {
  RunFixture fixture;
  fixture.add_unit({fixture.tree(0, "geo-1"), fixture.tree(1, "geo-2")});
  fixture.add_unit({fixture.tree(2, "geo-3"), fixture.tree(3, "\xFFodd\"")});
  for (const std::string id : {"geo-1", "geo-3", "\xFFodd\""}) {
    const auto found = find_tree(fixture.run(), id);
    REQUIRE(found.has_value());
    REQUIRE(found->tree.has_value());
    CHECK(found->tree->problem.id == id);
    CHECK(found->tree->tree.size() == 11);
  }
  const auto by_index = find_tree(fixture.run(), "#2");
  REQUIRE((by_index && by_index->tree));
  CHECK(by_index->tree->problem.id == "geo-3");
}

TEST_CASE("find: an id that begins with # is found where no problem has that index") {
  RunFixture fixture;
  fixture.add_unit({fixture.tree(0, "#7"), fixture.tree(1, "#")});
  for (const std::string id : {"#7", "#"}) {
    const auto found = find_tree(fixture.run(), id);
    REQUIRE((found && found->tree));
    CHECK(found->tree->problem.id == id);
  }
}

TEST_CASE("find: where there is no such tree the nearest id is named") {
  RunFixture fixture;
  fixture.add_unit({fixture.tree(0, "triangle-17"), fixture.tree(1, "circle-4")});
  const auto found = find_tree(fixture.run(), "triangle-71");
  REQUIRE(found.has_value());
  CHECK_FALSE(found->tree.has_value());
  CHECK(found->nearest == "triangle-17");
  const auto far = find_tree(fixture.run(), "something else altogether");
  REQUIRE(far.has_value());
  CHECK(far->nearest.empty());
  CHECK(find_tree(fixture.run(), "#9")->nearest.empty());
}
