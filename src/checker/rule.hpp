#pragma once

#include <viltree/checker/checker.hpp>
#include <viltree/domain/problem.hpp>

#include <memory>
#include <optional>
#include <string_view>

namespace viltree::checker {

/// What a piece of a solution answers.
struct Reading {
  bool right = false;
  std::string_view answer;  ///< the part that was compared, a view into the piece
  bool decided = true;      ///< see Check
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

  /// True where an answer may have several parts: then several boxes one after the other are one piece,
  /// "2, 3", and "the answers are" announces one.
  [[nodiscard]] virtual bool takes_lists() const { return false; }
};

/// Each is null where the problem's reference answer is not of the kind. None keeps a reference to the
/// problem.
[[nodiscard]] std::unique_ptr<const Rule> number_rule(const domain::Problem& problem,
                                                      const CheckOptions& options);
[[nodiscard]] std::unique_ptr<const Rule> choice_rule(const domain::Problem& problem,
                                                      const CheckOptions& options);
[[nodiscard]] std::unique_ptr<const Rule> exact_rule(const domain::Problem& problem,
                                                     const CheckOptions& options);

[[nodiscard]] std::unique_ptr<const Rule> math_rule(const domain::Problem& problem,
                                                    const CheckOptions& options);
[[nodiscard]] std::unique_ptr<const Rule> list_rule(const domain::Problem& problem,
                                                    const CheckOptions& options);
[[nodiscard]] std::unique_ptr<const Rule> text_rule(const domain::Problem& problem,
                                                    const CheckOptions& options);
[[nodiscard]] std::unique_ptr<const Rule> date_rule(const domain::Problem& problem,
                                                    const CheckOptions& options);
[[nodiscard]] std::unique_ptr<const Rule> anls_rule(const domain::Problem& problem,
                                                    const CheckOptions& options);

/// Of kind `judge`: anything that says something is an answer, right where it is the reference word by word,
/// and else not decided.
[[nodiscard]] std::unique_ptr<const Rule> any_words_rule(const domain::Problem& problem);

/// The rule for the problem's kind of answer; null where the reference is not of the kind. Of kind `judge`:
/// the one that `auto` has for values, null for words.
[[nodiscard]] std::unique_ptr<const Rule> rule_for(const domain::Problem& problem,
                                                   const CheckOptions& options);

}  // namespace viltree::checker
