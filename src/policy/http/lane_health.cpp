#include "lane_health.hpp"

#include <algorithm>

namespace viltree::http {

void LaneHealth::set_up() {
  is_set_up_ = true;
  proven_ = true;
  breaker_.answered();
  reason_.clear();
}

void LaneHealth::refuse(const std::string& reason) {
  refused_ = true;
  reason_ = reason;
}

policy::EndpointState::Condition LaneHealth::condition(Time now) const {
  using Condition = policy::EndpointState::Condition;
  if (refused_) return Condition::kRefused;
  if (!usable() || !proven_) return Condition::kLost;
  return paused(now) ? Condition::kPaused : Condition::kReady;
}

void LaneHealth::answered(Time now) {
  proven_ = true;
  breaker_.answered();
  last_reply_ = now;
  pauses_ = 0;
}

void LaneHealth::failed(const Failed& failed, const Failure& failure) {
  // It answers, if not this.
  if (failure.blame == Blame::kPrefix || failure.blame == Blame::kSiblings) {
    proven_ = true;
    return breaker_.answered();
  }
  if (failure.blame == Blame::kUs) return refuse(failure.error.message);
  if (failure.blame == Blame::kOverload) {
    if (!failed.whole_lane || !pause(failed, failure.wait.has_value())) return;
  }
  const bool silent = failure.blame == Blame::kSlow && last_reply_ < failed.sent;
  if (breaker_.failed(failed.now, failure.error.message, silent || failure.blame == Blame::kAbsent))
    proven_ = false;
}

/// What was sent before the pause began belongs to it: one overload, not many.
bool LaneHealth::pause(const Failed& failed, bool was_asked_for) {
  const Time until = failed.now + failed.wait;
  if (failed.sent < paused_until_) {
    if (was_asked_for) paused_until_ = std::max(paused_until_, until);
    return false;
  }
  paused_until_ = until;
  ++pauses_;
  return true;
}

std::optional<LaneHealth::Time> LaneHealth::canary_due() const {
  if (!is_set_up_ || refused_ || breaker_.closed() || canary_under_way_) return std::nullopt;
  return std::max(breaker_.next_try(), paused_until_);
}

void LaneHealth::canary_answered(Time now, const std::optional<Failure>& failure) {
  canary_under_way_ = false;
  if (!failure) return breaker_.answered();
  if (failure->blame == Blame::kUs) return refuse(failure->error.message);
  breaker_.still_failing(now, failure->error.message);
}

}  // namespace viltree::http
