#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <viltree/domain/completion.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/domain/verdict.hpp>

namespace viltree::verify {

struct Judgement {
  domain::Verdict verdict = domain::Verdict::kUnparsed;
  std::optional<std::string> answer;  ///< the final answer that was found in the solution
};

/// Name and version of the rules, recorded in every row.
inline constexpr std::string_view kChecker = "rules-1";

/// The verdict on a whole solution (prefix and completion together). A solution that was cut off is `truncated`,
/// one that was withheld `filtered`, whatever it says; one without an answer `unparsed`. Pure, thread-safe, and
/// linear in the solution's length on any bytes.
[[nodiscard]] Judgement judge(const domain::Problem& problem, std::string_view solution, domain::FinishReason finish);

}  // namespace viltree::verify
