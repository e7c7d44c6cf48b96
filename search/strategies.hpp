#pragma once

#include <viltree/search/strategy.hpp>

namespace viltree::search {

/// A constant as a count.
[[nodiscard]] inline std::uint32_t count_of(const Constants& constants, std::string_view name) {
  return static_cast<std::uint32_t>(constants.find(name)->second);
}

}  // namespace viltree::search
