#pragma once

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
};

class SteadyClock final : public Clock {
 public:
  [[nodiscard]] Duration now() const override { return std::chrono::steady_clock::now().time_since_epoch(); }
};

/// A clock that moves only when told to.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] Duration now() const override { return now_; }
  void advance(Duration by) { now_ += by; }

 private:
  Duration now_{};
};

/// "2026-01-31T12:00:00Z": for people, never for decisions.
[[nodiscard]] std::string utc_now();

}  // namespace viltree::core
