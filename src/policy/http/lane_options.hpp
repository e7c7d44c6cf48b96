#pragma once

#include "lane.hpp"

#include <viltree/core/result.hpp>
#include <viltree/http/options.hpp>

#include <vector>

namespace viltree::http {

/// Of each endpoint's lane, in the order of the endpoints; which model each has is found out later.
/// kInvalidInput where an endpoint's url or key cannot be used.
[[nodiscard]] core::Result<std::vector<LaneOptions>> lane_options(const HttpOptions& options);

}  // namespace viltree::http
