#pragma once

#include "backoff.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace viltree::http {

struct LadderOptions {
  Backoff backoff;
  std::uint32_t retries = 6;  ///< in a series
};

/// When a request that fails is sent again, and when no more. Its attempts come in series: the first and
/// `retries` further ones, with the waits of the backoff between them. After a series in which others of the
/// same model were answered it rests: at first twice the backoff's base, then three times as long each time,
/// up to the cap (1, 3, 9, 27, 60 s). The sixth series is the last. One in which nothing else was answered
/// says nothing of the request: it goes on, however long.
///
/// A state machine over failures that it is told; for one thread.
class Ladder {
 public:
  static constexpr std::uint32_t kSeries = 6;

  struct Failed {
    std::uint64_t answered = 0;  ///< requests, by the model so far, whoever sent them
    bool final = false;          ///< the server asks not to be asked again: no more in this series
    std::optional<std::chrono::milliseconds> requested = std::nullopt;  ///< a wait
    double uniform = 0;                                                 ///< in [0, 1), for the jitter
  };

  /// How long to wait for the next attempt; none where there is none.
  [[nodiscard]] std::optional<std::chrono::milliseconds> failed(const LadderOptions& options,
                                                                const Failed& failed) {
    ++attempts_;
    if (in_series_++ == 0) answered_at_first_ = failed.answered;
    const bool last = failed.final || in_series_ > options.retries;
    if (!last || failed.answered == answered_at_first_)
      return backoff_wait(options.backoff, in_series_, failed.requested, failed.uniform);
    in_series_ = 0;
    if (++series_ == kSeries) return std::nullopt;
    return std::max(failed.requested.value_or(std::chrono::milliseconds(0)), rest_after(options.backoff));
  }

  [[nodiscard]] std::uint32_t attempts() const { return attempts_; }

 private:
  [[nodiscard]] std::chrono::milliseconds rest_after(const Backoff& backoff) const {
    auto rest = 2 * backoff.base;
    for (std::uint32_t i = 1; i < series_; ++i) rest = std::min(3 * rest, backoff.cap);
    return std::min(rest, backoff.cap);
  }

  std::uint32_t attempts_ = 0;  ///< that failed
  std::uint32_t series_ = 0;    ///< that are over
  std::uint32_t in_series_ = 0;
  std::uint64_t answered_at_first_ = 0;  ///< at the first failure of this series
};

}  // namespace viltree::http
