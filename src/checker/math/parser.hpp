#pragma once

#include "cursor.hpp"
#include "expression.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::checker::math {

/// A recursive-descent parser over one text. Each function reads one form at the cursor; nothing means that
/// what is there is not understood, and ends the whole.
class Parser {
 public:
  Parser(std::string_view text, Comma comma) : cursor_(text), comma_(comma) {}

  /// All of the text.
  std::optional<Expression> all();

 private:
  using Parsed = std::optional<Expression>;

  /// One level deeper as long as it lives.
  class Depth {
   public:
    explicit Depth(int& depth) : depth_(depth) { ++depth_; }
    ~Depth() { --depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    [[nodiscard]] bool too_deep() const { return depth_ > kDeepest; }

   private:
    static constexpr int kDeepest = 48;
    int& depth_;
  };

  // What is no scalar (parse_structure.cpp).
  Parsed list();
  Parsed relation();
  Parsed set_operation();
  Parsed bracketed(char open);
  Parsed set();
  Parsed environment();
  Parsed cells();
  bool take_separator();
  [[nodiscard]] std::size_t separating_word() const;
  bool take_union();
  char relation_sign();

  // Scalars (parse.cpp).
  Parsed ratio();
  Parsed sum();
  Parsed product();
  Parsed signed_factor();
  Parsed power();
  Parsed postfix(Expression value);
  Parsed primary();
  Parsed bars();
  Parsed between(std::string_view opening, std::string_view closing, Op op);
  Parsed root();
  Parsed argument();
  Parsed group();
  Parsed number();
  Parsed mixed(Expression whole);
  Parsed digits_argument();
  Parsed exponent();
  Parsed raised();
  [[nodiscard]] bool at_power() const;
  [[nodiscard]] bool at_factorial() const;
  [[nodiscard]] std::size_t degrees_sign() const;
  [[nodiscard]] bool begins_factor() const;

  // What has a name (parse_named.cpp).
  Parsed command();
  Parsed letters();
  Parsed text_argument();
  Parsed words(std::string_view text);
  Parsed function(std::string_view name);
  Parsed function_argument();
  Parsed variable(std::string name);
  Parsed subscript();

  Cursor cursor_;
  Comma comma_;
  int depth_ = 0;
  int brackets_ = 0;  // around the cursor
  int bars_ = 0;      // open |
};

}  // namespace viltree::checker::math
