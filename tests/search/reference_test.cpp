#include "reference.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace viltree::search;
using namespace viltree::search::test;

namespace {

constexpr std::uint64_t kPolicies = 300;
std::map<std::string, double> searched(std::string_view strategy, const Constants& constants,
                                       std::uint64_t seed) {
  Machine machine(make_strategy(strategy, constants), kLetters, {});
  run_to_end(machine, RandomPolicy(seed), seed);
  machine.tree().check_invariants();
  return labels_of(machine.tree());
}

}  // namespace

TEST_CASE("math-shepherd gives the labels of the recursive reference, in any order of answers") {
  for (std::uint64_t seed = 1; seed <= kPolicies; ++seed) {
    CAPTURE(seed);
    CHECK(searched("math-shepherd", {{"solutions", 4}, {"rollouts", 3}}, seed) ==
          Reference(RandomPolicy(seed), 3).math_shepherd(4));
  }
}

TEST_CASE("visualprm gives the labels of the recursive reference, in any order of answers") {
  for (std::uint64_t seed = 1; seed <= kPolicies; ++seed) {
    CAPTURE(seed);
    CHECK(searched("visualprm", {{"solutions", 5}, {"rollouts", 3}}, seed) ==
          Reference(RandomPolicy(seed), 3).visualprm(5));
  }
}

TEST_CASE("omegaprm gives the labels of the recursive reference") {
  std::size_t labels = 0;
  for (std::uint64_t seed = 1; seed <= kPolicies; ++seed) {
    CAPTURE(seed);
    const auto found =
        searched("omegaprm", {{"rollouts", 4}, {"filter_rollouts", 8}, {"searches", 12}}, seed);
    CHECK(found == Reference(RandomPolicy(seed), 4).omegaprm(8, 12));
    labels += found.size();
  }
  CHECK(labels > kPolicies);
}
