#pragma once

#include <optional>
#include <string_view>

/// Which words and commands mean what.
namespace viltree::checker::math {

/// The function that a word or a command without its backslash names: "sin", "arctan", "ln", "log" …; empty
/// where it names none.
[[nodiscard]] std::string_view function_named(std::string_view word);

/// The relation sign that a command stands for, as in Op::kRelation; '\0' where it is none.
[[nodiscard]] char relation_of(std::string_view command);

/// True for a command that is a letter: \alpha, \ell …
[[nodiscard]] bool is_letter_command(std::string_view command);

/// True for commands whose argument is words: \text, \mathrm, \operatorname …
[[nodiscard]] bool is_text_command(std::string_view command);

/// True for \frac and what is written like it.
[[nodiscard]] bool is_fraction_command(std::string_view command);

/// True for words of two or three letters that are words of a sentence, and no products of variables.
[[nodiscard]] bool is_short_word(std::string_view low);

}  // namespace viltree::checker::math
