#pragma once

#include <viltree/policy/policy.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

namespace viltree::policy {

/// How long a stop may go unheard: a signal handler can set a flag, and wake nobody.
inline constexpr std::chrono::milliseconds kLookForStopEvery{50};

/// Starts the policy as Policy::start() does, and stops it as soon as `stop` is set: kCancelled then, unless
/// it was just ready.
[[nodiscard]] inline core::Status start(Policy& policy, const std::atomic<bool>& stop) {
  if (stop) return core::fail(core::ErrorKind::kCancelled, "stopped before the policy was started");
  std::jthread watcher([&](const std::stop_token& started) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!stop && !started.stop_requested())
      wake.wait_for(lock, started, kLookForStopEvery, [&] { return stop.load(); });
    if (stop) policy.stop();
  });
  return policy.start();
}

}  // namespace viltree::policy
