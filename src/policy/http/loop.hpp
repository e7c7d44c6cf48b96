#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace viltree::http {

/// Something that will be called later; its destruction calls it off.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  virtual ~Timer() = default;
};

/// What one thread has to do, and when. Everything that is handed over is called on that thread, never within
/// the call that hands it over.
class Loop {
 public:
  using Time = std::chrono::nanoseconds;  ///< of a clock that only goes forward

  Loop() = default;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  virtual ~Loop() = default;

  /// For any thread.
  [[nodiscard]] virtual Time now() const = 0;
  /// For any thread; in the order of the calls.
  virtual void post(std::function<void()> task) = 0;
  /// Calls once. For the loop's thread; the timer is dropped there too, also from within its own call.
  [[nodiscard]] virtual std::unique_ptr<Timer> after(Time wait, std::function<void()> task) = 0;
};

}  // namespace viltree::http
