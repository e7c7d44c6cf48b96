#include "number.hpp"
#include "number_reader.hpp"
#include "number_tail.hpp"
#include "scan.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace viltree::checker {

namespace {

/// "Step 2" and "not 5": what stands there is a name, or not the result.
bool follows_other_word(std::string_view before) {
  static constexpr std::array<std::string_view, 13> kWords = {
      "step",    "part", "case", "figure", "equation", "table", "option",
      "problem", "not",  "than", "least",  "most",     "or"};
  std::size_t begin = before.size();
  while (begin > 0 && is_letter(before[begin - 1])) --begin;
  return one_of(lowered(before.substr(begin)), kWords);
}

/// True where the number that begins at `at` is the right side of an operation, or part of a name, of a time,
/// or of a box that is not closed.
bool is_operand(std::string_view line, std::size_t at) {
  if (at >= 2 && (line[at - 1] == ':' || line[at - 1] == '(') && is_word_byte(line[at - 2])) return true;
  while (at > 0 && (line[at - 1] == ' ' || line[at - 1] == '$' || line[at - 1] == '\\')) --at;
  if (at == 0) return false;
  const std::string_view before = line.substr(0, at);
  static constexpr std::array<std::string_view, 14> kOperators = {
      "times", "cdot",  "\xC3\x97", "\xC3\xB7", kMinus, "\\le",  "\\leq",
      "\\ge",  "\\geq", "\\ne",     "\\neq",    "\\pm", "\\div", "boxed{"};
  const bool operation = std::any_of(kOperators.begin(), kOperators.end(),
                                     [&](std::string_view sign) { return before.ends_with(sign); });
  return operation || follows_other_word(before) ||
         std::string_view("+-*/^<>_").find(before.back()) != std::string_view::npos;
}

/// True where a number may begin at `at`: not inside a word or another number, and no bullet.
bool may_begin(std::string_view line, std::size_t at) {
  const bool sign = line[at] == '-' || line[at] == '+';
  if (sign && is_space(byte_at(line, at + 1))) return false;
  if (at == 0) return true;
  const char before = line[at - 1];
  return !is_word_byte(before) && before != '.' && !(sign && (before == ')' || before == '}'));
}

/// "- 5 apples", "2. Five apples": the bullet is no number and no sign.
std::string_view without_bullet(std::string_view line) {
  std::size_t end = 0;
  while (is_digit(byte_at(line, end))) ++end;
  const bool numbered = end > 0 && (byte_at(line, end) == '.' || byte_at(line, end) == ')');
  const bool bullet = end == 0 && std::string_view("-*+").find(byte_at(line, 0)) != std::string_view::npos;
  if ((!numbered && !bullet) || byte_at(line, end + 1) != ' ') return line;
  return line.substr(end + 2);
}

struct Extent {
  std::size_t begin;
  std::size_t end;
  Rational value;
};

/// The first number at or after `from`.
std::optional<Extent> next_number(std::string_view line, std::size_t from) {
  for (std::size_t at = from; at < line.size(); ++at) {
    const bool start = is_digit(line[at]) ||
                       std::string_view("-+.\\").find(line[at]) != std::string_view::npos ||
                       line.substr(at, kMinus.size()) == kMinus;
    if (!start || !may_begin(line, at)) continue;
    NumberReader reader(line, at);
    if (auto value = reader.value()) return Extent{at, reader.at(), *std::move(value)};
  }
  return std::nullopt;
}

std::optional<FoundNumber> found(std::string_view line, Extent extent, std::string_view with_tail) {
  const auto scale = scale_of_tail(with_tail, extent.end);
  if (!scale) return std::nullopt;
  return FoundNumber{line.substr(extent.begin, extent.end - extent.begin),
                     {std::move(extent.value), *scale, read_measure(with_tail.substr(extent.end))}};
}

/// "9 * 2 = 18 dollars": the rest of the line may tell of other numbers, but only after a word.
std::optional<FoundNumber> after_equals(std::string_view line, std::size_t equals) {
  if (equals > 0 && std::string_view("<>!").find(line[equals - 1]) != std::string_view::npos)
    return std::nullopt;
  const std::size_t before = line.substr(0, equals).rfind('=');
  if (before != std::string_view::npos && lists_several(line.substr(before, equals - before)))
    return std::nullopt;
  NumberReader reader(line, equals + 1);
  reader.skip_lead(Lead::kNone);
  const std::size_t begin = reader.at();
  auto value = reader.value();
  if (!value) return std::nullopt;
  const std::size_t end = reader.at();
  std::size_t next = end;
  while (next < line.size() && !is_digit(line[next])) ++next;
  const std::string_view between = line.substr(end, next - end);
  const bool word = std::any_of(between.begin(), between.end(), is_letter);
  if (next < line.size() && (!word || lists_several(between))) return std::nullopt;
  return found(line, {begin, end, *std::move(value)}, line.substr(0, next));
}

}  // namespace

std::optional<FoundNumber> result_of_line(std::string_view line) {
  line = without_bullet(line);
  if (const std::size_t equals = line.rfind('='); equals != std::string_view::npos)
    return after_equals(line, equals);
  auto only = next_number(line, 0);
  if (!only || is_operand(line, only->begin) || next_number(line, only->end)) return std::nullopt;
  return found(line, *std::move(only), line);
}

}  // namespace viltree::checker
