#include "support.hpp"

#include <viltree/search/posterior.hpp>

#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::search;

namespace {

double sum_of(const GridVector& weights) {
  return std::accumulate(weights.begin(), weights.end(), 0.0);
}

double mean_of(const GridVector& weights) {
  return std::inner_product(weights.begin(), weights.end(), value_grid().begin(), 0.0);
}

/// A kernel from random counts.
Kernel random_kernel(std::uint64_t seed) {
  core::Random random(seed);
  KernelCounts counts;
  for (double& count : counts.roots) count = random.uniform();
  for (auto& types : counts.types) {
    for (double& count : types) count = 10 * random.uniform();
  }
  for (std::size_t k = 0; k < kGridPoints; ++k) {
    counts.ends[k] = random.uniform();
    counts.right_ends[k] = counts.ends[k] * random.uniform();
  }
  return fit_kernel(counts, 0.5);
}

void add(Tree& tree, NodeId origin, const std::string& word, const std::string& policy = "p") {
  const auto steps = test::LetterSplitter::letters(word);
  tree.add_rollout(origin, steps, test::rollout_of(word), {1}, policy);
}

/// The node that a word leads to.
NodeId at(const Tree& tree, const std::string& word) {
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    if (tree.prefix({i}) == word) return {i};
  }
  FAIL("no such node: " << word);
  return domain::kNoNode;
}

/// The same by the definition: a sum over all ways in which the values of the unknown nodes can lie on the
/// grid.
class Enumeration {
 public:
  Enumeration(const Tree& tree, const Kernel& kernel, double break_ratio)
      : tree_(tree), kernel_(kernel), draws_(count_draws(tree, {})), ratio_(break_ratio) {
    for (const double hazard : end_hazards(tree, draws_)) ends_.push_back(end_effect(kernel.ending, hazard));
    points_.resize(tree.size());
    sums_.resize(tree.size());
    broken_.resize(tree.size());
    for (std::uint32_t i = 0; i < tree.size(); ++i) {
      const Node& node = tree.node({i});
      const bool known = i > 0 && node.terminal && node.first_child == domain::kNoNode;
      if (known) points_[i] = draws_[i].right > 0 ? kGridPoints - 1 : 0;
      if (!known) unknown_.push_back(i);
      known_.push_back(known);
      children_.push_back(children_of(node));
      for (std::size_t z = 0; z < kStepTypes && i > 0 && draws_[i].draws > 0; ++z)
        rows_[z].push_back(&transition(z, draws_[i].draws, draws_[i].of_parent).rows);
      for (std::size_t z = 0; z < kStepTypes; ++z) rows_[z].resize(i + 1);
    }
    go_on(0, 1.0);
    for (GridVector& one : sums_) {
      for (double& weight : one) weight /= total_;
    }
    for (double& one : broken_) one /= total_;
  }

  const GridVector& distribution(NodeId id) const { return sums_[id.value]; }
  double first_error(NodeId id) const { return broken_[id.value]; }
  double total() const { return total_; }

 private:
  static double verdicts(double value, const NodeDraws& draws) {
    return std::pow(value, draws.right) * std::pow(1 - value, draws.wrong);
  }

  void go_on(std::size_t next, double weight) {
    if (weight == 0) return;
    if (next == unknown_.size()) {
      for (const std::uint32_t i : unknown_) weight *= steps_of(i);
      return count(weight);
    }
    const std::uint32_t i = unknown_[next];
    for (std::size_t j = 0; j < kGridPoints; ++j) {
      points_[i] = j;
      double p = i == 0 ? kernel_.prior[j] : 1.0;
      p *= verdicts(value_grid()[j], draws_[i]);
      for (const NodeId child : children_[i]) {
        if (known_[child.value]) p *= verdicts(ends_[tree_.node({i}).depth].right[j], draws_[child.value]);
      }
      go_on(next + 1, weight * p);
    }
  }

  std::vector<NodeId> children_of(const Node& node) const {
    std::vector<NodeId> all;
    for (NodeId child = node.first_child; child != domain::kNoNode; child = tree_.node(child).next_sibling)
      all.push_back(child);
    return all;
  }

