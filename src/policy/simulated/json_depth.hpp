#pragma once

#include <cstddef>
#include <string_view>

namespace viltree::simulated {

/// True where no bracket outside a string opens deeper than `limit`. To be asked before a parser builds
/// anything.
[[nodiscard]] bool json_depth_within(std::string_view text, std::size_t limit);

}  // namespace viltree::simulated
