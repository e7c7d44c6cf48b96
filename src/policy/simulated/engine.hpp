#pragma once

#include "batch.hpp"

#include <viltree/core/mutex.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace viltree::simulated {

/// Runs a Batch on the clock, with one timer for all of it. Thread-safe.
class Engine {
 public:
  /// Called once when a job is done, on some thread and with no lock held, possibly before submit() returns;
  /// not for a cancelled job. Takes the tokens of its prompt that were cached.
  using OnDone = std::function<void(std::uint64_t cached_tokens)>;

  /// `io` must outlive it, and its threads must have ended before it is destroyed.
  Engine(boost::asio::io_context& io, const BatchOptions& options);

  /// None where the queue is full.
  [[nodiscard]] std::optional<Batch::JobId> submit(BatchJob job, OnDone on_done);
  void cancel(Batch::JobId id);
  /// See Batch::decoded(); empty for a job that is done.
  [[nodiscard]] std::vector<std::uint32_t> decoded(Batch::JobId id);
  [[nodiscard]] BatchCounts counts();

 private:
  struct Call {
    OnDone on_done;
    std::uint64_t cached_tokens = 0;
  };
  [[nodiscard]] static Batch::Time now();
  [[nodiscard]] std::vector<Call> take_done() VILTREE_REQUIRES(mutex_);
  void arm() VILTREE_REQUIRES(mutex_);
  void on_timer();
  static void run(std::vector<Call> calls);

  core::Mutex mutex_;
  Batch batch_ VILTREE_GUARDED_BY(mutex_);
  std::unordered_map<Batch::JobId, OnDone> waiting_ VILTREE_GUARDED_BY(mutex_);
  boost::asio::steady_timer timer_ VILTREE_GUARDED_BY(mutex_);
  std::optional<Batch::Time> armed_ VILTREE_GUARDED_BY(mutex_);
};

}  // namespace viltree::simulated
