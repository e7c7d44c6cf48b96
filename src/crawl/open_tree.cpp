#include "open_tree.hpp"

#include <viltree/core/fatal.hpp>

#include <algorithm>
#include <utility>

namespace viltree::crawl {

namespace {

/// A strategy may bound the steps of a solution more tightly than the configuration.
steps::SplitterOptions splitter_options(const SearchOptions& options) {
  steps::SplitterOptions steps = options.steps;
  const auto bound = options.constants.find("max_steps");
  if (bound != options.constants.end()) {
    steps.max_steps = std::min(steps.max_steps, static_cast<std::size_t>(bound->second));
  }
  return steps;
}

}  // namespace

MachineFactory::MachineFactory(const SearchOptions& options)
    : options_(options),
      strategy_(core::value_or_fatal(search::find_strategy(options.strategy), core::ExitCode::kUsage)),
      splitter_(
          core::value_or_fatal(steps::make_splitter(splitter_options(options)), core::ExitCode::kUsage)) {}

std::uint64_t MachineFactory::seed_of(const domain::Problem& problem) const {
  return search::tree_seed(options_.seed, problem.id);
}

std::unique_ptr<search::Machine> MachineFactory::make(const domain::Problem& problem) const {
  return std::make_unique<search::Machine>(
      strategy_->make(options_.constants), *splitter_,
      search::MachineOptions{.seed = seed_of(problem), .budget = options_.budget});
}

OpenTree::OpenTree(domain::Problem problem, std::string fingerprint,
                   std::shared_ptr<const policy::Prompt> prompt, std::unique_ptr<search::Machine> machine)
    : problem_(std::move(problem)),
      fingerprint_(std::move(fingerprint)),
      prompt_(std::move(prompt)),
      machine_(std::move(machine)) {}

core::Status OpenTree::start(std::vector<domain::TreeEvent> known) {
  open(machine_->start());
  for (domain::TreeEvent& event : known) {
    if (auto applied = apply(std::move(event)); !applied) return applied;
  }
  // What the journal has answered must not be asked again.
  std::erase_if(new_, [this](domain::Ticket ticket) { return !open_.contains(ticket); });
  return {};
}

core::Status OpenTree::apply(domain::TreeEvent event) {
  const domain::Ticket ticket = event.ticket;
  auto actions = machine_->apply(std::move(event));
  if (!actions) return core::fail(actions.error(), "problem '" + problem_.id + "'");
  open_.erase(ticket);
  open(*actions);
  return {};
}

void OpenTree::open(const std::vector<search::SampleAction>& actions) {
  for (const search::SampleAction& action : actions) {
    open_.emplace(action.ticket, action);
    new_.push_back(action.ticket);
  }
}

std::vector<search::SampleAction> OpenTree::take_new_actions() {
  std::vector<search::SampleAction> actions;
  for (const domain::Ticket ticket : std::exchange(new_, {})) actions.push_back(open_.at(ticket));
  return actions;
}

std::string OpenTree::prefix(domain::Ticket ticket) const {
  return machine_->tree().prefix(action(ticket).node);
}

codec::StoredTree OpenTree::stored(const MachineFactory& machines) const {
  codec::StoredTree stored;
  stored.problem = problem_;
  stored.strategy = machines.options().strategy;
  stored.seed = machines.seed_of(problem_);
  stored.stopped_by_budget = machine_->stopped_by_budget();
  stored.tree = machine_->tree();
  return stored;
}

}  // namespace viltree::crawl
