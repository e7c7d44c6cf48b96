#include "names.hpp"
#include "parser.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace viltree::checker::math {

namespace {

constexpr std::array<std::string_view, 7> kMatrices = {"matrix",  "pmatrix",     "bmatrix", "Bmatrix",
                                                       "vmatrix", "smallmatrix", "array"};

std::size_t bytes_of_words(std::string_view rest, std::string_view word) {
  for (const std::string_view command : {"\\text{", "\\textrm{", "\\mathrm{", "\\mbox{"}) {
    if (!rest.starts_with(command)) continue;
    std::size_t at = command.size();
    while (byte_at(rest, at) == ' ' || byte_at(rest, at) == '~') ++at;
    if (!word_at(rest, at, word)) return 0;
    at += word.size();
    while (byte_at(rest, at) == ' ' || byte_at(rest, at) == '~') ++at;
    return byte_at(rest, at) == '}' ? at + 1 : 0;
  }
  return word_at(rest, 0, word) ? word.size() : 0;
}

}  // namespace

/// Items with commas, semicolons, "and" or "or" between them; one item is itself.
Parser::Parsed Parser::list() {
  std::vector<Expression> items;
  do {
    auto one = relation();
    if (!one) return std::nullopt;
    items.push_back(*std::move(one));
  } while (take_separator());
  if (items.size() == 1) return std::move(items[0]);
  return make(Op::kList, std::move(items));
}

/// Bytes of "and" or "or" at the cursor, perhaps in \text{…}; 0: none is there.
std::size_t Parser::separating_word() const {
  return std::max(bytes_of_words(cursor_.rest(), "and"), bytes_of_words(cursor_.rest(), "or"));
}

/// Takes ",", ";", "and", "or", and ", and".
bool Parser::take_separator() {
  bool any = cursor_.take(',') || cursor_.take(';');
  if (const std::size_t bytes = separating_word(); bytes > 0) {
    cursor_.advance(bytes);
    return true;
  }
  for (const std::string_view command : {"\\lor", "\\vee", "\\land", "\\wedge"})
    any = cursor_.take_command(command) || any;
  return any;
}

char Parser::relation_sign() {
  const char c = cursor_.peek();
  const char next = cursor_.peek(1);
  if (const char sign = relation_of(cursor_.command()); sign != '\0') {
    cursor_.advance(cursor_.command().size());
    return sign;
  }
  if ((c == '<' || c == '>' || c == '!') && next == '=') {
    cursor_.advance(2);
    return c == '<' ? 'l' : c == '>' ? 'g' : 'n';
  }
  if (c == '=' && next == '=') cursor_.step(1);
  if (c == '=' || c == '<' || c == '>') {
    cursor_.advance(1);
    return c;
  }
  return '\0';
}

/// Sides with signs between them; one side is itself.
Parser::Parsed Parser::relation() {
  std::vector<Expression> sides;
  std::string signs;
  for (;;) {
    auto side = set_operation();
    if (!side) return std::nullopt;
    sides.push_back(*std::move(side));
    const char sign = relation_sign();
    if (sign == '\0') break;
    signs += sign;
  }
  if (signs.empty()) return std::move(sides[0]);
  return make(Op::kRelation, std::move(sides), std::move(signs));
}

bool Parser::take_union() {
  if (cursor_.take_command("\\cup")) return true;
  return cursor_.word() == "U" && cursor_.take('U');
}

Parser::Parsed Parser::set_operation() {
  auto first = ratio();
  if (!first) return std::nullopt;
  std::vector<Expression> parts;
  parts.push_back(*std::move(first));
  Op op = Op::kUnion;
  for (;;) {
    const bool unites = take_union();
    if (!unites && !cursor_.take_command("\\cap")) break;
    const Op now = unites ? Op::kUnion : Op::kIntersection;
    if (parts.size() > 1 && now != op) return std::nullopt;  // which comes first is not said
    op = now;
    auto part = ratio();
    if (!part) return std::nullopt;
    parts.push_back(*std::move(part));
  }
  return parts.size() == 1 ? std::move(parts[0]) : make(op, std::move(parts));
}

