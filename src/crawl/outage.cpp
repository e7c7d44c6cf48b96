#include "outage.hpp"

#include <algorithm>

namespace viltree::crawl {

namespace {
constexpr std::chrono::seconds kFirstPause{1};
constexpr std::chrono::seconds kLongestPause{60};
}  // namespace

Outage::Change Outage::failed(Duration now, const std::string& reason) {
  if (!lasts_) {
    lasts_ = true;
    since_ = now;
    pause_ = kFirstPause;
    next_try_ = now + pause_;
    reason_ = reason;
    return Change::kBegan;
  }
  if (!may_try(now)) return Change::kGoesOn;  // sent before the pause began
  reason_ = reason;
  if (now - since_ >= patience_) return Change::kTooLong;
  pause_ = std::min<Duration>(pause_ * 2, kLongestPause);
  next_try_ = now + pause_;
  return Change::kGoesOn;
}

bool Outage::answered() {
  const bool ended = lasts_;
  lasts_ = false;
  return ended;
}

}  // namespace viltree::crawl
