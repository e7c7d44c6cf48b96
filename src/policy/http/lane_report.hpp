#pragma once

#include <viltree/core/mutex.hpp>
#include <viltree/policy/policy.hpp>

#include <functional>

namespace viltree::http {

/// What a lane tells everybody of itself. For any thread.
class LaneReport {
 public:
  explicit LaneReport(policy::EndpointState state) : state_(std::move(state)) {}

  void change(const std::function<void(policy::EndpointState&)>& how) {
    const core::Lock lock(mutex_);
    how(state_);
  }
  [[nodiscard]] policy::EndpointState state() const {
    const core::Lock lock(mutex_);
    return state_;
  }

 private:
  mutable core::Mutex mutex_;
  policy::EndpointState state_ VILTREE_GUARDED_BY(mutex_);
};

}  // namespace viltree::http
