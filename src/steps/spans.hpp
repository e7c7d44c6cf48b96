#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace viltree::steps {

/// A formula or a code block: bytes from `begin` up to `end`.
struct Span {
  std::size_t begin;
  std::size_t end;
};

/// The formulas and code blocks of `text`, in order, none inside another. The rules for what is not closed,
/// so that one stray mark does not swallow the rest:
///  - $ … $ pairs within its paragraph only, the first $ before a byte that is no blank, the second after one
///    and not before a digit (so that "$5 and $6" are prices);
///  - \[ … \] and \( … \) pair only where no other opens between;
///  - $$ … $$ pairs with the next $$, \begin{x} with its \end{x}, over paragraphs;
///  - what finds no partner is plain text, but ``` runs to the end of the text, as in Markdown.
/// What is said of the text after a place outside all spans depends on that text alone. Linear.
[[nodiscard]] std::vector<Span> protected_spans(std::string_view text);

}  // namespace viltree::steps
