#pragma once

#include <viltree/core/background.hpp>
#include <viltree/core/mutex.hpp>
#include <viltree/core/random.hpp>

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace viltree::test {

/// Background work in an order that a seed decides: of all threads one goes on at a time, and at each step()
/// it is drawn which. So one seed is one history, also where work goes on side by side. Made, and waited
/// upon, by one thread (the main one). Work calls step() from its own thread or from one that it alone
/// waits for.
class Turns final : public core::Background {
 public:
  explicit Turns(std::uint64_t seed) : random_(seed), main_(std::this_thread::get_id()) {}

  [[nodiscard]] std::unique_ptr<core::BackgroundWork> begin(std::function<void()> work) override;

  /// Before anything that others can see. The main thread holds no lock here that work may want.
  void step();
  [[nodiscard]] bool is_main() const { return std::this_thread::get_id() == main_; }

 private:
  friend class TurnsWork;
  enum class State { kRunning, kWaiting, kDone };
  struct Worker {
    State state = State::kRunning;
    std::thread thread;
  };

  void run_one() VILTREE_REQUIRES(mutex_);
  void wait_until_none_runs() VILTREE_REQUIRES(mutex_);

  core::Mutex mutex_;
  core::Condition changed_;
  core::Random random_;
  std::thread::id main_;
  std::vector<std::shared_ptr<Worker>> workers_;  // that are not done
  std::shared_ptr<Worker> running_;               // other than the main thread
};

}  // namespace viltree::test
