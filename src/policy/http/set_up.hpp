#pragma once

#include "probe.hpp"

#include <viltree/core/result.hpp>
#include <viltree/http/options.hpp>

#include <memory>

namespace viltree::http {

/// Finds out what an endpoint is: its model, its dialect, how to ask it. kTransient where it cannot be
/// reached, kInvalidInput where it cannot be used as it is configured.
[[nodiscard]] core::Result<std::shared_ptr<const LaneSetup>> set_up(Questioner& questioner,
                                                                    const HttpOptions& options,
                                                                    const LaneOptions& lane);

}  // namespace viltree::http
