#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

namespace viltree::http {

/// Whether an endpoint may be asked: closed (yes), or open after a series of failures. An open one is tried
/// with a canary now and then; when that is answered it closes. A state machine over moments that it is told;
/// for one thread.
class Breaker {
 public:
  using Duration = std::chrono::nanoseconds;

  /// Failures in a row without a reply between them that open it. With a fifth of all requests failing at
  /// random, a series of so many comes once in 400,000 requests.
  static constexpr std::uint32_t kFailures = 8;

  /// The pause before the first canary, and the longest between two; they double.
  Breaker(Duration first_pause, Duration longest_pause)
      : first_pause_(first_pause), longest_pause_(longest_pause), pause_(first_pause) {}

  [[nodiscard]] bool closed() const { return closed_; }
  /// When the next canary is due.
  [[nodiscard]] Duration next_try() const { return next_try_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }

  void answered() {
    failures_ = 0;
    pause_ = first_pause_;
    closed_ = true;
  }

  /// A request failed. `certain`: nobody is there, so that no series is needed. True where that opens it.
  bool failed(Duration now, const std::string& reason, bool certain) {
    reason_ = reason;
    ++failures_;
    if (!closed_ || (!certain && failures_ < kFailures)) return false;
    open(now);
    return true;
  }

  void open(Duration now) {
    closed_ = false;
    pause_ = first_pause_;
    next_try_ = now + pause_;
  }

  /// The canary failed too.
  void still_failing(Duration now, const std::string& reason) {
    reason_ = reason;
    pause_ = std::min(pause_ * 2, longest_pause_);
    next_try_ = now + pause_;
  }

 private:
  Duration first_pause_;
  Duration longest_pause_;
  Duration pause_;
  bool closed_ = true;
  std::uint32_t failures_ = 0;
  Duration next_try_{};
  std::string reason_;
};

}  // namespace viltree::http
