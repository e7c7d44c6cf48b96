#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Hostile text for places of limited width. Columns are those of a terminal: two for wide characters of East
/// Asia and emoji, none for combining marks.
namespace viltree::core {

/// Columns of a text that printable() or the functions below gave.
[[nodiscard]] std::size_t columns(std::string_view text);

/// The beginning of the text on one line: trimmed, printable, line ends shown as ⏎, cut with … where it is
/// wider than `most_columns` (0: no limit).
[[nodiscard]] std::string one_line(std::string_view text, std::size_t most_columns);

/// The text in lines of at most `width` columns (0: no limit), printable, broken at blanks where there are
/// some; at most `most_lines`, the last one … where there was more.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width,
                                               std::size_t most_lines);

/// JSON text with the characters that a terminal would act on (C1 controls, bidirectional overrides) escaped;
/// the same JSON.
[[nodiscard]] std::string escape_hidden(std::string_view json);

/// Blanks added on the left, or on the right, up to `width` columns.
[[nodiscard]] std::string pad_left(std::string_view text, std::size_t width);
[[nodiscard]] std::string pad_right(std::string_view text, std::size_t width);

}  // namespace viltree::core
