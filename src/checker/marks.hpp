#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// Where a solution says its final answer (boxes: boxes.hpp). Each is linear in the solution, takes any bytes
/// and gives views into it.
namespace viltree::checker {

/// What follows the end of a thinking model's thoughts, "</think>", or all where nothing follows it.
[[nodiscard]] std::string_view after_thinking(std::string_view solution);

/// Content of the last <answer>…</answer>; without an end up to the solution's. Empty where there is none.
[[nodiscard]] std::string_view last_tag(std::string_view solution);

struct HashLine {
  std::string_view content;
  bool ends_solution = false;  ///< nothing but blanks follows
};

/// The last line that begins with "####" and no fifth '#': a final answer, or a heading.
[[nodiscard]] std::optional<HashLine> last_hash_line(std::string_view solution);

enum class Announced : std::uint8_t {
  kOne,
  kSeveral,  ///< by "the answers are", too
};

/// What follows the last "answer is", "Answer:", "the correct option is", "答案是", or line "Final answer":
/// the rest of the sentence, or where the line ends there, the next line that says anything; at most
/// kLongestAnswer bytes. "The answer is not …" is passed over.
[[nodiscard]] std::optional<std::string_view> last_phrase(std::string_view solution, Announced announced);

/// Where a sentence is cut; each cuts where those before it do, too.
enum class ClauseEnd : std::uint8_t {
  kReason,       ///< before "because", "since", "so" …
  kRemark,       ///< before a semicolon, or a comma and a word
  kParenthesis,  ///< before a parenthesis
};

/// The first clause of a sentence, blanks and commas around it removed.
[[nodiscard]] std::string_view first_clause(std::string_view sentence, ClauseEnd end);

/// Contents of **…** and `…` on one line of the last paragraph, in the order of the text. Those that are a
/// label, a title or a part of something are left out: "**Note:** …", "**B.** 20", "**2** + 3", "not **5**".
[[nodiscard]] std::vector<std::string_view> bold_spans(std::string_view solution);

/// The last line that says anything, at most its last kLongestAnswer bytes.
[[nodiscard]] std::string_view last_line(std::string_view solution);

/// The last number in digits: "-3", "1,234.5", "3/4". Empty where there is none.
[[nodiscard]] std::string_view last_number(std::string_view solution);

/// `text` from `at` up to the end of the line.
[[nodiscard]] std::string_view line_from(std::string_view text, std::size_t at);

/// True where there is more than punctuation and blanks.
[[nodiscard]] bool says_something(std::string_view line);

}  // namespace viltree::checker
