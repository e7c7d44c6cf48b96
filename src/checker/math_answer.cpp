#include "math_answer.hpp"

#include "scan.hpp"
#include "unicode.hpp"
#include "unwrap.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>

namespace viltree::checker {

namespace {

bool is_scalar(const math::Expression& value) {
  return value.op <= math::Op::kBase;
}

bool has_comma(std::string_view form) {
  return form.find(',') != std::string_view::npos;
}

bool same_read(const MathAnswer& reference, const MathAnswer& given, math::Comma comma,
               const math::Terms& terms) {
  const auto value = math::parse(given.form, comma);
  return value && math::equal(reference.value, *value, terms);
}

/// Passes over one formula that begins at `at`; its content, empty where none begins.
std::string_view formula_at(std::string_view text, std::size_t& at) {
  struct Pair {
    std::string_view open;
    std::string_view close;
  };
  static constexpr std::array<Pair, 4> kPairs = {{{"$$", "$$"}, {"$", "$"}, {"\\(", "\\)"}, {"\\[", "\\]"}}};
  for (const Pair& pair : kPairs) {
    if (text.substr(at, pair.open.size()) != pair.open) continue;
    const std::size_t begin = at + pair.open.size();
    const std::size_t end = text.find(pair.close, begin);
    if (end == std::string_view::npos) return {};
    at = end + pair.close.size();
    return core::trim(text.substr(begin, end - begin));
  }
  return {};
}

}  // namespace

std::optional<MathAnswer> read_math(std::string_view text) {
  if (text.size() > kLongestAnswer) return std::nullopt;
  MathAnswer answer;
  answer.form = folded(unwrap(text));
  answer.form = std::string(unwrap(answer.form));
  auto value = math::parse(answer.form);
  if (!value) return std::nullopt;
  answer.value = *std::move(value);
  return answer;
}

bool same_math(const MathAnswer& reference, const MathAnswer& given, const math::Terms& terms) {
  if (reference.form == given.form || math::equal(reference.value, given.value, terms)) return true;
  if (!has_comma(given.form)) return false;
  const bool one_number = is_scalar(reference.value);
  return same_read(reference, given, one_number ? math::Comma::kDecimal : math::Comma::kSeparator, terms);
}

bool is_plainly_math(const MathAnswer& answer) {
  using enum math::Op;
  const math::Expression& value = answer.value;
  if (contains(value, kText) || value.op == kVariable) return false;
  static constexpr std::array kSigns = {kNumber,    kPi,     kInfinity, kFunction, kRoot, kRelation,
                                        kPlusMinus, kMatrix, kDivide,   kPower,    kAdd,  kNegate,
                                        kAbsolute,  kCall,   kBinomial, kUnion};
  if (value.op == kSet) return true;
  return std::any_of(kSigns.begin(), kSigns.end(), [&](math::Op op) { return contains(value, op); });
}

std::string_view only_formula(std::string_view text) {
  std::string_view only;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view formula = formula_at(text, at);
    if (formula.empty()) {
      ++at;
      continue;
    }
    if (!only.empty()) return {};
    only = formula;
  }
  return only;
}

}  // namespace viltree::checker
