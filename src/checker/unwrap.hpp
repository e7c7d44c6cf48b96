#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace viltree::checker {

/// Without what only dresses an answer: blanks around it, a full stop behind it, and around the whole of it
/// $…$, \(…\), \[…\], {…}, \text{…}, **…**, quotes and the like, several deep.
[[nodiscard]] std::string_view unwrap(std::string_view text);

/// Unwrapped, in lower case, every run of blanks one blank: two answers with the same form are the same text.
[[nodiscard]] std::string plain_form(std::string_view text);

/// Where the brace that opens at `open` is closed; npos where it is not. A brace after a backslash counts for
/// nothing.
[[nodiscard]] std::size_t closing_brace(std::string_view text, std::size_t open);

}  // namespace viltree::checker
