#include <viltree/search/machine_factory.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include <doctest/doctest.h>

using namespace viltree;

namespace {

/// How deep a tree gets by one answer of many lines.
std::uint32_t depth_of(const std::string& strategy, const search::Constants& constants) {
  const search::StrategyInfo& info = **search::find_strategy(strategy);
  search::Options options;
  options.strategy = strategy;
  options.constants = *search::complete_constants(info, constants);
  options.steps.splitter = "line";
  const search::MachineFactory factory(options);
  domain::Problem problem;
  problem.id = "p";
  const auto machine = factory.make(problem, search::built_in_kernel());
  const search::SampleAction action = machine->start().front();
  domain::TreeEvent event;
  event.ticket = action.ticket;
  for (std::uint32_t i = 0; i < action.n; ++i) {
    domain::Rollout& rollout = event.rollouts.emplace_back();
    rollout.completion.text = "a\nb\nc\nd\ne\n";
    rollout.completion.finish = domain::FinishReason::kStop;
    rollout.verdict = domain::Verdict::kWrong;
  }
  REQUIRE(machine->apply(std::move(event)).has_value());
  std::uint32_t depth = 0;
  for (std::uint32_t i = 0; i < machine->tree().size(); ++i)
    depth = std::max<std::uint32_t>(depth, machine->tree().node({i}).depth);
  return depth;
}

}  // namespace

TEST_CASE("machines: a strategy that limits the steps of a solution lowers the splitter's limit") {
  CHECK(depth_of("visualprm", {}) == 5);
  CHECK(depth_of("visualprm", {{"max_steps", 3}}) == 3);
  CHECK(depth_of("math-shepherd", {}) == 5);
}
