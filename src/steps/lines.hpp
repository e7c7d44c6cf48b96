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

/// Walks a text line by line.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}

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
  std::size_t following_ = 0;
};

}  // namespace viltree::steps
