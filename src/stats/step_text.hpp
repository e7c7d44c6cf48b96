#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// When two steps are the same, or nearly so. Pure and thread-safe.
namespace viltree::stats {

/// ASCII letters in lower case, each run of digits one 0, each run of blanks one blank, none at the ends.
[[nodiscard]] std::string normalised(std::string_view step);

/// Charikar's simhash (2002) over the words of a normalised step and its pairs of neighbouring words: texts
/// that share most of them differ in few of the 64 bits.
[[nodiscard]] std::uint64_t simhash(std::string_view normalised_step);

/// Bits in which the simhashes of two near-duplicates differ at most.
inline constexpr int kNearBits = 3;

/// For each simhash, whether another one in the list is near it.
[[nodiscard]] std::vector<bool> have_neighbours(std::span<const std::uint64_t> simhashes);

}  // namespace viltree::stats
