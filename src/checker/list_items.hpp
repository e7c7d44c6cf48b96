#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace viltree::checker {

/// The items of a list: "a, b and c", "[1; 2]", "{x, y}", "(1,2), (3,4)", "['a', 'b']"; without the brackets
/// around all of it. A comma in brackets or between the digits of "1,234" separates nothing. Empty where
/// there is no item.
[[nodiscard]] std::vector<std::string> list_items(std::string_view text);

}  // namespace viltree::checker
