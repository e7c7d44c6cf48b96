#pragma once

#include <cstdint>
#include <span>
#include <vector>

/// Steps that nearly repeat another one. Pure and thread-safe.
namespace viltree::stats {

/// For each simhash, whether another one in the list is near it.
[[nodiscard]] std::vector<bool> have_neighbours(std::span<const std::uint64_t> simhashes);

}  // namespace viltree::stats
