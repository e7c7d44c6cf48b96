#include "support.hpp"

#include <doctest/doctest.h>

using namespace viltree::search;
using namespace viltree::search::test;
using viltree::core::ErrorKind;
using viltree::domain::TreeEvent;
using viltree::domain::Verdict;

namespace {

Machine shepherd(const MachineOptions& options = {}) {
  return Machine(make_strategy("math-shepherd", {{"solutions", 2}, {"rollouts", 2}}), kLetters, options);
}

const Table kWords({{"", {"abR", "acW"}}, {"a", {"R", "W"}}, {"ab", {"R", "dR"}}, {"ac", {"W", "dW"}}});

TreeEvent answered(const Machine& machine, const SampleAction& action) {
  return answer_to(action, machine.tree().prefix(action.node), kWords);
}

}  // namespace

TEST_CASE("machine: an answer that comes before an earlier one waits for it") {
  Machine machine = shepherd();
  const auto root = machine.start();
  const auto actions = *machine.apply(answered(machine, root.front()));
  REQUIRE(actions.size() == 3);
  const std::size_t before = machine.tree().rollout_count();
  CHECK(machine.apply(answered(machine, actions[2]))->empty());
  CHECK(machine.apply(answered(machine, actions[1]))->empty());
  CHECK(machine.tree().rollout_count() == before);
  CHECK(machine.apply(answered(machine, actions[0]))->empty());
  CHECK(machine.tree().rollout_count() == before + 6);
  CHECK(machine.finished());
}

TEST_CASE("machine: replaying the same events asks for the same things with the same seeds") {
  const MachineOptions options{.seed = tree_seed(7, "problem"), .budget = {}};
  Machine first = shepherd(options);
  Machine second = shepherd(options);
  const auto root = first.start();
  CHECK(second.start() == root);
  const TreeEvent event = answered(first, root.front());
  const auto actions = *first.apply(event);
  CHECK(*second.apply(event) == actions);
  CHECK(actions[0].seed != actions[1].seed);
  CHECK(actions[0].seed < (std::uint64_t{1} << 52U));
}

TEST_CASE("machine: an answer to nothing that is open, or of another size, is refused and changes nothing") {
  Machine machine = shepherd();
  const auto root = machine.start();
  TreeEvent event = answered(machine, root.front());
  event.ticket.value = 2;
  CHECK(machine.apply(event).error().kind == ErrorKind::kCorruption);
  event.ticket.value = 1;
  event.rollouts.pop_back();
  CHECK(machine.apply(event).error().message == "ticket 1 has 1 rollouts, but 2 were asked for");
  CHECK(machine.tree().rollout_count() == 0);
  CHECK(machine.apply(answered(machine, root.front())));
  CHECK(machine.apply(answered(machine, root.front())).error().message == "ticket 1 is not open");
}

TEST_CASE("machine: a refused prefix counts as failed, never as wrong, and the tree still ends") {
  Machine machine = shepherd();
  const auto root = machine.start();
  const auto actions = *machine.apply(answered(machine, root.front()));
  TreeEvent refusal;
  refusal.ticket = actions[0].ticket;
  refusal.refusal = "400: prefix too long";
  CHECK(machine.apply(refusal));
  for (const std::size_t i : {1U, 2U}) CHECK(machine.apply(answered(machine, actions[i])));
  CHECK(machine.finished());
  const NodeId a = machine.tree().path(viltree::domain::kRoot, actions[0].node).back();
  CHECK(machine.tree().node(a).evidence.of(Verdict::kFailed) == 2);
  CHECK_FALSE(machine.tree().value(a));
  CHECK(machine.tree().spent().refusals == 1);
  machine.tree().check_invariants();
}

TEST_CASE("machine: the rollout budget cuts the last request to what is left, and then asks no more") {
  Machine machine = shepherd({.seed = 0, .budget = {.rollouts = 5, .tokens = 0}});
  const auto asked = run_to_end(machine, kWords);
  CHECK(asked == std::vector<Asked>{{"", 2}, {"a", 2}, {"ab", 1}});
  CHECK(machine.stopped_by_budget());
}

TEST_CASE("machine: the token budget looks at applied answers only, so timing does not move it") {
  Machine machine = shepherd({.seed = 0, .budget = {.rollouts = 0, .tokens = 6}});
  CHECK(run_to_end(machine, kWords) == std::vector<Asked>{{"", 2}});  // abR and acW are six tokens
  CHECK(machine.stopped_by_budget());
}

TEST_CASE("machine: the order of answers changes nothing in the tree") {
  for (const auto* strategy : strategies()) {
    CAPTURE(strategy->name);
    const std::string_view name = strategy->name;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
      const MachineOptions options{.seed = 0, .budget = {.rollouts = 200, .tokens = 0}};
      Machine in_order(make_strategy(name, {}), kLetters, options);
      Machine shuffled(make_strategy(name, {}), kLetters, options);
      run_to_end(in_order, RandomPolicy(seed), 0);
      run_to_end(shuffled, RandomPolicy(seed), seed);
      REQUIRE(in_order.tree().size() == shuffled.tree().size());
      for (std::uint32_t i = 0; i < in_order.tree().size(); ++i) {
        CHECK(in_order.tree().step({i}) == shuffled.tree().step({i}));
        CHECK(in_order.tree().node({i}).evidence == shuffled.tree().node({i}).evidence);
      }
    }
  }
}

TEST_CASE("strategies: constants are checked by name, range and wholeness") {
  const StrategyInfo& omega = **find_strategy("omegaprm");
  CHECK(complete_constants(omega, {})->at("alpha") == 0.5);
  CHECK(complete_constants(omega, {{"aplha", 1}}).error().message ==
        "search.aplha: strategy 'omegaprm' has no such constant; did you mean 'alpha'?");
  CHECK(complete_constants(omega, {{"alpha", 2}}).error().message ==
        "search.alpha: 2 is not between 1e-06 and 1");
  CHECK(complete_constants(omega, {{"rollouts", 2.5}}).error().message ==
        "search.rollouts: 2.5 is not a whole number between 1 and 4096");
  std::string all;
  for (const StrategyInfo* strategy : strategies())
    all += (all.empty() ? "" : ", ") + std::string(strategy->name);
  CHECK(all.starts_with("adaptive, epic, math-shepherd, mm-prm, omegaprm, "));
  CHECK(find_strategy("omega").error().message == "search.strategy: there is no 'omega'; available: " + all);
}
