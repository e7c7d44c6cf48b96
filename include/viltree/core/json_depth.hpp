#pragma once

#include <viltree/core/limits.hpp>

#include <cstddef>
#include <string_view>

namespace viltree::core {

/// Whether the brackets of a text nest at most `limit` deep; those within strings do not count. It need be no
/// JSON. Ask before a parser builds a document of what came from outside: one of 100,000 brackets overflows
/// the stack when it is destroyed. Without recursion, one pass.
[[nodiscard]] bool json_depth_within(std::string_view text, std::size_t limit = limits::kJsonDepth);

}  // namespace viltree::core
