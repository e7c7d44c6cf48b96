#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <utility>

namespace viltree::core {

/// Work that goes on beside its beginner. For one thread; the destructor waits.
class BackgroundWork {
 public:
  BackgroundWork() = default;
  BackgroundWork(const BackgroundWork&) = delete;
  BackgroundWork& operator=(const BackgroundWork&) = delete;
  virtual ~BackgroundWork() = default;
  [[nodiscard]] virtual bool done() const = 0;
  virtual void wait() = 0;
  /// Returns when it is done, or after so long.
  virtual void wait_for(std::chrono::milliseconds most) = 0;
};

/// Where work goes on beside the caller, so that a test can decide who goes first.
class Background {
 public:
  Background() = default;
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  virtual ~Background() = default;
  /// `work` does not throw.
  [[nodiscard]] virtual std::unique_ptr<BackgroundWork> begin(std::function<void()> work) = 0;
};

/// A thread for each work. Lives as long as the program; thread-safe.
[[nodiscard]] Background& threads();

/// A value that is being made in the background; empty until begin(). For one thread.
template <typename T>
class Pending {
 public:
  /// `make` is called in the background; what it throws comes out of take().
  template <typename Make>
  void begin(Background& background, Make make) {
    auto task = std::make_shared<std::packaged_task<T()>>(std::move(make));
    value_ = task->get_future();
    work_ = background.begin([task] { (*task)(); });
  }
  [[nodiscard]] bool begun() const { return work_ != nullptr; }
  [[nodiscard]] bool done() const { return work_ != nullptr && work_->done(); }
  /// Nothing where nothing was begun.
  void wait() const {
    if (work_) work_->wait();
  }
  void wait_for(std::chrono::milliseconds most) const {
    if (work_) work_->wait_for(most);
  }
  /// Waits, and is empty afterwards.
  [[nodiscard]] T take() {
    work_->wait();
    work_.reset();
    return value_.get();
  }

 private:
  std::future<T> value_;
  std::unique_ptr<BackgroundWork> work_;
};

}  // namespace viltree::core
