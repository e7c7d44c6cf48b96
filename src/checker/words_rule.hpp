#pragma once

#include "marks.hpp"
#include "rule.hpp"

#include <optional>
#include <string_view>

namespace viltree::checker {

/// An answer in words: it counts where it is marked, for a last line says more than the answer.
class WordsRule : public Rule {
 public:
  [[nodiscard]] std::optional<Reading> read(std::string_view piece, Mark mark) const final {
    if (mark == Mark::kHash || mark == Mark::kLastLine || mark == Mark::kNumber) return std::nullopt;
    const auto whole = compare(piece);
    if (mark != Mark::kPhrase || (whole && whole->right)) return whole;
    return compare(first_clause(piece, ClauseEnd::kReason));
  }

 private:
  /// Nothing where `answer` is not of the kind.
  [[nodiscard]] virtual std::optional<Reading> compare(std::string_view answer) const = 0;
};

}  // namespace viltree::checker
