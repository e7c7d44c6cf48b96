#pragma once

#include <string>
#include <string_view>

namespace viltree::checker {

/// `text` with what people write beyond ASCII in the one form that the rules read:
///
/// - decimal digits of every script, full-width and styled Latin letters: the ASCII ones
/// - hyphens and the en dash, the minus sign: `-`; blanks of every width: ` `; quotes: `'` and `"`
/// - "2½": `2 \frac{1}{2}`, "¹⁄₂": `\frac{1}{2}`, "x²": `x^{2}`, "x₁₀": `x_{10}`, "√12": `\sqrt{12}`
/// - × · ÷ √ π ≤ ≥ ≠ ≈ ± ∞ ° ∪ ∩ ∈ ∅ ℝ and the like: their LaTeX commands, a blank behind where a letter
/// follows
/// - ′ and ″: `'` and `''`; Ⓑ and ⑤: `(B)` and `(5)`; marks without width: nothing
///
/// All else stays, bytes that are no UTF-8 included. Linear. The result is a view of `text` itself where that
/// is ASCII, else of `scratch`.
[[nodiscard]] std::string_view folded(std::string_view text, std::string& scratch);

[[nodiscard]] std::string folded(std::string_view text);

}  // namespace viltree::checker
