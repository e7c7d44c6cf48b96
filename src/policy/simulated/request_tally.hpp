#pragma once

#include "batch.hpp"

#include <viltree/core/mutex.hpp>
#include <viltree/simulated/server.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace viltree::simulated {

/// Counts requests for completions. Thread-safe.
class RequestTally {
 public:
  void count_request();
  void count_refused();
  void count_fault(const std::string& kind);
  void count_sequences(std::uint64_t sequences, std::uint64_t tokens);

  [[nodiscard]] ServerStats stats() const;

 private:
  mutable core::Mutex mutex_;
  ServerStats stats_ VILTREE_GUARDED_BY(mutex_);
  std::optional<std::chrono::steady_clock::time_point> first_ VILTREE_GUARDED_BY(mutex_);
};

void add_engine(const BatchCounts& counts, ServerStats& stats);
[[nodiscard]] std::string stats_as_json(const ServerStats& stats);

}  // namespace viltree::simulated
