#pragma once

#include "../scan.hpp"

#include <cstddef>
#include <string_view>

namespace viltree::checker::math {

/// A place in a text that is read mark by mark; what changes only how it looks is passed over.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) { skip(); }

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] bool after_blank() const { return after_blank_; }
  [[nodiscard]] char peek(std::size_t further = 0) const { return byte_at(text_, at_ + further); }
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

  /// The command here, with its backslash; empty where there is none.
  [[nodiscard]] std::string_view command() const;
  /// The run of letters here.
  [[nodiscard]] std::string_view word() const { return letters_at(text_, at_); }

  /// Passes over `bytes` and over the dress behind them.
  void advance(std::size_t bytes) {
    at_ += bytes;
    skip();
  }
  /// Passes over `bytes`, and nothing else.
  void step(std::size_t bytes) { at_ += bytes; }
  /// Blanks, spacing commands, \left, \displaystyle, $, currency marks.
  void skip();

  bool take(char c) {
    if (peek() != c || at_end()) return false;
    advance(1);
    return true;
  }
  bool take_command(std::string_view command) {
    if (this->command() != command) return false;
    advance(command.size());
    return true;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  bool after_blank_ = false;
};

}  // namespace viltree::checker::math
