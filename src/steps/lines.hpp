#pragma once

#include <cstddef>
#include <string_view>

namespace viltree::steps {

/// A byte that leaves a line blank; '\n' alone ends a line.
[[nodiscard]] constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/// First byte at or after `at` that is no blank; the text's size where there is none.
[[nodiscard]] std::size_t skip_blanks(std::string_view text, std::size_t at);

/// A blank, or a line's end.
[[nodiscard]] constexpr bool is_space(char c) {
  return is_blank(c) || c == '\n';
}

/// First byte at or after `at` that is neither blank nor a line's end; the text's size where there is none.
[[nodiscard]] std::size_t skip_space(std::string_view text, std::size_t at);

/// Where the content begins that follows `at`: behind the blanks on a line, or with the line. npos where
/// there is none.
[[nodiscard]] std::size_t content_after(std::string_view text, std::size_t at);

/// Walks a text line by line, from a byte on that counts as a line's first.
class Lines {
 public:
  explicit Lines(std::string_view text, std::size_t from = 0) : text_(text), following_(from) {}

  /// Goes to the next line (the first at the first call); false after the last.
  bool next();

  [[nodiscard]] std::size_t start() const { return start_; }
  /// Without its '\n'.
  [[nodiscard]] std::string_view line() const { return text_.substr(start_, end_ - start_); }
  [[nodiscard]] bool blank() const { return skip_blanks(line(), 0) == line().size(); }

 private:
  std::string_view text_;
  std::size_t start_ = 0;
  std::size_t end_ = 0;
  std::size_t following_;
};

}  // namespace viltree::steps
