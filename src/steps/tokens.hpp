#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace viltree::steps {

enum class TokenKind : std::uint8_t {
  kFence,        ///< ``` at a line's start, with nothing or a language name after it
  kDollar,       ///< $
  kDollars,      ///< $$
  kOpenSquare,   ///< \[
  kCloseSquare,  ///< \]
  kOpenRound,    ///< \(
  kCloseRound,   ///< \)
  kBegin,        ///< \begin{name}
  kEnd,          ///< \end{name}
  kParagraph,    ///< the newline before a blank line
};

struct Token {
  TokenKind kind;
  std::size_t at;
  std::size_t end;        ///< first byte after it
  bool may_open = true;   ///< $ before a blank opens nothing; neither does a fence with ` behind it
  bool may_close = true;  ///< $ after a blank or before a digit closes nothing; nor a fence with a language
  std::string_view environment = {};  ///< the name, for \begin and \end: no blanks in it
};

/// The marks of formulas and code in `text`, in order. A backslash takes the byte after it with it, so that
/// \$ and \\[ are none. Linear.
[[nodiscard]] std::vector<Token> tokenize(std::string_view text);

}  // namespace viltree::steps
