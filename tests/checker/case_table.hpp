#pragma once

#include <viltree/checker/checker.hpp>

#include <string>
#include <vector>

/// Tables of solutions with the verdict that they must get.
namespace viltree::checker {

inline constexpr auto kRight = domain::Verdict::kRight;
inline constexpr auto kWrong = domain::Verdict::kWrong;
inline constexpr auto kUnparsed = domain::Verdict::kUnparsed;

struct Case {
  domain::Verdict verdict;
  std::string reference;
  std::string solution;
};

[[nodiscard]] domain::Problem make_problem(domain::AnswerKind kind, std::string answer,
                                           std::vector<std::string> choices = {});

/// Judges each solution under this kind, and again where it ended by a limit or a filter.
void check_cases(domain::AnswerKind kind, const std::vector<std::string>& choices,
                 const std::vector<Case>& cases);

/// The same for answers alone, each in a box, so that only the comparison is at stake.
void check_boxed(domain::AnswerKind kind, const std::vector<Case>& cases);

}  // namespace viltree::checker
