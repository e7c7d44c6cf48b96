#include "begun_samples.hpp"

#include <utility>

namespace viltree::crawl {

void BegunSamples::keep(const ActionKey& key, policy::Begun begun) {
  if (begun.bill.requests == 0) return;
  begun_.insert_or_assign(key, std::move(begun));
  count();
}

void BegunSamples::forget(const ActionKey& key) {
  if (begun_.erase(key) > 0) count();
}

policy::Begun BegunSamples::of(const ActionKey& key) const {
  const auto found = begun_.find(key);
  return found == begun_.end() ? policy::Begun{} : found->second;
}

/// Anew each time: a sum of what is partly unknown cannot be taken apart again. There are few.
void BegunSamples::count() {
  totals_ = {};
  for (const auto& [key, begun] : begun_) {
    totals_.usage.add(begun.bill.usage);
    if (!begun.bill.usage.completion_tokens) totals_.uncounted += begun.completions();
  }
}

}  // namespace viltree::crawl
