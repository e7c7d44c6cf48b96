#include "../unwrap.hpp"
#include "names.hpp"
#include "parser.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace viltree::checker::math {

namespace {

constexpr std::array<std::string_view, 3> kBinomials = {"\\binom", "\\dbinom", "\\tbinom"};
constexpr std::array<std::string_view, 3> kInfinities = {"infty", "infinity", "inf"};

Expression constant(Op op) {
  return make(op, {});
}

/// sin^{-1} x is arcsin x.
std::string inverse_of(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kWithInverse = {"sin", "cos", "tan", "cot", "sec", "csc"};
  return one_of(name, kWithInverse) ? "arc" + std::string(name) : std::string();
}

bool is_minus_one(const Expression& exponent) {
  return exponent.op == Op::kNegate && exponent.parts[0].op == Op::kNumber && exponent.parts[0].value == 1;
}

}  // namespace

Parser::Parsed Parser::function(std::string_view name) {
  const Depth depth(depth_);
  if (depth.too_deep()) return std::nullopt;
  if (name == "sqrt") return root();
  Parsed base;
  Parsed exponent;
  while (cursor_.peek() == '_' || cursor_.peek() == '^') {
    if (cursor_.rest().starts_with("^\\circ") || cursor_.rest().starts_with("^{\\circ}")) return std::nullopt;
    const bool is_base = cursor_.peek() == '_';
    cursor_.advance(1);
    Parsed& into = is_base ? base : exponent;
    if (into) return std::nullopt;
    into = argument();
    if (!into) return std::nullopt;
  }
  if (base && name != "log") return std::nullopt;
  auto of = function_argument();
  if (!of) return std::nullopt;
  std::string called(name);
  if (exponent && is_minus_one(*exponent) && !inverse_of(name).empty()) {
    called = inverse_of(name);
    exponent.reset();
  }
  Expression value;
  if (called == "abs" || called == "floor" || called == "ceil") {
    const Op op = called == "abs" ? Op::kAbsolute : called == "floor" ? Op::kFloor : Op::kCeiling;
    value = make(op, {*std::move(of)});
  } else {
    value = make(Op::kFunction, {*std::move(of)}, std::move(called));
    if (base) value.parts.push_back(*std::move(base));
  }
  return exponent ? make(Op::kPower, {std::move(value), *std::move(exponent)}) : std::move(value);
}

/// (…), or the factors that follow without a sign, up to the next function: sin 2x cos y is sin(2x) cos(y).
Parser::Parsed Parser::function_argument() {
  if (cursor_.peek() == '(' || cursor_.peek() == '{' || cursor_.peek() == '[') return primary();
  if (cursor_.peek() == '-') return signed_factor();
  std::vector<Expression> factors;
  do {
    auto factor = power();
    if (!factor) return std::nullopt;
    factors.push_back(*std::move(factor));
    const std::string_view command = cursor_.command();
    const bool function = (!command.empty() && !function_named(command.substr(1)).empty()) ||
                          !function_named(lowered(cursor_.word())).empty();
    if (function || cursor_.peek() == '(') break;
  } while (begins_factor());
  return product_of(std::move(factors));
}

Parser::Parsed Parser::variable(std::string name) {
  if (cursor_.peek() == '_') {
    auto index = subscript();
    if (!index) return std::nullopt;
    name += '_' + index->name;
  }
  while (cursor_.peek() == '\'') {
    name += '\'';
    cursor_.advance(1);
  }
  static constexpr std::string_view kFunctionNames = "fghFGHPQ";
  const bool called = cursor_.peek() == '(' && kFunctionNames.find(name[0]) != std::string_view::npos;
  if (!called) return make(Op::kVariable, {}, std::move(name));
  auto of = bracketed('(');
  if (!of) return std::nullopt;
  return make(Op::kCall, {*std::move(of)}, std::move(name));
}

