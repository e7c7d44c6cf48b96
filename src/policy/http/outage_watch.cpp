#include "outage_watch.hpp"

#include <chrono>

namespace viltree::http {

void OutageWatch::out(Time now, const std::string& reason) {
  const core::Lock lock(mutex_);
  is_out_ = true;
  if (!since_) since_ = now;
  reason_ = reason;
}

void OutageWatch::over() {
  const core::Lock lock(mutex_);
  is_out_ = false;
}

void OutageWatch::answered() {
  const core::Lock lock(mutex_);
  if (!is_out_) since_.reset();
}

std::optional<policy::Outage> OutageWatch::outage(Time now) const {
  const core::Lock lock(mutex_);
  if (!is_out_) return std::nullopt;
  return policy::Outage{std::chrono::duration_cast<std::chrono::milliseconds>(now - *since_), reason_};
}

}  // namespace viltree::http
