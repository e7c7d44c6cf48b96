#include "open_tree.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace viltree::crawl {

OpenTree::OpenTree(domain::Problem problem, std::string fingerprint,
                   std::shared_ptr<const policy::Prompt> prompt, std::unique_ptr<search::Machine> machine,
                   std::optional<checker::Checker> checker)
    : problem_(std::move(problem)),
      fingerprint_(std::move(fingerprint)),
      prompt_(std::move(prompt)),
      machine_(std::move(machine)),
      checker_(std::move(checker)) {}

core::Result<std::uint64_t> OpenTree::start(JournalledAnswers known, bool may_be_lost) {
  open(machine_->start());
  rulings_ = std::move(known.rulings);
  std::uint64_t left = 0;
  for (domain::TreeEvent& event : known.events) {
    if (may_be_lost && !open_.contains(event.ticket)) {
      ++left;
      continue;
    }
    if (auto applied = apply(std::move(event)); !applied) return core::fail(applied.error());
  }
  // What the journal has answered must not be asked again.
  const auto is_answered = [this](domain::Ticket ticket) {
    return !open_.contains(ticket) ||
           std::any_of(unsettled_.begin(), unsettled_.end(),
                       [&](const domain::TreeEvent& event) { return event.ticket == ticket; });
  };
  std::erase_if(new_, is_answered);
  new_verdicts_ = {};
  return left;
}

core::Status OpenTree::apply(domain::TreeEvent event) {
  ask_judge(event);
  if (settle(event, rulings_)) return give_machine(std::move(event));
  unsettled_.push_back(std::move(event));
  return {};
}

core::Status OpenTree::apply(domain::Ruling ruling) {
  std::string answer = ruling.answer;
  rulings_.try_emplace(answer, std::move(ruling));
  count_ruling(answer);
  const auto settled = std::stable_partition(unsettled_.begin(), unsettled_.end(),
                                             [this](auto& event) { return !settle(event, rulings_); });
  std::vector<domain::TreeEvent> events(std::make_move_iterator(settled),
                                        std::make_move_iterator(unsettled_.end()));
  unsettled_.erase(settled, unsettled_.end());
  for (domain::TreeEvent& event : events) {
    if (auto applied = give_machine(std::move(event)); !applied) return applied;
  }
  return {};
}

/// The judge is asked once about an answer, whichever rollout came to it first.
void OpenTree::ask_judge(const domain::TreeEvent& event) {
  for (const domain::Rollout& rollout : event.rollouts) {
    if (!rollout.to_judge) continue;
    const auto [answer, is_new] = final_answers_.insert(*rollout.answer);
    if (!is_new) continue;
    questions_.push_back(&*answer);
    if (rulings_.contains(*answer)) {
      count_ruling(*answer);
    } else {
      new_questions_.push_back({static_cast<std::uint32_t>(questions_.size())});
    }
  }
}

void OpenTree::count_ruling(const std::string& answer) {
  totals_.judge.add(rulings_.find(answer)->second);
}

core::Status OpenTree::give_machine(domain::TreeEvent event) {
  const domain::Ticket ticket = event.ticket;
  archive::Totals totals;
  totals.add(event);
  search::AskedPrompt asked{
      {}, event.bill.usage.prompt_tokens, event.bill.usage.cached_tokens, event.bill.requests};
  const bool refused = event.refusal.has_value();
  auto actions = machine_->apply(std::move(event));
  if (!actions) return core::fail(actions.error(), "problem '" + problem_.id + "'");
  asked.node = open_.at(ticket).node;
  open_.erase(ticket);
  totals_.add(totals);
  new_verdicts_.add(totals.verdicts);
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

std::vector<Wanted> OpenTree::take_new_questions() {
  std::vector<Wanted> all;
  for (const domain::Ticket number : std::exchange(new_questions_, {}))
    all.push_back({problem_.index, 0, domain::kNoNode, number, 1, totals_.answers});
  return all;
}

const std::string& OpenTree::question(domain::Ticket number) const {
  return *questions_.at(number.value - 1);
}

std::optional<std::uint64_t> OpenTree::root_prompt_tokens() const {
  for (const search::AskedPrompt& asked : asked_) {
    if (asked.node == domain::kRoot && asked.prompt_tokens) return *asked.prompt_tokens / asked.requests;
  }
  return std::nullopt;
}

archive::FinishedTree OpenTree::finish(const search::MachineFactory& machines) && {
  archive::FinishedTree finished;
  finished.totals = std::move(totals_);
  finished.totals.trees = 1;
  const auto computed = search::prefill_computed(asked_);
  const auto bound = search::prefill_bound(machine_->tree(), asked_);
  if (computed && bound) {
    finished.totals.prefill_computed = computed;
    finished.totals.prefill_bound = bound;
  }
  finished.stored = without_tree(machines);
  finished.stored.tree = std::move(*machine_).take_tree();
  return finished;
}

std::string OpenTree::prefix(domain::Ticket ticket) const {
  return machine_->tree().prefix(action(ticket).node);
}

search::StoredTree OpenTree::stored(const search::MachineFactory& machines) const {
  search::StoredTree stored = without_tree(machines);
  stored.tree = machine_->tree();
  return stored;
}

search::StoredTree OpenTree::without_tree(const search::MachineFactory& machines) const {
  search::StoredTree stored;
  stored.problem = problem_;
  stored.strategy = machines.options().strategy;
  stored.seed = machines.seed_of(problem_);
  stored.stopped_by_budget = machine_->stopped_by_budget();
  for (const auto& [answer, ruling] : rulings_) {
    if (final_answers_.contains(answer)) stored.rulings.push_back(ruling);
  }
  return stored;
}

}  // namespace viltree::crawl
