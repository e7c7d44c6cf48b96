#include "archive/fixture.hpp"

#include <viltree/core/display.hpp>
#include <viltree/core/text.hpp>
#include <viltree/inspect/kernel.hpp>
#include <viltree/inspect/render.hpp>
#include <viltree/search/stored_tree.hpp>

#include <algorithm>
#include <sstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace viltree;
using namespace viltree::inspect;
using archive::test::grow;
using archive::test::hostile;
using archive::test::triangle;
using domain::Verdict;

namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The lines of the drawing, below its heads.
std::vector<std::string> drawn_lines(const std::string& text) {
  std::istringstream in(text.substr(text.find("\n\n") + 2));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  lines.erase(lines.begin());
  return lines;
}

search::StoredTree empty_tree() {
  search::StoredTree stored;
  stored.problem.id = "p";
  return stored;
}

/// What a terminal would act on.
bool is_harmless(const std::string& text) {
  return core::is_utf8(text) && core::printable(text) == text;
}

}  // namespace

TEST_CASE("text: a tree reads like its solutions, with numbers on the left and the break marked") {
  const std::string expected = R"(problem   geo-7  (#3)
question  A triangle has base 3 and height 4.
          What is its area?
answer    6
strategy  omegaprm, seed 7
policy    model
rollouts  8: right 3, wrong 4, truncated 1
tokens    160 generated, 1,200 of prompts (800 of them cached)
tree      11 nodes, depth 3, 4 labelled, 1 first error

node  value  counts  visits     counts: right/wrong/other; ■ labelled; ✗ breaks the solution, › leads there
   0   0.33   1/2/1       8   › (the question)
                                   … 3 steps: wrong (5)
   1   0.50     1/1       7  ■› The base is 3.
                                   … 3 steps, 2 rollouts: wrong 1 (7), truncated 1
   2   0.50     1/1       5  ■› Half of 3·4 is taken.
   3   1.00     3/0       3  ■  ├─ So the area is 6.  ⇒ 6, right
   4   0.00     0/2       2  ■✗ └─ So the area is 12.  ⇒ 12, wrong
)";
  CHECK(render_text(triangle(3, "geo-7"), {}) == expected);
}

TEST_CASE("text: with `all` every node has its line, and an unmeasured value is a dash") {
  TextOptions options;
  options.all = true;
  const auto lines = drawn_lines(render_text(triangle(3, "geo-7"), options));
  REQUIRE(lines.size() == 11);
  CHECK(lines[5] == "   8      –               1     │  ├─ The height");
  CHECK(lines[7] == "  10   0.00     0/1       1     │     7.  ⇒ 7, wrong");
}

TEST_CASE("text: rollouts are listed below the node where they started") {
  TextOptions options;
  options.rollouts = true;
  const auto lines = drawn_lines(render_text(triangle(3, "geo-7"), options));
  CHECK(core::trim(lines[1]) == "· right      6             to 3, stop, 30 tokens");
  CHECK(core::trim(lines[4]) == "· truncated  –             to 8, length, 20 tokens");
}

TEST_CASE("text: steps that nobody measured on the way to one that was are one line") {
  search::StoredTree stored = empty_tree();
  grow(stored.tree, 0, {"a", "b", "c", "d", "e"}, {Verdict::kRight, "1"}, 1);
  grow(stored.tree, 0, {"a", "b", "x", "y"}, {Verdict::kWrong, "2"}, 1);
  grow(stored.tree, 4, {"z"}, {Verdict::kWrong, "3"}, 2);
  const auto lines = drawn_lines(render_text(stored, {}));
  REQUIRE(lines.size() == 4);
  CHECK(core::trim(lines[1]) == "3   › … 3 steps, beside them 2 steps: wrong (2)");
  CHECK(contains(lines[2], "   4   0.00     0/1       2   ✗ d"));
  CHECK(core::trim(lines[3]) == "… 2 steps, 2 rollouts: right 1 (1), wrong 1 (3)");
}

