#include "open_tree.hpp"

#include <utility>

namespace viltree::crawl {

OpenTree::OpenTree(domain::Problem problem, std::string fingerprint,
                   std::shared_ptr<const policy::Prompt> prompt, std::unique_ptr<search::Machine> machine,
                   std::optional<verify::Checker> checker)
    : problem_(std::move(problem)),
      fingerprint_(std::move(fingerprint)),
      prompt_(std::move(prompt)),
      machine_(std::move(machine)),
      checker_(std::move(checker)) {}

core::Result<std::uint64_t> OpenTree::start(std::vector<domain::TreeEvent> known, bool may_be_lost) {
  open(machine_->start());
  std::uint64_t left = 0;
  for (domain::TreeEvent& event : known) {
    if (may_be_lost && !open_.contains(event.ticket)) {
      ++left;
      continue;
    }
    if (auto applied = apply(std::move(event)); !applied) return core::fail(applied.error());
  }
  // What the journal has answered must not be asked again.
  std::erase_if(new_, [this](domain::Ticket ticket) { return !open_.contains(ticket); });
  return left;
}

core::Status OpenTree::apply(domain::TreeEvent event) {
  const domain::Ticket ticket = event.ticket;
  Totals totals;
  totals.add(event);
  AskedPrompt asked{{}, event.usage.prompt_tokens, event.usage.cached_tokens, event.requests};
  const bool refused = event.refusal.has_value();
  auto actions = machine_->apply(std::move(event));
  if (!actions) return core::fail(actions.error(), "problem '" + problem_.id + "'");
  asked.node = open_.at(ticket).node;
  open_.erase(ticket);
  totals_.add(totals);
  if (!refused) asked_.push_back(asked);
  open(*actions);
  return {};
}

void OpenTree::open(const std::vector<search::SampleAction>& actions) {
  for (const search::SampleAction& action : actions) {
    open_.emplace(action.ticket, action);
    new_.push_back(action.ticket);
  }
}

std::vector<Wanted> OpenTree::take_new_actions() {
  std::vector<Wanted> all;
  for (const domain::Ticket ticket : std::exchange(new_, {})) {
    const search::SampleAction& action = open_.at(ticket);
    const search::Node& node = machine_->tree().node(action.node);
    all.push_back({problem_.index, node.depth, node.parent, ticket, action.n, totals_.answers});
  }
  return all;
}

std::optional<std::uint64_t> OpenTree::root_prompt_tokens() const {
  for (const AskedPrompt& asked : asked_) {
    if (asked.node == domain::kRoot && asked.prompt_tokens) return *asked.prompt_tokens / asked.requests;
  }
  return std::nullopt;
}

FinishedTree OpenTree::finish(const MachineFactory& machines) const {
  FinishedTree finished;
  finished.stored = stored(machines);
  finished.totals = totals_;
  finished.totals.trees = 1;
  const auto computed = prefill_computed(asked_);
  const auto bound = prefill_bound(machine_->tree(), asked_);
  if (computed && bound) {
    finished.totals.prefill_computed = computed;
    finished.totals.prefill_bound = bound;
  }
  return finished;
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
