#pragma once

#include "number.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace viltree::checker {

/// Looks at what stands behind a number that ends at `from`: units and words are passed over, a percent mark
/// or "million" is the scale that is returned. Nothing where it makes the number something else: an operator,
/// a variable, a power, another number.
[[nodiscard]] std::optional<Rational> scale_of_tail(std::string_view text, std::size_t from);

}  // namespace viltree::checker