/// (…), […], […), ]…[, \langle…\rangle: a value in brackets, a tuple, or an interval.
Parser::Parsed Parser::bracketed(char open) {
  const Depth depth(depth_);
  if (depth.too_deep()) return std::nullopt;
  const int bars = std::exchange(bars_, 0);
  ++brackets_;
  cursor_.advance(open == '<' ? std::string_view("\\langle").size() : 1);
  std::vector<Expression> items;
  char closing = '\0';
  do {
    auto one = relation();
    if (!one) return std::nullopt;
    items.push_back(*std::move(one));
    const char c = cursor_.peek();
    if (open == '<' ? cursor_.take_command("\\rangle") : cursor_.take(')') || cursor_.take(']')) closing = c;
    if (open == ']' && cursor_.take('[')) closing = c;
  } while (closing == '\0' && take_separator());
  if (closing == '\0') return std::nullopt;
  --brackets_;
  bars_ = bars;
  // ]a, b[ and <a, b> are written (a, b).
  open = open == '[' ? '[' : '(';
  closing = closing == ']' ? ']' : ')';
  if (items.size() > 1) return make(Op::kTuple, std::move(items), std::string{open, closing});
  return (open == '(') == (closing == ')') ? Parsed(std::move(items[0])) : std::nullopt;
}

/// \{1, 2\}; of \{x | x > 1\} and \{x : x > 1\} the condition.
Parser::Parsed Parser::set() {
  const Depth depth(depth_);
  if (depth.too_deep()) return std::nullopt;
  const int bars = std::exchange(bars_, 1);  // a bar separates here
  ++brackets_;
  cursor_.advance(2);
  std::vector<Expression> items;
  while (cursor_.command() != "\\}") {
    auto one = relation();
    if (!one) return std::nullopt;
    if (items.empty() && (cursor_.take('|') || cursor_.take_command("\\mid"))) continue;
    const bool colon = one->op == Op::kRelation && one->parts[0].op == Op::kRatio;
    if (items.empty() && colon) one->parts[0] = Expression(one->parts[0].parts.back());
    items.push_back(*std::move(one));
    if (cursor_.command() != "\\}" && !take_separator()) return std::nullopt;
  }
  cursor_.advance(2);
  --brackets_;
  bars_ = bars;
  if (items.size() == 1 && items[0].op == Op::kRelation) return std::move(items[0]);
  return make(Op::kSet, std::move(items));
}

/// \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}
Parser::Parsed Parser::environment() {
  const Depth depth(depth_);
  if (depth.too_deep()) return std::nullopt;
  cursor_.advance(std::string_view("\\begin").size());
  const std::size_t end = cursor_.rest().find('}');
  if (cursor_.peek() != '{' || end == std::string_view::npos) return std::nullopt;
  const std::string name(cursor_.rest().substr(1, end - 1));
  if (!one_of(name, kMatrices)) return std::nullopt;
  cursor_.advance(end + 1);
  if (name == "array" && cursor_.peek() == '{') {
    const std::size_t columns = cursor_.rest().find('}');
    if (columns == std::string_view::npos) return std::nullopt;
    cursor_.advance(columns + 1);
  }
  ++brackets_;
  auto matrix = cells();
  --brackets_;
  const std::string closing = "\\end{" + name + "}";
  if (!matrix || !cursor_.rest().starts_with(closing)) return std::nullopt;
  cursor_.advance(closing.size());
  if (name.starts_with('v')) matrix->name = "determinant";
  return matrix;
}

Parser::Parsed Parser::cells() {
  Expression matrix = make(Op::kMatrix, {});
  while (cursor_.command() != "\\end") {
    std::size_t row = 0;
    do {
      auto cell = relation();
      if (!cell) return std::nullopt;
      matrix.parts.push_back(*std::move(cell));
      ++row;
    } while (cursor_.take('&'));
    if (matrix.columns == 0) matrix.columns = row;
    if (row != matrix.columns) return std::nullopt;
    if (!cursor_.take_command("\\\\") && cursor_.command() != "\\end") return std::nullopt;
  }
  if (matrix.parts.empty()) return std::nullopt;
  return matrix;
}

}  // namespace viltree::checker::math
