#pragma once

#include <viltree/checker/checker.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/domain/verdict.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The words that are exchanged with a judge, a model that says whether a final answer means the same as the
/// reference. Who asks it is not known here. All functions are pure and thread-safe.
namespace viltree::checker {

/// Which final answers, of problems of kind `judge`, the judge is asked about.
enum class Ask : std::uint8_t {
  kUndecided,  ///< those that the rules cannot tell
  kNotRight,   ///< all that the rules do not call right
  kAll,        ///< all, so that rules and judge can be compared
};
inline constexpr std::array kAsks = {Ask::kUndecided, Ask::kNotRight, Ask::kAll};

[[nodiscard]] std::string_view name(Ask ask);

/// Whether the judge has the last word on this answer. Never where no answer was found.
[[nodiscard]] bool asks_judge(const domain::Problem& problem, const Check& check, Ask ask);

/// What a judge is asked unless told otherwise.
[[nodiscard]] std::string_view usual_judge_prompt();

/// True where a template has the marks {reference} and {answer}.
[[nodiscard]] bool is_judge_prompt(std::string_view prompt);

/// The template with {question}, {choices} (one a line, as "A. …"), {reference} and {answer} filled in. What
/// is filled in is not looked at again.
[[nodiscard]] std::string judge_question(std::string_view prompt, const domain::Problem& problem,
                                         std::string_view answer);

/// What a judge's reply says: right or wrong; failed where it says neither. It is the word behind the last
/// "verdict" ("Verdict: right"): right, correct, yes, true or wrong, incorrect, no, false, each turned round
/// by a "not" before it. Without a "verdict", it is the last word of a last line of at most four; without
/// such a line, a yes or no that the reply begins with. Thoughts up to "</think>" do not count.
[[nodiscard]] domain::Verdict read_ruling(std::string_view reply);

}  // namespace viltree::checker
