#pragma once

#include "number.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::checker {

/// The choices of one problem, read once. Immutable.
class Choices {
 public:
  explicit Choices(const std::vector<std::string>& texts);

  /// Index of the choice that `text` names: by its text ("the red one"), by a number that equals one choice
  /// alone, or by its letter in a form that is no word of a sentence: "B", "(B) 20", "B.", "B) 20", "**B**",
  /// "option B", "Ⓑ". Without choices, the letter's place in the alphabet. Nothing where it names none, or
  /// two.
  [[nodiscard]] std::optional<std::size_t> named(std::string_view text) const;

 private:
  struct Choice {
    std::string form;        ///< of plain_form
    std::string unlabelled;  ///< the same of "20" where the choice's text is "(B) 20"; else empty
    std::string loose;       ///< of the form without blanks and formula dress
    std::optional<Number> number;
  };

  [[nodiscard]] std::optional<std::size_t> by_text(std::string_view form) const;
  [[nodiscard]] std::optional<std::size_t> by_loose_text(std::string_view text) const;
  [[nodiscard]] std::optional<std::size_t> by_number(std::string_view text) const;

  std::vector<Choice> choices_;
};

/// The place in a line that names a choice without being all of it, the last one: "option B" in "so option B
/// is right", "B" in "thus B is correct", "(B)" in "which is (B)" where no other letter stands so.
[[nodiscard]] std::optional<std::string_view> choice_in_line(std::string_view line);

}  // namespace viltree::checker