  /// The probability of a node's unknown children, over the types of its step.
  double steps_of(std::uint32_t i) const {
    const auto& shares = kernel_.types[distance_class(draws_[i].mean_steps_to_end())];
    double sum = 0;
    for (std::size_t z = 0; z < kStepTypes; ++z) {
      double product = shares[z];
      for (const NodeId child : children_[i]) {
        if (!known_[child.value]) product *= step(z, i, child);
      }
      sum += product;
    }
    return sum;
  }

  double step(std::size_t type, std::uint32_t parent, NodeId child) const {
    const EndEffect& ends = ends_[tree_.node({parent}).depth];
    const GridMatrix& rows = *rows_[type][child.value];
    const std::size_t from = points_[parent];
    const std::size_t to = points_[child.value];
    const double upper = ends.upper[from];
    return (1 - upper) * rows[ends.lower[from]][to] + upper * rows[ends.lower[from] + 1U][to];
  }

  void count(double weight) {
    total_ += weight;
    for (std::uint32_t i = 0; i < tree_.size(); ++i) {
      sums_[i][points_[i]] += weight;
      bool above_unbroken = i > 0;
      for (NodeId id{i}; above_unbroken && tree_.node(id).parent != domain::kRoot;) {
        id = tree_.node(id).parent;
        above_unbroken = !breaks(id);
      }
      if (above_unbroken && breaks({i})) broken_[i] += weight;
    }
  }

  bool breaks(NodeId id) const {
    const GridVector& g = value_grid();
    return g[points_[id.value]] < ratio_ * g[points_[tree_.node(id).parent.value]];
  }

  const Tree& tree_;
  const Kernel& kernel_;
  std::vector<NodeDraws> draws_;
  std::vector<EndEffect> ends_;
  double ratio_;
  std::vector<std::size_t> points_;
  std::vector<bool> known_;
  std::vector<std::vector<NodeId>> children_;
  std::array<std::vector<const GridMatrix*>, kStepTypes> rows_;  ///< by type and child
  std::vector<std::uint32_t> unknown_;
  std::vector<GridVector> sums_;
  std::vector<double> broken_;
  double total_ = 0;
};

}  // namespace

TEST_CASE("kernel: every row is a distribution whose mean is its value; 0 and 1 are never left") {
  for (std::size_t type = 0; type < kStepTypes; ++type) {
    for (const std::uint32_t draws : {1U, 3U, 10U, 100U}) {
      if (type == 0 && draws > 1) continue;
      const GridMatrix& matrix = transition(type, draws, 100).rows;
      for (std::size_t i = 0; i < kGridPoints; ++i) {
        CHECK(sum_of(matrix[i]) == doctest::Approx(1).epsilon(1e-9));
        CHECK(mean_of(matrix[i]) == doctest::Approx(value_grid()[i]).epsilon(1e-9));
      }
      CHECK(matrix[0][0] == 1);
      CHECK(matrix[kGridPoints - 1][kGridPoints - 1] == 1);
    }
  }
  for (const Kernel& kernel : {built_in_kernel(), random_kernel(1)}) {
    CHECK(sum_of(kernel.prior) == doctest::Approx(1).epsilon(1e-12));
    for (const auto& types : kernel.types)
      CHECK(std::accumulate(types.begin(), types.end(), 0.0) == doctest::Approx(1).epsilon(1e-12));
  }
}

TEST_CASE("kernel: the larger its share of the draws, the closer a child is to its parent") {
  const auto spread = [](std::uint32_t draws) {
    const GridVector& row = transition(1, draws, 10).rows[kGridPoints / 2];
    double sum = 0;
    for (std::size_t j = 0; j < kGridPoints; ++j) sum += row[j] * std::pow(value_grid()[j] - 0.5, 2);
    return sum;
  };
  CHECK(spread(1) > 1.3 * spread(4));
  CHECK(spread(4) > 2 * spread(8));
}

TEST_CASE("kernel: after a decision every further draw counts as one of a coin") {
  const GridMatrix& once = transition(0, 1, 8).rows;
  const GridMatrix& thrice = transition(0, 3, 8).rows;
  const double g = value_grid()[10];
  CHECK(thrice[10][kGridPoints - 1] == doctest::Approx(once[10][kGridPoints - 1] * g * g));
  CHECK(thrice[10][0] == doctest::Approx(once[10][0] * (1 - g) * (1 - g)));
}

