#include "metered_policy.hpp"

namespace viltree::bench {

double MeteredPolicy::seconds() const {
  const core::Lock lock(mutex_);
  if (kept_.empty()) return 0;
  return std::chrono::duration<double>(kept_.back().at - kept_.front().at).count();
}

double MeteredPolicy::kept_a_second(double from, double to) const {
  const double all = seconds();
  const core::Lock lock(mutex_);
  std::size_t completions = 0;
  for (const Kept& kept : kept_) {
    const double at = std::chrono::duration<double>(kept.at - kept_.front().at).count();
    if (at >= from * all && at <= to * all) completions += kept.completions;
  }
  return all > 0 ? static_cast<double>(completions) / ((to - from) * all) : 0;
}

void MeteredPolicy::sample(policy::Sample sample, policy::OnResult on_result) {
  note(0);
  inner_->sample(std::move(sample), [this, on_result = std::move(on_result)](policy::SampleResult result) {
    if (result) note(result->completions.size());
    on_result(std::move(result));
  });
}

void MeteredPolicy::note(std::size_t completions) {
  const core::Lock lock(mutex_);
  if (completions > 0 || kept_.empty()) kept_.push_back({Clock::now(), completions});
}

}  // namespace viltree::bench
