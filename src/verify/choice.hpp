#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace viltree::verify {

/// Index of the choice that `text` names: by its text ("the red one"), by a number that equals one choice
/// alone, or by its letter in a form that is no word of a sentence: "B", "(B) 20", "B.", "B) 20", "**B**",
/// "option B". Without choices, the letter's place in the alphabet. Nothing where it names none, or two.
[[nodiscard]] std::optional<std::size_t> named_choice(std::string_view text,
                                                      std::span<const std::string> choices);

/// The place in `line` from the last "option" or "choice" on that a letter follows: "so option B is correct".
[[nodiscard]] std::optional<std::string_view> last_option(std::string_view line);

}  // namespace viltree::verify
