#pragma once

#include "model.hpp"

#include <viltree/domain/problem.hpp>
#include <viltree/simulated/problem.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace viltree::simulated {

inline constexpr std::uint64_t kSeed = 11;

/// One problem of each family.
inline std::vector<domain::Problem> one_of_each() {
  std::vector<domain::Problem> problems;
  for (std::uint64_t i = 0; i < 4; ++i) problems.push_back(make_problem(kSeed, 40 + i));
  return problems;
}

inline domain::Problem foreign_problem() {
  domain::Problem problem;
  problem.id = "foreign";
  problem.question =
      "A robe takes 2 bolts of blue fiber and half that much white fiber. How many bolts in all?";
  problem.answer = "3";
  return problem;
}

inline bool is_right(const domain::Problem& problem, const std::string& solution) {
  return boxed_answer(solution) == std::string_view(problem.answer);
}

}  // namespace viltree::simulated
