#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace viltree::checker {

/// The words of a text: unwrapped, folded, in lower case, without articles and without the marks between and
/// around them, one blank between two. Signs that make a word another ("C++", "C#", "3/4", "-5") stay.
[[nodiscard]] std::string word_form(std::string_view text);

/// Number of insertions, deletions and replacements of code points that make one text the other
/// (Levenshtein). Quadratic: 1,024 bytes at most count of either.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// Normalized Levenshtein similarity of two texts in lower case without blanks around: 1 - distance / length
/// of the longer one; 1 where both are empty. (Biten et al., "Scene Text Visual Question Answering", 2019,
/// whose ANLS is the mean of this over questions, with 0 where it is below a threshold of 0.5.)
[[nodiscard]] double similarity(std::string_view a, std::string_view b);

}  // namespace viltree::checker
