#pragma once

#include <chrono>
#include <cstdint>

namespace viltree::http {

/// How many sequences an endpoint gets at once, found by trying.
///
/// By Little's law the goodput at a limit L is L sequences times the tokens that one of them gets in a
/// second, and that speed shows in every answer: its tokens over its time, whatever its length. So a level is
/// judged by the answers to what was sent at it while it was full, and needs no wall-clock window that a
/// straggler spoils.
///
///   climbing  the limit doubles while that brings at least a tenth more goodput, else the last gain is kept
///   holding   after some rounds a level a quarter higher is tried and kept where it gains, and in turn one a
///             sixth lower, which is kept where it loses nothing: fewer at once share the cache better
///
/// An overload (429, 503, a time-out) takes a quarter off, once in a round, and ends the climb. A state
/// machine that is told what happens; for one thread.
class AdaptiveLimit {
 public:
  using Duration = std::chrono::nanoseconds;

  /// Starts at `start`, and stays within [least, most].
  AdaptiveLimit(std::uint32_t start, std::uint32_t least, std::uint32_t most);
  /// One that stays as it is.
  static AdaptiveLimit fixed(std::uint32_t limit) { return {limit, limit, limit}; }

  [[nodiscard]] std::uint32_t value() const { return value_; }

  /// The level that a request is sent at; to be given back with its answer.
  struct Level {
    std::uint64_t number = 0;
    bool full = false;
  };
  /// `in_flight`: sequences at the server, this request's included.
  [[nodiscard]] Level sent(std::uint32_t in_flight) const;
  void answered(const Level& level, std::uint32_t sequences, std::uint64_t tokens, Duration took);
  void overloaded(const Level& level);

 private:
  enum class Phase { kClimbing, kHolding, kTryingMore, kTryingFewer };

  void judge(double goodput);
  void go_to(std::uint32_t value, Phase phase);
  [[nodiscard]] std::uint32_t samples_wanted() const;

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
  double sequences_ = 0;
  double tokens_ = 0;   ///< a sequence's, summed
  double seconds_ = 0;  ///< a sequence's, summed
};

}  // namespace viltree::http
