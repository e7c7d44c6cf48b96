#pragma once

#include "math/compare.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace viltree::checker {

/// A mathematical answer: as it was written, and what it says.
struct MathAnswer {
  std::string form;  ///< folded and unwrapped
  math::Expression value;
};

/// Nothing where `text`, of at most kLongestAnswer bytes, is not all of it understood as mathematics.
[[nodiscard]] std::optional<MathAnswer> read_math(std::string_view text);

/// Whether both are the same. A comma between digits of the given answer ("3,14") is also read as a decimal
/// comma or as one between two values where the reference is such a value.
[[nodiscard]] bool same_math(const MathAnswer& reference, const MathAnswer& given, const math::Terms& terms);

/// Whether an answer is plainly mathematics, and no words that could be read as products of variables.
[[nodiscard]] bool is_plainly_math(const MathAnswer& answer);

/// The content of the only $…$, \(…\) or \[…\] of a text; empty where there is none, or several.
[[nodiscard]] std::string_view only_formula(std::string_view text);

}  // namespace viltree::checker
