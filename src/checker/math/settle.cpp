#include "compare.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace viltree::checker::math {

namespace {

constexpr int kMostSigns = 4;

Expression infinity(bool negative) {
  Expression infinite = make(Op::kInfinity, {});
  return negative ? make(Op::kNegate, {std::move(infinite)}) : infinite;
}

Expression interval(Expression low, Expression high, bool low_closed, bool high_closed) {
  return make(Op::kTuple, {std::move(low), std::move(high)},
              std::string{low_closed ? '[' : '(', high_closed ? ']' : ')'});
}

bool is_closed(char sign) {
  return sign == 'l' || sign == 'g';
}
bool points_up(char sign) {
  return sign == '<' || sign == 'l';
}  // left is the smaller
bool is_inequality(char sign) {
  return sign == '<' || sign == '>' || is_closed(sign);
}

bool is_constant(const Expression& side) {
  return !contains(side, Op::kVariable) && !contains(side, Op::kCall);
}

/// "x < 5", "5 > x"
std::optional<Expression> half_line(const Expression& relation) {
  const bool variable_first = relation.parts[0].op == Op::kVariable && is_constant(relation.parts[1]);
  const bool variable_last = relation.parts[1].op == Op::kVariable && is_constant(relation.parts[0]);
  if (!variable_first && !variable_last) return std::nullopt;
  const char sign = relation.name[0];
  const Expression& bound = relation.parts[variable_first ? 1 : 0];
  const bool bound_is_high = points_up(sign) == variable_first;
  if (bound_is_high) return interval(infinity(true), bound, false, is_closed(sign));
  return interval(bound, infinity(false), is_closed(sign), false);
}

/// "1 < x <= 5", "5 >= x > 1"
std::optional<Expression> segment(const Expression& relation) {
  const auto& sides = relation.parts;
  const bool same_way = points_up(relation.name[0]) == points_up(relation.name[1]);
  if (!same_way || sides[1].op != Op::kVariable || !is_constant(sides[0]) || !is_constant(sides[2]))
    return std::nullopt;
  const bool up = points_up(relation.name[0]);
  const char low_sign = relation.name[up ? 0 : 1];
  const char high_sign = relation.name[up ? 1 : 0];
  return interval(sides[up ? 0 : 2], sides[up ? 2 : 0], is_closed(low_sign), is_closed(high_sign));
}

std::optional<Expression> interval_of(const Expression& relation) {
  const std::string& signs = relation.name;
  if (signs == "e") return relation.parts[1];
  if (!std::all_of(signs.begin(), signs.end(), is_inequality)) return std::nullopt;
  if (signs.size() == 1) return half_line(relation);
  if (signs.size() == 2) return segment(relation);
  return std::nullopt;
}

int count_signs(const Expression& expression) {
  int count = expression.op == Op::kPlusMinus ? 1 : 0;
  for (const Expression& part : expression.parts) count += count_signs(part);
  return count;
}

bool has_opposite_sign(const Expression& expression) {
  return (expression.op == Op::kPlusMinus && expression.name == "-+") ||
         std::any_of(expression.parts.begin(), expression.parts.end(), has_opposite_sign);
}

/// With each \pm decided by a bit of `choice`, from the lowest on. `together`: by the lowest alone.
Expression decided(const Expression& expression, unsigned choice, bool together, unsigned& next) {
  Expression made = expression;
  made.parts.clear();
  bool minus = false;
  if (expression.op == Op::kPlusMinus) {
    const unsigned bit = together ? 0 : next++;
    minus = ((choice >> bit) & 1U) != 0;
    if (expression.name == "-+") minus = !minus;
  }
  for (const Expression& part : expression.parts) made.parts.push_back(decided(part, choice, together, next));
  if (expression.op != Op::kPlusMinus) return made;
  if (!minus) return std::move(made.parts[0]);
  return make(Op::kNegate, std::move(made.parts));
}

/// All that an expression with \pm stands for. Several \pm go together where a \mp says so.
std::vector<Expression> variants(const Expression& expression) {
  const int signs = count_signs(expression);
  if (signs == 0 || signs > kMostSigns) return {expression};
  const bool together = has_opposite_sign(expression);
  const unsigned count = together ? 2 : 1U << static_cast<unsigned>(signs);
  std::vector<Expression> all;
  for (unsigned choice = 0; choice < count; ++choice) {
    unsigned next = 0;
    all.push_back(decided(expression, choice, together, next));
  }
  return all;
}

bool is_interval(const Expression& expression) {
  return expression.op == Op::kTuple && expression.parts.size() == 2;
}

/// "x < 1 or x > 2" is a union of intervals.
bool all_intervals(const Expression& list, const std::vector<Expression>& items) {
  return items.size() > 1 &&
         std::all_of(list.parts.begin(), list.parts.end(),
                     [](const Expression& part) { return part.op == Op::kRelation; }) &&
         std::all_of(items.begin(), items.end(), is_interval);
}

void append_settled(const Expression& item, std::vector<Expression>& into) {
  for (const Expression& variant : variants(item)) {
    Expression one = settled(variant);
    if (one.op == Op::kList) {
      for (Expression& part : one.parts) into.push_back(std::move(part));
    } else {
      into.push_back(std::move(one));
    }
  }
}

Expression settled_list(const Expression& list) {
  std::vector<Expression> items;
  for (const Expression& part : list.parts) append_settled(part, items);
  if (all_intervals(list, items)) return make(Op::kUnion, std::move(items));
  if (items.size() == 1) return std::move(items[0]);
  return make(list.op, std::move(items));
}

/// x != 5 is all but 5.
std::optional<Expression> all_but(const Expression& relation) {
  if (relation.name != "n" || relation.parts[0].op != Op::kVariable || !is_constant(relation.parts[1]))
    return std::nullopt;
  const Expression& hole = relation.parts[1];
  return make(Op::kUnion,
              {interval(infinity(true), hole, false, false), interval(hole, infinity(false), false, false)});
}

bool is_all_reals(const Expression& expression) {
  return expression.op == Op::kVariable && expression.name == "\\mathbb R";
}

/// A matrix with a factor before it, 2A or A/2, entry by entry.
std::optional<Expression> scaled_matrix(const Expression& expression) {
  const auto& parts = expression.parts;
  const auto is_matrix = [](const Expression& part) { return part.op == Op::kMatrix && part.name.empty(); };
  const bool divided = expression.op == Op::kDivide && is_matrix(parts[0]) && parts[1].op <= Op::kBase;
  const bool times = expression.op == Op::kMultiply && is_matrix(parts.back()) &&
                     std::all_of(parts.begin(), parts.end() - 1,
                                 [](const Expression& part) { return part.op <= Op::kBase; });
  const bool negated = expression.op == Op::kNegate && is_matrix(parts[0]);
  if (!divided && !times && !negated) return std::nullopt;
  std::vector<Expression> entries = (times ? parts.back() : parts[0]).parts;
  Expression made = times ? parts.back() : parts[0];
  for (std::size_t i = 0; i < entries.size(); ++i) {
    std::vector<Expression> factors = parts;
    (times ? factors.back() : factors.front()) = std::move(entries[i]);
    made.parts[i] = make(expression.op, std::move(factors));
  }
  return made;
}

}  // namespace

Expression settled(const Expression& expression) {
  if (is_all_reals(expression)) return interval(infinity(true), infinity(false), false, false);
  if (auto matrix = scaled_matrix(expression)) return *std::move(matrix);
  if (expression.op == Op::kList || expression.op == Op::kSet) return settled_list(expression);
  if (expression.op == Op::kRelation) {
    if (const auto as_interval = interval_of(expression)) return settled(*as_interval);
    if (const auto rest = all_but(expression)) return *rest;
  }
  if (count_signs(expression) > 0 && count_signs(expression) <= kMostSigns)
    return settled_list(make(Op::kList, {expression}));
  return expression;
}

}  // namespace viltree::checker::math
