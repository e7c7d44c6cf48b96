#pragma once

#include <string>
#include <string_view>

namespace viltree::simulated {

/// A zlib stream (RFC 1950, 1951) of one block with the fixed codes, whose only matches are runs of one byte:
/// small for drawings, and the same bytes everywhere.
[[nodiscard]] std::string zlib_runs(std::string_view data);

}  // namespace viltree::simulated
