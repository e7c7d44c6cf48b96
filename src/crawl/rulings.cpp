#include "rulings.hpp"

#include <algorithm>

namespace viltree::crawl {

bool settle(domain::TreeEvent& event, const Rulings& rulings) {
  const auto waits = [&](const domain::Rollout& rollout) {
    return rollout.to_judge && !rulings.contains(*rollout.answer);
  };
  if (std::any_of(event.rollouts.begin(), event.rollouts.end(), waits)) return false;
  for (domain::Rollout& rollout : event.rollouts) {
    if (rollout.to_judge) rollout.verdict = rulings.find(*rollout.answer)->second.verdict;
  }
  return true;
}

}  // namespace viltree::crawl
