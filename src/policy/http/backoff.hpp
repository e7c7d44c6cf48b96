#pragma once

#include <viltree/http/options.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>

namespace viltree::http {

/// Exponential growth of the waits between attempts.
struct Backoff {
  std::chrono::milliseconds base = HttpLimits{}.backoff_base;
  std::chrono::milliseconds cap = HttpLimits{}.backoff_cap;
};

/// The wait after the failure of attempt 1, 2, …: full jitter, that is uniform below min(cap, base *
/// 2^(attempt - 1)), for `uniform` in [0, 1). What the server asks for is kept, plus a jitter below `base`,
/// so that those who were sent away together do not come back together.
[[nodiscard]] inline std::chrono::milliseconds backoff_wait(
    const Backoff& backoff, std::uint32_t attempt, std::optional<std::chrono::milliseconds> requested,
    double uniform) {
  const auto base = static_cast<double>(backoff.base.count());
  const int doublings = requested ? 0 : static_cast<int>(std::min(attempt - 1, 40U));
  const double bound = std::min(static_cast<double>(backoff.cap.count()), std::ldexp(base, doublings));
  return requested.value_or(std::chrono::milliseconds(0)) +
         std::chrono::milliseconds(static_cast<std::int64_t>(uniform * bound));
}

}  // namespace viltree::http
