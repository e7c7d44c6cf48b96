#pragma once

#include <viltree/core/clock.hpp>

#include <string>

namespace viltree::crawl {

/// Whether the policy can be reached, when to try it again, and when to give up. A state machine over moments
/// that it is told. For one thread.
class Outage {
 public:
  using Duration = core::Clock::Duration;

  explicit Outage(Duration patience) : patience_(patience) {}

  enum class Change {
    kBegan,    ///< the policy was lost just now
    kGoesOn,   ///< it was lost before
    kTooLong,  ///< and is so for longer than the patience
  };

  /// A request failed for a reason that may pass. Failures of requests that were under way already do not
  /// lengthen the pause.
  Change failed(Duration now, const std::string& reason);
  /// An answer came. True where that ends an outage.
  bool answered();

  [[nodiscard]] bool lasts() const { return lasts_; }
  [[nodiscard]] bool may_try(Duration now) const { return now >= next_try_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  Duration patience_;
  bool lasts_ = false;
  Duration since_{};
  Duration pause_{};
  Duration next_try_{};
  std::string reason_;
};

}  // namespace viltree::crawl
