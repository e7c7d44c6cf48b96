#pragma once

#include <viltree/core/result.hpp>
#include <viltree/domain/completion.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/domain/verdict.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace viltree::verify {

struct Judgement {
  domain::Verdict verdict = domain::Verdict::kUnparsed;
  std::optional<std::string> answer;  ///< the final answer that was found in the solution
};

/// Name and version of the rules, recorded in every row.
inline constexpr std::string_view kChecker = "rules-2";

/// The verdict on a whole solution (prefix and completion together). A solution that was cut off is
/// `truncated`, one that was withheld `filtered`, whatever it says; one without an answer `unparsed`, and so
/// is every solution of a problem that check_reference() refuses. Pure, thread-safe, and linear in the
/// solution's length on any bytes.
[[nodiscard]] Judgement judge(const domain::Problem& problem, std::string_view solution,
                              domain::FinishReason finish);

class Checker;

/// The same by a checker that was made once, for many solutions of one problem. Without one (null) no
/// finished solution is right or wrong: it is `unparsed`.
[[nodiscard]] Judgement judge(const Checker* checker, std::string_view solution, domain::FinishReason finish);

/// kInvalidInput where there are no rules for this kind of answer.
[[nodiscard]] core::Status check_kind(domain::AnswerKind kind);

/// kInvalidInput where the problem's reference answer cannot be compared by its kind: a number that is none,
/// a choice that is not among the choices, nothing at all. No solution of such a problem could ever be right.
[[nodiscard]] core::Status check_reference(const domain::Problem& problem);

}  // namespace viltree::verify
