#include <viltree/core/check.hpp>
#include <viltree/core/hash.hpp>
#include <viltree/search/machine.hpp>

#include <string>
#include <utility>

namespace viltree::search {

std::uint64_t tree_seed(std::uint64_t run_seed, std::string_view problem_id) {
  return core::mix64(run_seed, core::hash64(problem_id));
}

Machine::Machine(std::unique_ptr<Strategy> strategy, const steps::Splitter& splitter,
                 const MachineOptions& options)
    : strategy_(std::move(strategy)),
      splitter_(splitter),
      seed_(options.seed),
      stoppers_(make_stoppers(options.budget)) {}

std::vector<SampleAction> Machine::start() {
  VILTREE_CHECK(next_ticket_ == 1);
  strategy_->start(*this);
  return std::exchange(wanted_, {});
}

std::uint32_t Machine::granted(std::uint32_t wanted) {
  for (const auto& stopper : stoppers_) {
    const std::uint32_t granted = stopper->grant(tree_, asked_rollouts_, wanted);
    stopped_ = stopped_ || granted < wanted;
    wanted = granted;
  }
  return wanted;
}

void Machine::sample(NodeId node, std::uint32_t n) {
  VILTREE_CHECK(n > 0 && node.value < tree_.size());
  n = granted(n);
  if (n == 0) return;
  const SampleAction action{{next_ticket_}, node, n, core::mix64(seed_, next_ticket_) & kSeedMask};
  ++next_ticket_;
  asked_rollouts_ += n;
  wanted_.push_back(action);
  open_.push_back({action, std::nullopt});
}

core::Result<std::vector<SampleAction>> Machine::apply(domain::TreeEvent event) {
  const std::uint32_t first = open_.empty() ? next_ticket_ : open_.front().action.ticket.value;
  const std::uint32_t ticket = event.ticket.value;
  if (ticket < first || ticket >= next_ticket_ || open_[ticket - first].event) {
    return core::fail(core::ErrorKind::kCorruption, "ticket " + std::to_string(ticket) + " is not open");
  }
  Open& open = open_[ticket - first];
  const std::size_t expected = event.refusal ? 0 : open.action.n;
  if (event.rollouts.size() != expected) {
    return core::fail(core::ErrorKind::kCorruption,
                      "ticket " + std::to_string(ticket) + " has " + std::to_string(event.rollouts.size()) +
                          " rollouts, but " + std::to_string(expected) + " were asked for");
  }
  open.event = std::move(event);
  while (!open_.empty() && open_.front().event) {
    const Open next = std::move(open_.front());
    open_.pop_front();
    apply_in_order(next.action, *next.event);
  }
  return std::exchange(wanted_, {});
}

void Machine::apply_in_order(const SampleAction& action, const domain::TreeEvent& event) {
  const RolloutId first{static_cast<std::uint32_t>(tree_.rollout_count())};
  const std::size_t depth = tree_.node(action.node).depth;
  for (const domain::Rollout& rollout : event.rollouts) {
    const auto steps = splitter_.split(rollout.completion, depth);
    tree_.add_rollout(action.node, steps, rollout, action.ticket, event.bill.model);
  }
  if (event.refusal) tree_.add_refusal(action.node, action.n);
  tree_.add_spent(event);
  const auto count = static_cast<std::uint32_t>(event.rollouts.size());
  strategy_->answered(*this, {action.node, first, count, event.refusal.has_value()});
}

}  // namespace viltree::search
