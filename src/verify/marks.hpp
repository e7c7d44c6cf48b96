#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

/// Where a solution says its final answer. Each is linear in the solution and takes any bytes.
namespace viltree::verify {

/// Content of the last \boxed{…} or \fbox{…} that is closed and not empty.
[[nodiscard]] std::optional<std::string_view> last_box(std::string_view solution);

struct HashLine {
  std::string_view content;
  bool ends_solution = false;  ///< nothing but blanks follows
};

/// The last line that begins with "####" and no fifth '#': a final answer, or a heading.
[[nodiscard]] std::optional<HashLine> last_hash_line(std::string_view solution);

/// What follows the last "answer is", "Answer:", or line "Final answer": the rest of the sentence, or where
/// the line ends there, the next line that says anything; at most kLongestAnswer bytes. "The answer is not …"
/// is passed over.
[[nodiscard]] std::optional<std::string_view> last_phrase(std::string_view solution);

/// Where a sentence is cut; each cuts where those before it do, too.
enum class ClauseEnd : std::uint8_t {
  kReason,       ///< before "because", "since", "so" …
  kRemark,       ///< before a semicolon, or a comma and a word
  kParenthesis,  ///< before a parenthesis
};

/// The first clause of a sentence, blanks and commas around it removed.
[[nodiscard]] std::string_view first_clause(std::string_view sentence, ClauseEnd end);

/// The last line that begins with "####" and no fifth '#': a final answer, or a heading.
[[nodiscard]] std::optional<HashLine> last_hash_line(std::string_view solution);

/// What follows the last "answer is", "Answer:", or line "Final answer": the rest of the sentence, or where
/// the line ends there, the next line that says anything. "The answer is not …" is passed over.
[[nodiscard]] std::optional<std::string_view> last_phrase(std::string_view solution);

/// `sentence` up to where a reason or a remark begins: ", which …", " because …", "; …", " (…".
[[nodiscard]] std::string_view first_clause(std::string_view sentence, bool cut_at_parenthesis);

/// The last line that is not blank, at most its last kLongestAnswer bytes.
[[nodiscard]] std::string_view last_line(std::string_view solution);

}  // namespace viltree::verify
