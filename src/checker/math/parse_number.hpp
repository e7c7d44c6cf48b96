#pragma once

#include "cursor.hpp"
#include "expression.hpp"

#include <optional>

namespace viltree::checker::math {

/// Reads a number without sign at the cursor: 12, 1,234.5, .5, 3e8, 0.\overline{3}. Commas are read as
/// `comma` says; `in_brackets` they always separate but for Comma::kDecimal. Nothing, and the cursor has not
/// moved, where there is none or it has more than 200 digits.
[[nodiscard]] std::optional<Expression> take_number(Cursor& cursor, Comma comma, bool in_brackets);

/// The value of digits in a base of 2 to 36; nothing where they are not of it.
[[nodiscard]] std::optional<Rational> in_base(std::string_view digits, unsigned base);

}  // namespace viltree::checker::math
