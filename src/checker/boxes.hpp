#pragma once

#include <string_view>
#include <vector>

namespace viltree::checker {

/// Contents of the last boxes: \boxed{…} or \fbox{…} that are closed and not empty, or "\boxed 5" up to a
/// blank. Several where they stand one after the other with nothing but a comma, "and" or "or" and perhaps
/// "y =" between, in the order of the text; none where there is no box. Linear, on any bytes.
[[nodiscard]] std::vector<std::string_view> last_boxes(std::string_view solution);

}  // namespace viltree::checker
