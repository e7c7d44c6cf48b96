#pragma once

#include "breaker.hpp"
#include "failure.hpp"
#include "loop.hpp"

#include <viltree/policy/policy.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace viltree::http {

/// Whether a lane may be asked, and why not: it refuses us for good, it was lost and is tried with canaries,
/// or it wants a pause. A state machine over moments that it is told; for one thread.
class LaneHealth {
 public:
  using Time = Loop::Time;

  /// The pauses before the first canary, and the longest between two.
  LaneHealth(Time first_pause, Time longest_pause) : breaker_(first_pause, longest_pause) {}

  /// It has been asked at the start.
  void set_up();
  void refuse(const std::string& reason);
  /// It could not be reached at the start.
  void lose(const std::string& reason) { reason_ = reason; }

  /// It has been asked at the start, and has not been lost or refused us since.
  [[nodiscard]] bool usable() const { return is_set_up_ && !refused_ && breaker_.closed(); }
  [[nodiscard]] bool refused() const { return refused_; }
  /// Why it is not usable.
  [[nodiscard]] const std::string& reason() const { return reason_.empty() ? breaker_.reason() : reason_; }
  [[nodiscard]] bool paused(Time now) const { return now < paused_until_; }
  [[nodiscard]] Time paused_until() const { return paused_until_; }
  /// Pauses in a row that the server asked for, without a reply between them.
  [[nodiscard]] std::uint32_t pauses() const { return pauses_; }
  /// For people: a lane that was lost is so until a request is answered.
  [[nodiscard]] policy::EndpointState::Condition condition(Time now) const;

  void answered(Time now);

  struct Failed {
    Time sent{};
    Time now{};
    Time wait{};             ///< what was asked for, or how long to wait otherwise
    bool whole_lane = true;  ///< of an overload: not this request alone should wait
  };
  void failed(const Failed& failed, const Failure& failure);

  /// When a canary is due; none where none is needed or one is under way.
  [[nodiscard]] std::optional<Time> canary_due() const;
  void canary_sent() { canary_under_way_ = true; }
  void canary_answered(Time now, const std::optional<Failure>& failure);

 private:
  /// False: it belongs to a pause that has begun.
  bool pause(const Failed& failed, bool was_asked_for);

  Breaker breaker_;
  bool is_set_up_ = false;
  bool refused_ = false;
  bool proven_ = true;  ///< a request was answered since it was lost; a canary's reply proves little
  std::string reason_;
  bool canary_under_way_ = false;
  Time paused_until_{};
  std::uint32_t pauses_ = 0;
  Time last_reply_{};
};

}  // namespace viltree::http
