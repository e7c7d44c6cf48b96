#pragma once

#include <viltree/core/result.hpp>
#include <viltree/http/options.hpp>

namespace viltree::http {

inline constexpr std::uint32_t kMostAutoInFlight = 65'536;
inline constexpr std::uint32_t kMostInFlight = 65'536;

/// kInvalidInput with the first option that is wrong; addresses and keys are checked where they are read.
[[nodiscard]] core::Status check_options(const HttpOptions& options);

}  // namespace viltree::http
