#pragma once

#include <viltree/core/mutex.hpp>

#include <chrono>
#include <string>

namespace viltree::core {

/// Time as the crawl sees it, so that a test can stand still or leap.
class Clock {
 public:
  using Duration = std::chrono::nanoseconds;
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;
  /// Time since some fixed moment; never goes back. Thread-safe.
  [[nodiscard]] virtual Duration now() const = 0;
  /// Waits on the condition as Condition::wait_for does, in this clock's time.
  virtual void wait(Condition& condition, Mutex& mutex, Duration timeout) const VILTREE_REQUIRES(mutex) {
    condition.wait_for(mutex, timeout);
  }
};

class SteadyClock final : public Clock {
 public:
  [[nodiscard]] Duration now() const override { return std::chrono::steady_clock::now().time_since_epoch(); }
};

/// "2026-01-31T12:00:00Z": for people, never for decisions.
[[nodiscard]] std::string utc_now();

}  // namespace viltree::core