/// "_1", "_{n+1}": a name, not a value.
Parser::Parsed Parser::subscript() {
  cursor_.advance(1);
  Expression index = make(Op::kText, {});
  if (cursor_.peek() == '{') {
    const std::string_view rest = cursor_.rest();
    const std::size_t end = closing_brace(rest, 0);
    if (end == std::string_view::npos) return std::nullopt;
    index.name = core::trim(rest.substr(1, end - 1));
    cursor_.advance(end + 1);
  } else if (is_word_byte(cursor_.peek())) {
    index.name = cursor_.peek();
    cursor_.advance(1);
  } else {
    return std::nullopt;
  }
  return index;
}

/// A run of letters: a function, a constant, a product of variables, or a word.
Parser::Parsed Parser::letters() {
  constexpr std::size_t kLongestProduct = 3;
  const std::string_view word = cursor_.word();
  const std::string low = lowered(word);
  if (const std::string_view name = function_named(low); !name.empty()) {
    cursor_.advance(word.size());
    return function(name);
  }
  if (low == "pi" || one_of(low, kInfinities)) {
    cursor_.advance(word.size());
    return constant(low == "pi" ? Op::kPi : Op::kInfinity);
  }
  if (word.size() > kLongestProduct || is_short_word(low)) {
    cursor_.advance(word.size());
    return words(word);
  }
  const char letter = word[0];
  cursor_.advance(1);
  if (letter == 'e') return constant(Op::kE);
  if (letter == 'i') return constant(Op::kI);
  return variable(std::string(1, letter));
}

Parser::Parsed Parser::words(std::string_view text) {
  std::string name = lowered(core::trim(text));
  if (name.empty()) return std::nullopt;
  return make(Op::kText, {}, std::move(name));
}

/// \text{…}, \mathrm{…}: a function's name, one letter, or words.
Parser::Parsed Parser::text_argument() {
  const std::string_view rest = cursor_.rest();
  const std::size_t end = rest.starts_with('{') ? closing_brace(rest, 0) : std::string_view::npos;
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view inner = core::trim(rest.substr(1, end - 1));
  if (const std::string_view name = function_named(inner); !name.empty()) {
    cursor_.advance(end + 1);
    return function(name);
  }
  const bool no_words = std::none_of(inner.begin(), inner.end(), is_letter) || inner.size() == 1;
  if (no_words && !inner.empty()) {  // \text{5}, \mathrm{e}
    return group();
  }
  cursor_.advance(end + 1);
  return words(inner);
}

Parser::Parsed Parser::command() {
  const Depth depth(depth_);
  if (depth.too_deep()) return std::nullopt;
  const std::string_view command = cursor_.command();
  if (command == "\\{") return set();
  if (command == "\\begin") return environment();
  if (command == "\\lvert" || command == "\\vert")
    return between(command, command == "\\vert" ? "\\vert" : "\\rvert", Op::kAbsolute);
  if (command == "\\lfloor") return between(command, "\\rfloor", Op::kFloor);
  if (command == "\\lceil") return between(command, "\\rceil", Op::kCeiling);
  if (command == "\\langle") return bracketed('<');
  cursor_.advance(command.size());
  if (is_text_command(command)) return text_argument();
  if (is_fraction_command(command) || one_of(command, kBinomials)) {
    auto above = argument();
    auto below = above ? argument() : std::nullopt;
    if (!below) return std::nullopt;
    const Op op = is_fraction_command(command) ? Op::kDivide : Op::kBinomial;
    return make(op, {*std::move(above), *std::move(below)});
  }
  if (command == "\\pi") return constant(Op::kPi);
  if (command == "\\infty") return constant(Op::kInfinity);
  if (command == "\\emptyset" || command == "\\varnothing") return make(Op::kSet, {});
  if (const std::string_view name = function_named(command.substr(1)); !name.empty()) return function(name);
  if (is_letter_command(command)) return variable(std::string(command));
  if (command == "\\mathbb") {
    auto set = argument();
    if (!set || set->op != Op::kVariable) return std::nullopt;
    return make(Op::kVariable, {}, "\\mathbb " + set->name);
  }
  return std::nullopt;
}

}  // namespace viltree::checker::math
