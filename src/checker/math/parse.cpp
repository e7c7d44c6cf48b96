#include "../unwrap.hpp"
#include "names.hpp"
#include "parse_number.hpp"
#include "parser.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>

namespace viltree::checker::math {

namespace {

constexpr std::array<std::string_view, 4> kTimes = {"\\times", "\\cdot", "\\ast", "\\bullet"};

}  // namespace

std::optional<Expression> parse(std::string_view text, Comma comma) {
  return Parser(text, comma).all();
}

bool contains(const Expression& expression, Op op) {
  return expression.op == op || std::any_of(expression.parts.begin(), expression.parts.end(),
                                            [op](const Expression& part) { return contains(part, op); });
}

Parser::Parsed Parser::all() {
  auto parsed = list();
  if (!parsed || !cursor_.at_end()) return std::nullopt;
  return parsed;
}

/// "2:3", "2:3:4"
Parser::Parsed Parser::ratio() {
  std::vector<Expression> parts;
  do {
    auto part = sum();
    if (!part) return std::nullopt;
    parts.push_back(*std::move(part));
  } while (cursor_.take(':') || cursor_.take_command("\\colon"));
  if (parts.size() == 1) return std::move(parts[0]);
  return make(Op::kRatio, std::move(parts));
}

Parser::Parsed Parser::sum() {
  const Depth depth(depth_);
  if (depth.too_deep()) return std::nullopt;
  auto first = product();
  if (!first) return std::nullopt;
  std::vector<Expression> terms;
  terms.push_back(*std::move(first));
  for (;;) {
    const bool minus = cursor_.peek() == '-';
    const bool either = cursor_.command() == "\\pm" || cursor_.command() == "\\mp";
    if (either) {  // its sign is read with the term
      auto term = product();
      if (!term) return std::nullopt;
      terms.push_back(*std::move(term));
      continue;
    }
    if (!cursor_.take('+') && !cursor_.take('-')) break;
    auto term = product();
    if (!term) return std::nullopt;
    terms.push_back(minus ? make(Op::kNegate, {*std::move(term)}) : *std::move(term));
  }
  return terms.size() == 1 ? std::move(terms[0]) : make(Op::kAdd, std::move(terms));
}

Parser::Parsed Parser::product() {
  auto first = signed_factor();
  if (!first) return std::nullopt;
  std::vector<Expression> factors;
  factors.push_back(*std::move(first));
  for (;;) {
    const bool times = one_of(cursor_.command(), kTimes);
    if (times || cursor_.peek() == '*') {
      cursor_.advance(times ? cursor_.command().size() : 1);
      if (!times && cursor_.peek() == '*') return std::nullopt;  // "**" is taken by power()
      auto factor = signed_factor();
      if (!factor) return std::nullopt;
      factors.push_back(*std::move(factor));
    } else if (cursor_.peek() == '/' || cursor_.command() == "\\div") {
      cursor_.advance(cursor_.peek() == '/' ? 1 : 4);
      auto below = signed_factor();
      if (!below) return std::nullopt;
      auto above = product_of(std::move(factors));
      factors = {make(Op::kDivide, {std::move(above), *std::move(below)})};
    } else if (begins_factor()) {
      auto factor = power();
      if (!factor) return std::nullopt;
      factors.push_back(*std::move(factor));
    } else {
      return product_of(std::move(factors));
    }
  }
}

/// What may follow a factor without a sign between them: "2x", "3(x+1)", "x\sin y".
bool Parser::begins_factor() const {
  const char c = cursor_.peek();
  if (cursor_.at_end() || separating_word() > 0) return false;
  if (is_letter(c)) {
    const bool unites = c == 'U' && std::string_view("([ ").find(cursor_.peek(1)) != std::string_view::npos;
    return !unites && lowered(cursor_.word()) != "to";
  }
  if (is_digit(c)) return cursor_.after_blank();
  if (c == '(' || c == '{') return true;
  if (c == '[') return brackets_ == 0;
  if (c == '|') return bars_ == 0;
  if (c != '\\') return false;
  const std::string_view command = cursor_.command();
  static constexpr std::array<std::string_view, 14> kNoFactor = {
      "\\pm",     "\\mp",     "\\cup",   "\\cap", "\\setminus", "\\}",   "\\rvert",
      "\\rangle", "\\rfloor", "\\rceil", "\\mid", "\\\\",       "\\end", "\\colon"};
  return relation_of(command) == '\0' && !one_of(command, kNoFactor) && !(bars_ > 0 && command == "\\vert");
}

Parser::Parsed Parser::signed_factor() {
  const Depth depth(depth_);
  if (depth.too_deep()) return std::nullopt;
  const std::string_view command = cursor_.command();
  if (command == "\\pm" || command == "\\mp" || (cursor_.peek() == '+' && cursor_.peek(1) == '-')) {
    const std::string sign = command == "\\mp" ? "-+" : "+-";
    cursor_.advance(command.empty() ? 2 : command.size());
    auto value = product();
    if (!value) return std::nullopt;
    return make(Op::kPlusMinus, {*std::move(value)}, sign);
  }
  if (cursor_.take('+')) return signed_factor();
  if (!cursor_.take('-')) return power();
  auto value = signed_factor();
  if (!value) return std::nullopt;
  return make(Op::kNegate, {*std::move(value)});
}

Parser::Parsed Parser::power() {
  auto base = primary();
  return base ? postfix(*std::move(base)) : std::nullopt;
}

/// "^{…}", "^3", "**3", "^-3"
Parser::Parsed Parser::exponent() {
  cursor_.advance(cursor_.peek() == '^' ? 1 : 2);
  return raised();
}

/// What stands behind "^": powers go from right to left, 2^3^2 is 2^9, and 2^3! is 2^6. Braces end it: 2^{3}!
/// is 8!.
Parser::Parsed Parser::raised() {
  const Depth depth(depth_);
  if (depth.too_deep()) return std::nullopt;
  if (cursor_.take('-')) {
    auto value = raised();
    if (!value) return std::nullopt;
    return make(Op::kNegate, {*std::move(value)});
  }
  const bool braces = cursor_.peek() == '{';
  auto value = braces ? group() : is_digit(cursor_.peek()) ? number() : primary();
  if (value && !braces && at_factorial()) {
    cursor_.advance(1);
    if (at_factorial()) return std::nullopt;
    value = make(Op::kFactorial, {*std::move(value)});
  }
  if (!value || degrees_sign() > 0 || !at_power()) return value;
  auto above = exponent();
  if (!above) return std::nullopt;
  return make(Op::kPower, {*std::move(value), *std::move(above)});
}

bool Parser::at_power() const {
  return cursor_.peek() == '^' || (cursor_.peek() == '*' && cursor_.peek(1) == '*');
}

/// "5!", but not the sign in "5 != x".
bool Parser::at_factorial() const {
  return cursor_.peek() == '!' && cursor_.peek(1) != '=';
}

/// The length of a sign for degrees of arc at the cursor, 0 where there is none.
std::size_t Parser::degrees_sign() const {
  static constexpr std::array<std::string_view, 6> kDegrees = {"^\\circ",     "^{\\circ}", "^\\degree",
                                                               "^{\\degree}", "\\degree",  "\\textdegree"};
  const auto* const found = std::find_if(kDegrees.begin(), kDegrees.end(), [&](std::string_view sign) {
    return cursor_.rest().starts_with(sign);
  });
  return found == kDegrees.end() ? 0 : found->size();
}

Parser::Parsed Parser::postfix(Expression value) {
  constexpr int kMostSigns = 8;  // each is a level of the tree
  for (int signs = 0; signs <= kMostSigns; ++signs) {
    if (const std::size_t degrees = degrees_sign(); degrees > 0) {
      cursor_.advance(degrees);
      value = make(Op::kDegrees, {std::move(value)});
    } else if (at_power()) {
      auto exponent = this->exponent();
      if (!exponent) return std::nullopt;
      value = make(Op::kPower, {std::move(value), *std::move(exponent)});
    } else if (at_factorial()) {
      cursor_.advance(1);
      if (at_factorial()) return std::nullopt;  // n!! is not (n!)!
      value = make(Op::kFactorial, {std::move(value)});
    } else if (cursor_.peek() == '%' || cursor_.command() == "\\%") {
      cursor_.advance(cursor_.peek() == '%' ? 1 : 2);
      value = make(Op::kPercent, {std::move(value)});
    } else {
      return value;
    }
  }
  return std::nullopt;
}

Parser::Parsed Parser::primary() {
  const char c = cursor_.peek();
  if (cursor_.at_end()) return std::nullopt;
  if (is_digit(c) || c == '.') return number();
  if (is_letter(c)) return letters();
  if (c == '{') return group();
  if (c == '(' || c == '[' || c == ']') return bracketed(c);
  if (c == '|') return bars();
  if (c == '\\') return command();
  return std::nullopt;
}

/// A number, with what only a number can have: a base, a mixed fraction.
Parser::Parsed Parser::number() {
  auto number = take_number(cursor_, comma_, brackets_ > 0);
  if (!number) return std::nullopt;
  if (cursor_.peek() == '_') {
    cursor_.advance(1);
    auto base = argument();
    if (!base) return std::nullopt;
    std::string digits = number->name;
    return make(Op::kBase, {*std::move(base)}, std::move(digits));
  }
  return mixed(*std::move(number));
}

/// "1 3/4" and "1\frac{3}{4}": a fraction between 0 and 1 behind a whole number is added to it.
Parser::Parsed Parser::mixed(Expression whole) {
  const bool is_whole = boost::multiprecision::denominator(whole.value) == 1;
  const Cursor before = cursor_;
  Parsed above;
  Parsed below;
  if (is_whole && is_fraction_command(cursor_.command())) {
    cursor_.advance(cursor_.command().size());
    above = digits_argument();
    below = above ? digits_argument() : std::nullopt;
  } else if (is_whole && cursor_.after_blank() && is_digit(cursor_.peek())) {
    above = take_number(cursor_, comma_, true);
    if (above && cursor_.take('/') && is_digit(cursor_.peek())) below = take_number(cursor_, comma_, true);
  }
  if (below && above->value > 0 && above->value < below->value)
    return make(Op::kAdd, {std::move(whole), make(Op::kDivide, {*std::move(above), *std::move(below)})});
  cursor_ = before;
  return whole;
}

/// "{12}", or one digit.
Parser::Parsed Parser::digits_argument() {
  if (!cursor_.take('{')) return is_digit(cursor_.peek()) ? argument() : std::nullopt;
  auto digits = take_number(cursor_, comma_, true);
  if (!cursor_.take('}')) return std::nullopt;
  return digits;
}

/// What stands behind a command: {…}, one digit, or the next mark.
Parser::Parsed Parser::argument() {
  const Depth depth(depth_);
  if (depth.too_deep()) return std::nullopt;
  if (cursor_.peek() == '{') return group();
  if (is_digit(cursor_.peek())) {
    Expression digit;
    digit.name = cursor_.peek();
    digit.value = cursor_.peek() - '0';
    cursor_.advance(1);
    return digit;
  }
  return primary();
}

/// {…}: braces only hold together.
Parser::Parsed Parser::group() {
  const Depth depth(depth_);
  if (depth.too_deep() || !cursor_.take('{')) return std::nullopt;
  const int bars = std::exchange(bars_, 0);
  auto inner = list();
  bars_ = bars;
  if (!inner || !cursor_.take('}')) return std::nullopt;
  return inner;
}

Parser::Parsed Parser::bars() {
  const Depth depth(depth_);
  if (depth.too_deep() || !cursor_.take('|')) return std::nullopt;
  ++bars_;
  auto inner = sum();
  --bars_;
  if (!inner || !cursor_.take('|')) return std::nullopt;
  return make(Op::kAbsolute, {*std::move(inner)});
}

Parser::Parsed Parser::between(std::string_view opening, std::string_view closing, Op op) {
  const Depth depth(depth_);
  if (depth.too_deep()) return std::nullopt;
  cursor_.advance(opening.size());
  const bool bar = closing == "\\vert";
  bars_ += bar ? 1 : 0;
  auto inner = sum();
  bars_ -= bar ? 1 : 0;
  if (!inner || !cursor_.take_command(closing)) return std::nullopt;
  return make(op, {*std::move(inner)});
}

Parser::Parsed Parser::root() {
  Expression degree;
  degree.value = 2;
  if (cursor_.peek() == '[') {
    cursor_.advance(1);
    ++brackets_;
    auto read = sum();
    --brackets_;
    if (!read || !cursor_.take(']')) return std::nullopt;
    degree = *std::move(read);
  }
  // "\sqrt12" is written by people who mean the root of twelve.
  auto radicand = is_digit(cursor_.peek()) ? take_number(cursor_, comma_, brackets_ > 0) : argument();
  if (!radicand) return std::nullopt;
  return make(Op::kRoot, {*std::move(radicand), std::move(degree)});
}

}  // namespace viltree::checker::math
