#include <viltree/search/prefill.hpp>
#include <viltree/search/tree.hpp>

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::search;

namespace {

/// A tree whose nodes have these parents and texts of so many bytes; the root is node 0.
Tree tree_of(const std::vector<std::pair<std::uint32_t, std::size_t>>& nodes) {
  Tree tree;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    // Siblings differ in their first byte.
    std::string text(nodes[i].second, static_cast<char>('a' + i));
    (void)tree.restore_node({nodes[i].first}, text, true, false);
  }
  return tree;
}

AskedPrompt prompt(std::uint32_t node, std::uint64_t tokens,
                   std::optional<std::uint64_t> cached = std::nullopt, std::uint32_t requests = 1) {
  return {{node}, tokens, cached, requests};
}

}  // namespace

TEST_CASE("prefill: the bound is the sum of the edges between what was asked") {
  //  0 ─ 1 (10 bytes) ┬ 2 (20) ─ 3 (10)
  //                   └ 4 (10)
  const Tree tree = tree_of({{0, 10}, {1, 20}, {2, 10}, {1, 10}});
  struct Case {
    std::vector<AskedPrompt> asked;
    std::uint64_t bound;
  };
  const std::vector<Case> cases = {
      {{}, 0},
      {{prompt(0, 50)}, 50},
      {{prompt(0, 50), prompt(0, 50)}, 50},                 // asked twice, computed once
      {{prompt(0, 200, std::nullopt, 4)}, 50},              // four requests of one completion each
      {{prompt(0, 50), prompt(1, 60), prompt(2, 80)}, 80},  // one path
      {{prompt(0, 50), prompt(3, 90)}, 90},                 // an ancestor further up
      {{prompt(0, 50), prompt(1, 60), prompt(2, 80), prompt(4, 70)}, 90},
      {{prompt(0, 50), prompt(2, 80), prompt(4, 70)}, 90},  // node 1 is a fork: 60 of 50 … 70 by bytes
      {{prompt(0, 50), prompt(1, 45)}, 50},                 // counts that shrink cost nothing
      {{prompt(3, 90)}, 90},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    CAPTURE(i);
    CHECK(prefill_bound(tree, cases[i].asked) == cases[i].bound);
  }
  CHECK_FALSE(prefill_bound(tree, std::vector<AskedPrompt>{{{0}, std::nullopt, 3, 1}}).has_value());
}

TEST_CASE("prefill: what was computed is known only where every answer says what was cached") {
  CHECK(prefill_computed(std::vector{prompt(0, 50, 0), prompt(1, 60, 48), prompt(2, 20, 30)}) == 62);
  CHECK_FALSE(prefill_computed(std::vector{prompt(0, 50, 0), prompt(1, 60)}).has_value());
}
