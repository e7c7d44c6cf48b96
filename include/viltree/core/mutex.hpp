#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

// Lock annotations: clang's thread-safety analysis (the `clang` preset) checks them, other compilers ignore
// them.
#if defined(__clang__)
#define VILTREE_ANNOTATION(x) __attribute__((x))
#else
#define VILTREE_ANNOTATION(x)
#endif
#define VILTREE_GUARDED_BY(x) VILTREE_ANNOTATION(guarded_by(x))
#define VILTREE_REQUIRES(...) VILTREE_ANNOTATION(requires_capability(__VA_ARGS__))

namespace viltree::core {

/// std::mutex with annotations.
class VILTREE_ANNOTATION(capability("mutex")) Mutex {
 public:
  void lock() VILTREE_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  void unlock() VILTREE_ANNOTATION(release_capability()) { mutex_.unlock(); }

 private:
  friend class Condition;
  std::mutex mutex_;
};

class VILTREE_ANNOTATION(scoped_lockable) Lock {
 public:
  explicit Lock(Mutex& mutex) VILTREE_ANNOTATION(acquire_capability(mutex)) : mutex_(mutex) { mutex_.lock(); }
  ~Lock() VILTREE_ANNOTATION(release_capability()) { mutex_.unlock(); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  Mutex& mutex_;
};

/// std::condition_variable over Mutex. Wake-ups may be spurious: wait in a loop over the guarded condition.
class Condition {
 public:
  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }

  void wait(Mutex& mutex) VILTREE_REQUIRES(mutex) {
    std::unique_lock lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }

  void wait_for(Mutex& mutex, std::chrono::nanoseconds timeout) VILTREE_REQUIRES(mutex) {
    std::unique_lock lock(mutex.mutex_, std::adopt_lock);
    condition_.wait_for(lock, timeout);
    lock.release();
  }

 private:
  std::condition_variable condition_;
};

}  // namespace viltree::core
