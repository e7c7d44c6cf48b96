#include "random_tree.hpp"

#include <viltree/codec/codec.hpp>
#include <viltree/core/text.hpp>
#include <viltree/search/stored_tree.hpp>

#include <cmath>

#include <doctest/doctest.h>

using namespace viltree;
using codec::decode_tree;
using codec::encode_tree;
using domain::NodeId;
using search::StoredTree;

namespace {

void check_same(const search::Node& a, const search::Node& b) {
  CHECK(a.parent == b.parent);
  CHECK(a.depth == b.depth);
  CHECK(a.whole == b.whole);
  CHECK(a.terminal == b.terminal);
  CHECK(a.labelled == b.labelled);
  CHECK(a.first_child == b.first_child);
  CHECK(a.last_child == b.last_child);
  CHECK(a.next_sibling == b.next_sibling);
  CHECK(a.visits == b.visits);
  CHECK(a.evidence == b.evidence);
}

void check_same(const search::RolloutRecord& a, const search::RolloutRecord& b) {
  CHECK(a.origin == b.origin);
  CHECK(a.end == b.end);
  CHECK(a.ticket == b.ticket);
  CHECK(a.tokens == b.tokens);
  CHECK((a.logprob == b.logprob || (std::isnan(a.logprob) && std::isnan(b.logprob))));
  CHECK(a.verdict == b.verdict);
  CHECK(a.finish == b.finish);
  CHECK(a.policy == b.policy);
}

void check_same(const search::Tree& a, const search::Tree& b) {
  REQUIRE(a.size() == b.size());
  for (std::uint32_t id = 0; id < a.size(); ++id) {
    check_same(a.node(NodeId{id}), b.node(NodeId{id}));
    CHECK(a.step(NodeId{id}) == b.step(NodeId{id}));
  }
  REQUIRE(a.rollout_count() == b.rollout_count());
  for (std::uint32_t id = 0; id < a.rollout_count(); ++id) {
    check_same(a.rollout({id}), b.rollout({id}));
    CHECK(a.answer(a.rollout({id})) == b.answer(b.rollout({id})));
  }
  CHECK(std::vector(a.policies().begin(), a.policies().end()) ==
        std::vector(b.policies().begin(), b.policies().end()));
  CHECK(a.spent().answers == b.spent().answers);
  CHECK(a.spent().refusals == b.spent().refusals);
  CHECK(a.spent().rollouts == b.spent().rollouts);
  CHECK(a.spent().usage == b.spent().usage);
}

void check_same(const domain::Problem& a, const domain::Problem& b) {
  CHECK(a.index == b.index);
  CHECK(domain::fingerprint(a) == domain::fingerprint(b));
  CHECK(a.source == b.source);
  CHECK(a.split == b.split);
  REQUIRE(a.images.size() == b.images.size());
  for (std::size_t i = 0; i < a.images.size(); ++i) {
    CHECK(a.images[i].path == b.images[i].path);
    CHECK(a.images[i].media_type == b.images[i].media_type);
    CHECK(a.images[i].width == b.images[i].width);
    CHECK(a.images[i].height == b.images[i].height);
  }
}

/// Question "1+1?", two rollouts from the root that part after their first step, and one refused completion.
StoredTree small_tree() {
  StoredTree stored;
  stored.problem.index.value = 4;
  stored.problem.id = "q";
  stored.problem.question = "1+1?";
  stored.problem.answer = "2";
  stored.problem.choices = {"1", "2"};
  stored.strategy = "uct";
  stored.seed = 8;
  domain::Rollout right;
  right.completion = {"A.B.", domain::FinishReason::kStop, 4, -0.5F};
  right.verdict = domain::Verdict::kRight;
  right.answer = "2";
  domain::Rollout wrong;
  wrong.completion = {"A.C.", domain::FinishReason::kLength, std::nullopt, std::nullopt};
  wrong.verdict = domain::Verdict::kTruncated;
  const std::vector<std::string_view> first = {"A.", "B."};
  const std::vector<std::string_view> second = {"A.", "C."};
  stored.tree.add_rollout(domain::kRoot, first, right, {1}, "m");
  stored.tree.add_rollout(domain::kRoot, second, wrong, {1}, "m");
  stored.tree.add_refusal({1}, 3);
  stored.tree.label({1});
  return stored;
}

constexpr std::string_view kSmallLine =
    R"({"version":1,"problem":{"index":4,"id":"q","question":"1+1?","images":[],"answer":"2",)"
    R"("answer_kind":"auto","choices":["1","2"],"source":"","split":""},"strategy":"uct","seed":8,)"
    R"("stopped_by_budget":false,"spent":{"answers":0,"refusals":0,"rollouts":0},"policies":["m"],)"
    R"("root_labelled":false,"nodes":[{"parent":0,"step":"A.","whole":true,"labelled":true},)"
    R"({"parent":1,"step":"B.","whole":true,"labelled":false,"n_right":1,"n_wrong":0,"value":1.0},)"
    R"({"parent":1,"step":"C.","whole":false,"labelled":false}],)"
    R"("rollouts":[{"origin":0,"end":2,"ticket":1,"verdict":"right","finish":"stop","tokens":4,)"
    R"("logprob":-0.5,"answer":"2","policy":0},)"
    R"({"origin":0,"end":3,"ticket":1,"verdict":"truncated","finish":"length","policy":0}],)"
    R"("refused":[[1,3]]})";

void check_corruption(std::string_view from, std::string_view to, std::string_view says) {
  std::string line(kSmallLine);
  const std::size_t at = line.find(from);
  REQUIRE(at != std::string::npos);
  const auto decoded = decode_tree(line.replace(at, from.size(), to));
  REQUIRE_FALSE_MESSAGE(decoded.has_value(), to);
  CHECK(decoded.error().kind == core::ErrorKind::kCorruption);
  CHECK_MESSAGE(decoded.error().message.find(says) != std::string::npos, decoded.error().message);
}

}  // namespace