TEST_CASE("text: a single step that nobody measured is shown, for it takes no more room") {
  search::StoredTree stored = empty_tree();
  grow(stored.tree, 0, {"only step", "end"}, {Verdict::kRight, "1"}, 1);
  stored.tree.label({2});
  const auto lines = drawn_lines(render_text(stored, {}));
  REQUIRE(lines.size() == 3);
  CHECK(contains(lines[1], "only step"));
}

TEST_CASE(
    "text: of too many notable nodes those that break and those most visited are shown, the rest counted") {
  search::StoredTree stored = empty_tree();
  for (std::uint32_t i = 0; i < 3000; ++i) {
    const std::string step = "step " + std::to_string(i);
    const Verdict verdict = i % 1000 == 7 ? Verdict::kWrong : Verdict::kRight;
    grow(stored.tree, 0, {step, "end"}, {verdict, "1"}, 1);
    stored.tree.label({2 * i + 1});
    stored.tree.label({2 * i + 2});
  }
  TextOptions options;
  options.max_nodes = 50;
  const std::string text = render_text(stored, options);
  CHECK(drawn_lines(text).size() < 80);
  CHECK(contains(text, "✗ "));
  CHECK(contains(text, "step 7\n"));
  CHECK(contains(text, "step 1007\n"));
  CHECK(contains(text, "step 2007\n"));
  CHECK(contains(text, " rollouts: right 2,"));
}

TEST_CASE("text: no line of the drawing is wider than asked for, whatever the steps") {
  search::StoredTree stored = hostile();
  grow(stored.tree, 0, {std::string(5000, 'x'), std::string(5000, 'y')},
       {Verdict::kWrong, std::string(500, '9')}, 2);
  TextOptions options;
  options.all = true;
  options.rollouts = true;
  for (const std::size_t width : {100U, 132U}) {
    options.width = width;
    const auto lines = drawn_lines(render_text(stored, options));
    const bool fit = std::all_of(lines.begin(), lines.end(),
                                 [&](const std::string& line) { return core::columns(line) <= width; });
    CHECK(fit);
  }
}

TEST_CASE("text: a tree tens of thousands of steps deep is drawn without trouble") {
  search::StoredTree stored = empty_tree();
  const std::vector<std::string_view> steps(4000, "step");
  std::uint32_t end = 0;
  for (std::uint32_t ticket = 1; ticket <= 12; ++ticket) {
    grow(stored.tree, end, steps, {Verdict::kRight, "1"}, ticket);
    grow(stored.tree, end, {"other", std::to_string(ticket)}, {Verdict::kWrong, "2"}, ticket);
    end = static_cast<std::uint32_t>(stored.tree.size()) - 3;
  }
  TextOptions options;
  options.all = true;
  const std::string text = render_text(stored, options);
  CHECK(drawn_lines(text).size() == stored.tree.size());
  CHECK(drawn_lines(render_text(stored, {})).size() < 60);
}

TEST_CASE("text: colours are escape sequences only where asked for") {
  const search::StoredTree stored = triangle(3, "geo-7");
  TextOptions options;
  CHECK(is_harmless(render_text(stored, options)));
  options.colour = true;
  CHECK(contains(render_text(stored, options), "\x1b[1;31m✗\x1b[0m"));
}

TEST_CASE("text, JSON and DOT: hostile text comes out harmless") {
  const search::StoredTree stored = hostile();
  TextOptions options;
  options.all = true;
  options.rollouts = true;
  CHECK(is_harmless(render_text(stored, options)));
  CHECK(is_harmless(render_json(stored)));
  CHECK(is_harmless(render_dot(stored, true)));
}

