#pragma once

#include "lane.hpp"
#include "loop.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

namespace viltree::http {

/// A request that costs little, for an endpoint that was lost.
struct Canary {
  std::function<HttpRequest(const Lane&)> request;
  std::function<std::optional<Failure>(const HttpReply&, const Lane&)> check;
};

/// Sees to what comes of a lane without a request's reply: the end of a pause or of a wait for its rate, and
/// canaries while it is lost.
/// Runs on the network thread.
class Caretaker {
 public:
  /// `on_change` is called when a lane may be another than it was, never within look_after().
  Caretaker(Loop& loop, Canary canary, std::function<void()> on_change)
      : loop_(loop), canary_(std::move(canary)), on_change_(std::move(on_change)) {}

  /// After everything that may have changed the lane.
  void look_after(Lane& lane);
  /// Nothing is called any more by a timer.
  void rest() { timers_.clear(); }

 private:
  void send_canary(Lane& lane);

  Loop& loop_;
  Canary canary_;
  std::function<void()> on_change_;
  std::unordered_map<const Lane*, std::unique_ptr<Timer>> timers_;
};

}  // namespace viltree::http
