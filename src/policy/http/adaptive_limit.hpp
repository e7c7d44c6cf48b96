#pragma once

#include "overload_share.hpp"

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
/// Where requests are refused for now, OverloadShare says whether that may be load, which alone goes away
/// with a lower limit.
///
///   relieving   where it may be, a quarter is taken off. If the share of refusals then falls as it would at
///               a server that takes a fixed number, it was load. If it stays it is noise: the limit goes
///               back, and that share is borne from then on
///   recovering  where it was load, the limit is what the server was seen to take, and from there grows by
///               small steps, each undone where it meets refusals, because the server's room may change. Back
///               where the load was met, it climbs on
///
/// A state machine that is told what happens; for one thread.
class AdaptiveLimit {
 public:
  using Duration = std::chrono::nanoseconds;

  /// Starts at `start`, and stays within [least, most].
  AdaptiveLimit(std::uint32_t start, std::uint32_t least, std::uint32_t most);
  /// One that stays as it is.
  static AdaptiveLimit fixed(std::uint32_t limit) { return {limit, limit, limit}; }

  [[nodiscard]] std::uint32_t value() const { return value_; }
  /// It can be less.
  [[nodiscard]] bool gives_way() const { return value_ > least_; }
  /// What goes beyond it may be refused.
  [[nodiscard]] bool is_load() const { return phase_ == Phase::kRelieving || phase_ == Phase::kRecovering; }

  /// The level that a request is sent at, and its place there; to be given back with what came of it.
  struct Level {
    std::uint64_t number = 0;
    OverloadShare::Number request = 0;
  };
  /// `at_work`: sequences that the server works on or lets wait, this request's included.
  [[nodiscard]] Level sent(double at_work);
  void answered(const Level& level, std::uint32_t sequences, std::uint64_t tokens, Duration now);
  /// It was refused for now, or not answered in time. `at_work`: of what was sent before it.
  void overloaded(const Level& level, double at_work);

 private:
  enum class Phase { kClimbing, kDescending, kHolding, kTryingMore, kTryingFewer, kRelieving, kRecovering };
  struct Before {
    std::uint32_t value = 0;
    double full = 0;  ///< as by full()
    Phase phase = Phase::kHolding;
    double share = 0;  ///< of overloads
  };

  void look_quickly(double seconds, Duration now);
  void judge(double goodput, Duration now);
  void go_to(std::uint32_t value, Phase phase);
  void start_measuring(Duration now);
  void look_at_relief();
  [[nodiscard]] double full() const;
  [[nodiscard]] std::uint32_t left() const;
  void give_way(std::uint32_t met, std::uint32_t value);
  void undo();
  void recover(std::uint32_t sequences);
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
  OverloadShare overloads_;
  Before before_;  ///< the level that is relieved
  // Of the recovery.
  std::uint32_t ceiling_ = 0;      ///< where load was met
  Phase later_ = Phase::kHolding;  ///< there
  std::uint32_t borne_ = 0;        ///< the limit to go back to
  double step_ = 0;
  // Of this level.
  double most_at_work_ = 0;
  std::uint64_t recovered_ = 0;  ///< sequences that were answered in the recovery
  std::uint64_t answered_ = 0;   ///< sequences
  bool measuring_ = false;
  bool quick_ = false;  ///< the limit has just been doubled
  Duration since_{};
  double tokens_ = 0;
  bool was_short_ = false;  ///< there was not enough to send
};

}  // namespace viltree::http
