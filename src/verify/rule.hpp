#pragma once

#include <viltree/domain/problem.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace viltree::verify {

/// What marks a piece of a solution as its final answer; the surest first.
enum class Mark : std::uint8_t {
  kBox,        ///< \boxed{…}
  kHashAtEnd,  ///< "#### …" as the last line
  kHash,       ///< "#### …" earlier: may be a heading
  kPhrase,     ///< "the answer is …"
  kLastLine,   ///< nothing but its place
};

/// What a piece of a solution answers.
struct Reading {
  bool right = false;
  std::string_view answer;  ///< the part that was compared, a view into the piece
};

/// Reads pieces of a solution as answers to one problem. Immutable.
class Rule {
 public:
  Rule() = default;
  Rule(const Rule&) = delete;
  Rule& operator=(const Rule&) = delete;
  virtual ~Rule() = default;

  /// Nothing where the piece, at most kLongestAnswer bytes and not empty, cannot be read as an answer of this
  /// kind.
  [[nodiscard]] virtual std::optional<Reading> read(std::string_view piece, Mark mark) const = 0;
};

/// Each is null where the problem's reference answer is not of the kind.
[[nodiscard]] std::unique_ptr<const Rule> number_rule(const domain::Problem& problem);
[[nodiscard]] std::unique_ptr<const Rule> choice_rule(const domain::Problem& problem);
[[nodiscard]] std::unique_ptr<const Rule> exact_rule(const domain::Problem& problem);

}  // namespace viltree::verify
