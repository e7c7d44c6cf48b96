#include "caretaker.hpp"

namespace viltree::http {

void Caretaker::look_after(Lane& lane) {
  const Loop::Time now = loop_.now();
  lane.publish(now);
  const LaneHealth& health = lane.health();
  std::optional<Loop::Time> due = health.canary_due();
  if (due && *due <= now) return send_canary(lane);
  if (!due && lane.usable()) due = health.paused(now) ? health.paused_until() : lane.waits_until();
  if (due) timers_[&lane] = loop_.after(*due - now, on_change_);
}

void Caretaker::send_canary(Lane& lane) {
  lane.canary_sent();
  lane.rate().sent(loop_.now(), 0, 0);
  lane.transport().send(canary_.request(lane), [this, &lane](const HttpReply& reply) {
    lane.canary_answered(loop_.now(), canary_.check(reply, lane));
    on_change_();
  });
}

}  // namespace viltree::http