TEST_CASE("json: what a judge said, with what the rules say of the same answer") {
  search::StoredTree stored = triangle(3, "geo-7");
  CHECK(nlohmann::json::parse(render_json(stored))["rulings"].empty());
  stored.rulings.push_back({.answer = "the former",
                            .verdict = domain::Verdict::kRight,
                            .reply = "yes",
                            .bill = {.usage = {}, .model = "j"}});
  stored.rulings.push_back(
      {.answer = "2", .rules = domain::Verdict::kWrong, .reply = "?", .bill = {.usage = {}, .model = "j"}});
  const auto rulings = nlohmann::json::parse(render_json(stored))["rulings"];
  REQUIRE(rulings.size() == 2);
  CHECK(rulings[0] == nlohmann::json{{"answer", "the former"},
                                     {"verdict", "right"},
                                     {"rules", nullptr},
                                     {"reply", "yes"},
                                     {"judge", "j"}});
  CHECK(rulings[1]["rules"] == "wrong");
  CHECK(rulings[1]["verdict"] == "failed");
}

TEST_CASE("json: all nodes and rollouts with their numbers, unknown is null, and text keeps its meaning") {
  const auto json = nlohmann::json::parse(render_json(triangle(3, "geo-7")));
  CHECK(json["problem"]["id"] == "geo-7");
  CHECK(json["problem"]["index"] == 3);
  CHECK(json["spent"]["completion_tokens"] == 160);
  REQUIRE(json["nodes"].size() == 11);
  const auto& root = json["nodes"][0];
  CHECK(root["parent"].is_null());
  CHECK(root["counts"]["truncated"] == 1);
  const auto& broken = json["nodes"][4];
  CHECK(broken["first_error"] == true);
  CHECK(broken["labelled"] == true);
  CHECK(broken["terminal"] == true);
  CHECK(broken["value"] == 0.0);
  CHECK(broken["parent"] == 2);
  CHECK(json["nodes"][5]["value"].is_null());
  CHECK(json["nodes"][2]["step"] == "Half of 3·4 is taken.\n\n");
  REQUIRE(json["rollouts"].size() == 8);
  CHECK(json["rollouts"][3]["answer"].is_null());
  CHECK(json["rollouts"][3]["finish"] == "length");
  CHECK(json["rollouts"][5]["origin"] == 1);

  const auto evil = nlohmann::json::parse(render_json(hostile()));
  CHECK(evil["nodes"][1]["step"] == "\x1b[2J\"]; </script> \xE2\x80\xAE &#27; \\ \xEF\xBF\xBD\nend");
}

TEST_CASE("dot: a label stays in its quotes, entities are text, and colours tell the value") {
  const std::string dot = render_dot(hostile(), true);
  CHECK(contains(dot, R"(\\x1B[2J\"]; </script> \\u{202E} &amp;#27;)"));
  CHECK(contains(dot, "fillcolor=\"#a5d9a5\""));
  CHECK(contains(dot, "fillcolor=\"#f4a59e\""));
  CHECK(contains(dot, "fillcolor=\"#e3e3e3\""));
}

TEST_CASE("dot: without `all` only what was measured or labelled is drawn, and the rest is told in numbers") {
  const std::string dot = render_dot(triangle(3, "geo-7"), false);
  CHECK(contains(dot, "2->4"));
  CHECK(contains(dot, "✗"));
  CHECK_FALSE(contains(dot, "0->5"));
  CHECK(contains(dot, "… 3 steps: wrong (5)"));
  CHECK(contains(render_dot(triangle(3, "geo-7"), true), "0->5"));
}

TEST_CASE("render: a kernel with its origin, its prior in tenths and its shares by distance") {
  search::FittedKernel fitted;
  const std::string built_in = render_kernel(fitted, "because");
  CHECK(built_in.find("kernel   built-in: because\n") == 0);
  CHECK(built_in.find("0.9 to 1.0") != std::string::npos);
  CHECK(built_in.find("up to 2.5") != std::string::npos);
  fitted.trees = 1234;
  fitted.rounds = 9;
  fitted.log_likelihood_before = -7.5;
  fitted.log_likelihood_after = -6.25;
  const std::string text = render_kernel(fitted, "because");
  CHECK(text.find("because") == std::string::npos);
  CHECK(text.find("kernel   fitted on 1,234 trees in 9 rounds\n") == 0);
  CHECK(text.find("-7.500 with the built-in kernel, -6.250 with this one") != std::string::npos);
}
