#pragma once

#include "send_queue.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/archive/totals.hpp>
#include <viltree/policy/policy.hpp>

#include <map>

namespace viltree::crawl {

/// What samples brought that failed and will be asked again: it goes with the next attempt, and is counted
/// until an answer counts it. For one thread.
class BegunSamples {
 public:
  /// In place of what the same action brought before; nothing is kept where nothing came.
  void keep(const ActionKey& key, policy::Begun begun);
  void forget(const ActionKey& key);
  /// Empty where there is none.
  [[nodiscard]] policy::Begun of(const ActionKey& key) const;
  /// Tokens alone: these are neither answers nor rollouts yet.
  [[nodiscard]] const archive::Totals& totals() const { return totals_; }

 private:
  void count();

  std::map<ActionKey, policy::Begun> begun_;
  archive::Totals totals_;
};

}  // namespace viltree::crawl
