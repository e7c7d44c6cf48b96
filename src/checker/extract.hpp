#pragma once

#include "rule.hpp"

#include <span>
#include <string_view>

namespace viltree::checker {

/// The answer of a solution by the first of the marks that finds one: its verdict, itself and its place.
/// Linear in the solution, on any bytes.
[[nodiscard]] Check extract(const Rule& rule, std::string_view solution, std::span<const Mark> marks);

}  // namespace viltree::checker