TEST_CASE("stored tree: a line is what the format says") {
  CHECK(encode_tree(small_tree()) == kSmallLine);
}

TEST_CASE("stored tree: any tree comes back as it was, text that is not UTF-8 included") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    core::Random random(seed);
    const StoredTree stored = codec::test::random_stored_tree(random, random.between(0, 60));
    const std::string line = encode_tree(stored);
    CHECK(core::is_utf8(line));
    CHECK(line.find('\n') == std::string::npos);
    const auto decoded = decode_tree(line);
    REQUIRE_MESSAGE(decoded.has_value(), (decoded ? line : decoded.error().message));
    decoded->tree.check_invariants();
    check_same(stored.problem, decoded->problem);
    CHECK(decoded->strategy == stored.strategy);
    CHECK(decoded->seed == stored.seed);
    CHECK(decoded->stopped_by_budget == stored.stopped_by_budget);
    check_same(stored.tree, decoded->tree);
    REQUIRE(decoded->rulings.size() == stored.rulings.size());
    for (std::size_t i = 0; i < stored.rulings.size(); ++i)
      codec::test::check_same(stored.rulings[i], decoded->rulings[i]);
    CHECK(encode_tree(*decoded) == line);
  }
}

TEST_CASE(
    "stored tree: links that lead nowhere, and counts that are not those of the rollouts, are corruption") {
  check_corruption("\"parent\":1,\"step\":\"B.\"", "\"parent\":2,\"step\":\"B.\"", "\"nodes[1].parent\"");
  check_corruption("\"step\":\"C.\"", "\"step\":\"\"", "\"nodes[2].step\" is empty");
  check_corruption("\"end\":2", "\"end\":4", "\"rollouts[0].end\"");
  check_corruption("\"origin\":0,\"end\":3", "\"origin\":2,\"end\":3", "\"rollouts[1].end\" is not below");
  check_corruption("\"ticket\":1", "\"ticket\":0", "\"rollouts[0].ticket\"");
  check_corruption("\"policy\":0", "\"policy\":1", "\"rollouts[0].policy\"");
  check_corruption("[\"m\"]", "[\"m\",\"n\"]", "\"policies\"");
  check_corruption("[\"m\"]", "[\"m\",\"m\"]", "\"policies\" name one twice");
  check_corruption("\"n_right\":1", "\"n_right\":2", "\"nodes[1].value\"");
  check_corruption("\"value\":1.0", "\"value\":0.5", "\"nodes[1].value\"");
  check_corruption("[[1,3]]", "[[9,3]]", "\"refused\"");
  check_corruption("[[1,3]]", "[[1,3],[1,3]]", "\"refused\"");
  check_corruption("[[1,3]]", "[[1,0]]", "\"refused\"");
  check_corruption("\"whole\":true", "\"whole\":1", "\"nodes[0].whole\"");
  check_corruption("\"nodes\":[", "\"nodes\":[7,", "\"nodes[0]\" is not an object");
  check_corruption("\"refused\":", "\"rulings\":[7],\"refused\":", "\"rulings[0]\" is not an object");
  check_corruption("\"answer_kind\":\"auto\"", "\"answer_kind\":\"?\"", "\"problem.answer_kind\"");
}

TEST_CASE("stored tree: any byte changed gives a tree or an error, never a crash") {
  const std::uint64_t seed = 5;
  CAPTURE(seed);
  core::Random random(seed);
  const StoredTree stored = codec::test::random_stored_tree(random, 12);
  const std::string line = encode_tree(stored);
  int survivors = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = line;
    for (std::int64_t n = random.between(1, 3); n > 0; --n) {
      const auto at = static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(line.size()) - 1));
      damaged[at] = static_cast<char>(random.between(0, 127));
    }
    const auto decoded = decode_tree(damaged);
    if (decoded) {
      decoded->tree.check_invariants();
      ++survivors;
    } else {
      CHECK(decoded.error().kind == core::ErrorKind::kCorruption);
    }
  }
  CHECK(survivors > 0);
  CHECK(survivors < 3000);
}
