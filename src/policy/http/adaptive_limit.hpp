#pragma once

#include <chrono>
#include <cstdint>

namespace viltree::http {

/// How many sequences an endpoint gets at once, found by trying.
///
/// A level is judged by its goodput: the tokens of all replies over the time, from when as many sequences
/// have been answered since the change as it holds (what was sent before is then through) until twice as many
/// more; a doubling that gains shows sooner. Round-trip times would mislead, because they follow the replies'
/// lengths. A stretch in which there was not enough to send says nothing.
///
///   climbing    it doubles while that brings at least a tenth more goodput; else the last gain is kept
///   descending  then it is halved while that costs nothing: fewer at once share the server's prefix cache
///               better, and wait less
///   holding     after some rounds a quarter more is tried and kept where it gains, and in turn a sixth less,
///               which is kept where it loses nothing
///
/// An overload (429, 503, a time-out) takes a quarter off, once for all that was sent at that level, and ends
/// the climb. A state machine that is told what happens; for one thread.
class AdaptiveLimit {
 public:
  using Duration = std::chrono::nanoseconds;

  /// Starts at `start`, and stays within [least, most].
  AdaptiveLimit(std::uint32_t start, std::uint32_t least, std::uint32_t most);
  /// One that stays as it is.
  static AdaptiveLimit fixed(std::uint32_t limit) { return {limit, limit, limit}; }

  [[nodiscard]] std::uint32_t value() const { return value_; }

  /// The level that a request is sent at; to be given back where the server is overloaded.
  struct Level {
    std::uint64_t number = 0;
  };
  /// `at_work`: sequences that the server works on or lets wait, this request's included.
  [[nodiscard]] Level sent(double at_work);
  void answered(std::uint32_t sequences, std::uint64_t tokens, Duration now);
  void overloaded(const Level& level);

 private:
  enum class Phase { kClimbing, kDescending, kHolding, kTryingMore, kTryingFewer };

  void look_quickly(double seconds, Duration now);
  void judge(double goodput, Duration now);
  void go_to(std::uint32_t value, Phase phase);
  void start_measuring(Duration now);
  [[nodiscard]] bool clearly_worse(double seconds) const;
  [[nodiscard]] std::uint32_t least_samples() const;

  std::uint32_t value_;
  std::uint32_t least_;
  std::uint32_t most_;
  Phase phase_ = Phase::kClimbing;
  std::uint64_t level_ = 0;
  std::uint32_t kept_ = 0;    ///< the limit to go back to
  double kept_goodput_ = 0;   ///< its goodput; 0: not known
  std::uint32_t rounds_ = 0;  ///< held since the last trial
  bool more_next_ = true;
  // Of this level.
  std::uint64_t answered_ = 0;  ///< sequences
  bool measuring_ = false;
  bool quick_ = false;  ///< the limit has just been doubled
  Duration since_{};
  double tokens_ = 0;
  bool was_short_ = false;  ///< there was not enough to send
};

}  // namespace viltree::http