TEST_CASE("posterior: it equals the sum over all values that the nodes can have") {
  const std::vector<std::vector<std::string>> trees = {
      {"R"},
      {"aR", "aW", "aW"},
      {"aR", "bW", "abR"},
      {"abR", "abW", "aW", "W"},
      {"abcR", "abcR", "abW"},
      {"aR", "bR", "bW", "bW"},
      {"ab", "a", "aW"},  // two that were cut off
  };
  for (std::size_t i = 0; i < trees.size(); ++i) {
    CAPTURE(i);
    Tree tree;
    for (const std::string& word : trees[i]) add(tree, domain::kRoot, word);
    if (i == 4) add(tree, at(tree, "ab"), "cW");
    const Kernel kernel = i % 2 == 0 ? built_in_kernel() : random_kernel(i);
    const Enumeration expected(tree, kernel, 0.5);
    Posterior posterior(kernel);
    posterior.look_at(tree, {.own_rounds = 0});
    for (std::uint32_t node = 0; node < tree.size(); ++node) {
      CAPTURE(node);
      for (std::size_t j = 0; j < kGridPoints; ++j)
        CHECK(std::abs(posterior.distribution({node})[j] - expected.distribution({node})[j]) < 1e-9);
      CHECK(std::abs(posterior.value({node}).first_error - expected.first_error({node})) < 1e-9);
    }
  }
}

TEST_CASE("ends: what ends and what goes on have the value of both in the mean") {
  const GridVector& g = value_grid();
  for (const double ending : {-3.0, 0.0, 0.7, 8.0}) {
    for (const double hazard : {0.0, 0.05, 0.5, 0.95, 1.0}) {
      CAPTURE(ending);
      CAPTURE(hazard);
      const EndEffect effect = end_effect(ending, hazard);
      for (std::size_t k = 0; k < kGridPoints; ++k) {
        const std::size_t lower = effect.lower[k];
        const double going_on = (1 - effect.upper[k]) * g[lower] + effect.upper[k] * g[lower + 1];
        CHECK(effect.right[k] >= 0);
        CHECK(effect.right[k] <= 1);
        CHECK(std::abs(hazard * effect.right[k] + (1 - hazard) * going_on - g[k]) < 1e-9);
        if (ending > 0 && hazard > 0) CHECK(effect.right[k] >= g[k]);
      }
    }
  }
}

TEST_CASE("ends: their shift is learned from how many of them are right") {
  KernelCounts counts;
  counts.ends[kGridPoints / 2] = 1e6;
  counts.right_ends[kGridPoints / 2] = 0.8e6;  // of a value of 0.5
  CHECK(fit_kernel(counts, 1).ending == doctest::Approx(std::log(4)).epsilon(1e-3));
  CHECK(fit_kernel({}, 1).ending == doctest::Approx(built_in_kernel().ending));
}

TEST_CASE("posterior: a problem's own steps change its kernel, and the likelihood of its tree grows") {
  Tree tree;
  for (int i = 0; i < 40; ++i) {  // the first step decides
    const char first = i % 2 == 0 ? 'a' : 'b';
    const std::string middle = std::string(1, static_cast<char>('c' + i % 5)) + "h";
    add(tree, domain::kRoot, first + middle + (first == 'a' ? "R" : "W"));
  }
  Posterior posterior(built_in_kernel());
  double before = -INFINITY;
  for (const std::uint32_t rounds : {0U, 1U, 2U, 5U}) {
    posterior.look_at(tree, {.own_rounds = rounds});
    CHECK(posterior.log_likelihood() > before);
    before = posterior.log_likelihood();
  }
}

