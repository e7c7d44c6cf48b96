#pragma once

#include "number.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace viltree::checker {

struct NumberInWords {
  Rational value;
  std::size_t length = 0;  ///< bytes of the text that say it
};

/// The English number with which the text begins, below 10^12: "seven", "twenty-one", "six hundred and five",
/// "two thirds". Nothing where there is none, and where the words are no number ("two three", "two third").
[[nodiscard]] std::optional<NumberInWords> number_in_words(std::string_view text);

}  // namespace viltree::checker
