#include "graph_view.hpp"
#include "support.hpp"

#include <viltree/search/dot.hpp>

#include <sstream>

#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/graph_concepts.hpp>
#include <doctest/doctest.h>

using namespace viltree::search;
using namespace viltree::search::test;
using viltree::domain::kRoot;
using viltree::domain::Verdict;

BOOST_CONCEPT_ASSERT((boost::BidirectionalGraphConcept<GraphView>));
BOOST_CONCEPT_ASSERT((boost::VertexListGraphConcept<GraphView>));
BOOST_CONCEPT_ASSERT((boost::EdgeListGraphConcept<GraphView>));

namespace {

RolloutId grow(Tree& tree, NodeId origin, const std::string& word) {
  const auto rollout = rollout_of(word);
  return tree.add_rollout(origin, LetterSplitter::letters(word), rollout, {1}, "words");
}

}  // namespace

TEST_CASE("tree: a shared beginning is stored once") {
  Tree tree;
  grow(tree, kRoot, "abR");
  grow(tree, kRoot, "abW");
  CHECK(tree.size() == 5);  // root, a, b, R, W
  CHECK(tree.node({2}).visits == 2);
  CHECK(tree.prefix({2}) == "ab");
  tree.check_invariants();
}

TEST_CASE("tree: evidence is counted where a rollout started, and at a finished solution's end") {
  Tree tree;
  const NodeId end = tree.rollout(grow(tree, kRoot, "aR")).end;
  CHECK(tree.node(kRoot).evidence.of(Verdict::kRight) == 1);
  CHECK_FALSE(tree.value({1}));
  CHECK(tree.value(end) == 1.0);
  CHECK(tree.node(end).terminal);
}

TEST_CASE("tree: a step that was cut off is not whole until another rollout writes it to its end") {
  Tree tree;
  grow(tree, kRoot, "ab");  // cut off by the length limit
  CHECK(tree.node({1}).whole);
  CHECK_FALSE(tree.node({2}).whole);
  CHECK_FALSE(tree.node({2}).terminal);
  grow(tree, kRoot, "abR");
  CHECK(tree.node({2}).whole);
}

TEST_CASE("tree: a rollout of nothing ends where it started and is counted once") {
  Tree tree;
  grow(tree, kRoot, "aR");
  auto empty = rollout_of("R");
  empty.completion.text.clear();
  tree.add_rollout({1}, {}, empty, {2}, "words");
  CHECK(tree.node({1}).evidence.total() == 1);
  CHECK(tree.node({1}).terminal);
  tree.check_invariants();
}

TEST_CASE("tree: the first errors are the zeros right below a value above zero") {
  Tree tree;
  grow(tree, kRoot, "abcW");
  grow(tree, kRoot, "R");
  grow(tree, {1}, "R");  // a: 1/1
  grow(tree, {3}, "W");  // abc: 0/1, and b between them is not measured
  const auto errors = first_errors(tree);
  REQUIRE(errors.size() == 1);
  CHECK(tree.prefix(errors.front()) == "abc");
}

TEST_CASE("graph view: breadth-first search meets every node once, parents first") {
  Tree tree;
  for (const char* word : {"abcR", "abW", "bR", "bcccW"}) grow(tree, kRoot, word);
  std::vector<std::uint32_t> depth(tree.size(), 0);
  const auto depths =
      boost::make_iterator_property_map(depth.begin(), boost::typed_identity_property_map<std::uint32_t>());
  boost::breadth_first_search(
      GraphView(tree), 0U,
      boost::visitor(boost::make_bfs_visitor(boost::record_distances(depths, boost::on_tree_edge()))));
  for (std::uint32_t i = 0; i < tree.size(); ++i) CHECK(depth[i] == tree.node({i}).depth);
}

TEST_CASE("dot: hostile text stays inside its quotes, and hidden nodes are left out with their edges") {
  Tree tree;
  grow(tree, kRoot, "aR");
  grow(tree, kRoot, "W");
  std::ostringstream out;
  write_dot(out, tree,
            {.label = [](NodeId) { return std::string("\"]; evil [label=\"\\x&lt;\n"); },
             .colour = [](NodeId) { return std::string("#ffffff"); },
             .shown = [](NodeId id) { return id.value < 3; }});
  const std::string dot = out.str();
  CHECK(dot.find("label=\"\\\"]; evil [label=\\\"\\\\x&amp;lt;\\l\"") != std::string::npos);
  CHECK(dot.find("1->2") != std::string::npos);
  CHECK(dot.find("0->3") == std::string::npos);
}
