#pragma once

#include "loop.hpp"

#include <viltree/core/mutex.hpp>
#include <viltree/policy/policy.hpp>

#include <optional>
#include <string>

namespace viltree::http {

/// Since when a model cannot be asked. The beginning of an outage is not forgotten before something is
/// answered after it: a server may say that it is well and answer nothing. Written on one thread, read on
/// any.
class OutageWatch {
 public:
  using Time = Loop::Time;

  void out(Time now, const std::string& reason);
  void over();
  /// A request was.
  void answered();
  [[nodiscard]] std::optional<policy::Outage> outage(Time now) const;

 private:
  mutable core::Mutex mutex_;
  bool is_out_ VILTREE_GUARDED_BY(mutex_) = false;
  std::optional<Time> since_ VILTREE_GUARDED_BY(mutex_);
  std::string reason_ VILTREE_GUARDED_BY(mutex_);
};

}  // namespace viltree::http
