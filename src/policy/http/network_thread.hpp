#pragma once

#include "asio_loop.hpp"

#include <viltree/core/mutex.hpp>

#include <chrono>
#include <functional>
#include <thread>

namespace viltree::http {

/// The one thread on which a policy does its network work, from the beginning until its end. Thread-safe, but
/// for what is made with loop().
class NetworkThread {
 public:
  NetworkThread();
  NetworkThread(const NetworkThread&) = delete;
  NetworkThread& operator=(const NetworkThread&) = delete;
  ~NetworkThread();

  [[nodiscard]] AsioLoop& loop() { return loop_; }

  /// False once it ends. What is posted runs before what end() is given.
  [[nodiscard]] bool post(std::function<void()> task);
  /// Waits, unless it ends.
  void pause(std::chrono::milliseconds time);
  [[nodiscard]] bool ends() const;

  /// Of the first call, `last` is the last that runs there. Waits for nothing.
  void end(std::function<void()> last);
  /// Waits for the end, which end() must have begun. Not to be called from the thread itself.
  void join();

 private:
  AsioLoop loop_;
  mutable core::Mutex mutex_;
  core::Condition ending_;
  bool ends_ VILTREE_GUARDED_BY(mutex_) = false;
  core::Mutex join_mutex_;  ///< held while the thread ends, so that every caller of join() waits for that
  std::jthread thread_ VILTREE_GUARDED_BY(join_mutex_);
};

}  // namespace viltree::http
