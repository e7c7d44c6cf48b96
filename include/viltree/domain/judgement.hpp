#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace viltree::domain {

/// What a judge, such as a large model or a person, said of one solution: which step is the first wrong one.
/// The solution is named by its last node, or by its text.
struct Judgement {
  std::string problem_id;
  std::optional<std::uint32_t> node_id;     ///< of the tree
  std::string process;                      ///< where there is no node_id: all steps, as in LabelRow
  std::optional<std::uint32_t> first_wrong; /**< the step's place in the solution, from 0 (as in
                                               ProcessBench); none: no step is wrong */
};

}  // namespace viltree::domain
