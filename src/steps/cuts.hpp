#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace viltree::steps {

/// Offsets at which a new step begins, rising; never 0, never the end.
using Cuts = std::vector<std::size_t>;

/// Each finds where its splitter would cut `text`, formulas and code not yet regarded. What it says of the
/// text after a cut must depend on that text alone, so that a solution's rest is cut as the whole was.
Cuts blank_line_cuts(std::string_view text);
Cuts line_cuts(std::string_view text);
Cuts numbered_cuts(std::string_view text);
Cuts tag_cuts(std::string_view text);

}  // namespace viltree::steps