TEST_CASE("posterior: it stays finite and right at the extremes") {
  Posterior posterior(built_in_kernel());
  const auto check_sane = [&](const Tree& tree) {
    posterior.look_at(tree, {});
    CHECK(std::isfinite(posterior.log_likelihood()));
    for (std::uint32_t i = 0; i < tree.size(); ++i) {
      const NodeValue value = posterior.value({i});
      CHECK(sum_of(posterior.distribution({i})) == doctest::Approx(1).epsilon(1e-9));
      CHECK(value.lo <= value.hi);
      CHECK(value.first_error >= 0);
    }
  };
  SUBCASE("a thousand rollouts at one node, all right, all wrong, or half of each") {
    for (const std::string words : {"RR", "WW", "RW"}) {
      Tree tree;
      add(tree, domain::kRoot, "ab");
      for (int i = 0; i < 500; ++i) {
        for (const char last : words)
          add(tree, at(tree, "a"), std::string("c") + std::to_string(i % 10) + last);
      }
      check_sane(tree);
      const NodeValue value = posterior.value(at(tree, "a"));
      const double share = words == "RR" ? 1 : words == "WW" ? 0 : 0.5;
      CHECK(value.mean == doctest::Approx(share).epsilon(0.03));
      CHECK(value.lo <= share);
      CHECK(value.hi >= share);
    }
  }
  SUBCASE("a chain of two hundred steps") {
    for (const char last : {'R', 'W'}) {
      Tree tree;
      std::string word;
      for (int i = 0; i < 200; ++i) word += static_cast<char>('a' + i % 8);
      add(tree, domain::kRoot, word + last);
      check_sane(tree);
      const NodeValue before = posterior.value(at(tree, word));
      CHECK((last == 'R' ? before.mean > 0.5 : before.mean < 0.5));
      double broken = 0;
      for (std::uint32_t i = 1; i < tree.size(); ++i) broken += posterior.value({i}).first_error;
      CHECK(broken <= 1 + 1e-9);
      CHECK((last == 'R' ? broken < 0.9 : broken > 0.9));
    }
  }
  SUBCASE("a node with a thousand children") {
    Tree tree;
    for (int i = 0; i < 1000; ++i) {
      const std::string step(1, static_cast<char>(i % 64 + 128));
      const std::string next(1, static_cast<char>(i / 64 + 128));
      const std::vector<std::string_view> steps = {step, next};
      tree.add_rollout(domain::kRoot, steps, test::rollout_of(i % 4 == 0 ? "R" : "W"), {1}, "p");
    }
    check_sane(tree);
    CHECK(posterior.mean(domain::kRoot) == doctest::Approx(0.25).epsilon(0.05));
  }
}

TEST_CASE(
    "posterior: a policy's values follow from its own rollouts, and what it did not draw from the prior") {
  Tree tree;
  for (int i = 0; i < 20; ++i) {
    add(tree, domain::kRoot, "aR", "good");
    add(tree, domain::kRoot, "bW", "bad");
  }
  Posterior posterior(built_in_kernel());
  posterior.look_at(tree, {.policy = 0});
  CHECK(leading_policy(tree) == 0);
  CHECK(posterior.mean(domain::kRoot) > 0.9);
  CHECK_FALSE(posterior.value(at(tree, "a")).from_prior);
  CHECK(posterior.value(at(tree, "b")).from_prior);
  CHECK(posterior.mean(at(tree, "b")) == doctest::Approx(mean_of(built_in_kernel().prior)));
  posterior.look_at(tree, {.policy = 1});
  CHECK(posterior.mean(domain::kRoot) < 0.1);
  // What one goes on from is the other's draw: evidence of its own, but none for what is above.
  add(tree, at(tree, "b"), "cR", "good");
  posterior.look_at(tree, {.policy = 0});
  CHECK(posterior.mean(at(tree, "b")) > mean_of(built_in_kernel().prior));
  CHECK(posterior.mean(domain::kRoot) > 0.9);
}

TEST_CASE("posterior: learning a kernel from trees raises the likelihood of trees like them") {
  const test::RandomPolicy policy(5);
  std::vector<Tree> trees;
  for (std::uint32_t t = 0; t < 60; ++t) {
    Tree& tree = trees.emplace_back();
    for (std::uint32_t i = 0; i < 12; ++i) {
      const std::string word = policy("", 100 * t + i);
      if (!word.empty()) add(tree, domain::kRoot, word);
    }
  }
  Kernel kernel = built_in_kernel();
  double before = -INFINITY;
  for (int round = 0; round < 5; ++round) {
    Posterior posterior(kernel);
    KernelCounts counts;
    for (const Tree& tree : trees) {
      posterior.look_at(tree, {.own_rounds = 0});
      posterior.add_to(counts);
    }
    CHECK(counts.trees == trees.size());
    CHECK(counts.log_likelihood > before);
    before = counts.log_likelihood;
    kernel = fit_kernel(counts, 5);
  }
}
