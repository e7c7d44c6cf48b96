#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// When two short texts are the same, or nearly so. Pure and thread-safe.
namespace viltree::core {

/// ASCII letters in lower case, each run of digits one 0, each run of blanks one blank, none at the ends.
[[nodiscard]] std::string normalised(std::string_view text);

/// The runs of ASCII digits in their order, with a blank between two of them.
[[nodiscard]] std::string numbers_of(std::string_view text);

/// Charikar's simhash (2002) over the words of a normalised text and its pairs of neighbouring words: texts
/// that share most of them differ in few of the 64 bits.
[[nodiscard]] std::uint64_t simhash(std::string_view normalised_text);

/// Bits in which the simhashes of two near-duplicates differ at most.
inline constexpr int kNearBits = 3;

[[nodiscard]] bool are_near(std::uint64_t simhash, std::uint64_t other);

}  // namespace viltree::core
