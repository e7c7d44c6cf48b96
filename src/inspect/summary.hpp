#pragma once

#include <viltree/search/stored_tree.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace viltree::inspect {

/// A tree in numbers.
struct TreeSummary {
  std::uint64_t nodes = 0;
  std::uint32_t depth = 0;  ///< of the deepest node
  std::uint64_t rollouts = 0;
  domain::Evidence verdicts;   ///< of the rollouts, each counted once
  std::uint64_t labelled = 0;  ///< nodes below the root that are labelled and have a value
};

[[nodiscard]] TreeSummary summary_of(const search::StoredTree& stored);

/// "right 12, wrong 18, truncated 1": those that are there; "none" where none is.
[[nodiscard]] std::string verdict_list(const domain::Evidence& verdicts);

/// "0.38", or "–" where it is unknown.
[[nodiscard]] std::string value_text(const std::optional<double>& value);

/// "3/5", or "3/5/1" where some are neither right nor wrong; empty where there are none.
[[nodiscard]] std::string counts_text(const domain::Evidence& evidence);

/// "1,200 generated, 9,000 of prompts (8,000 of them cached)".
[[nodiscard]] std::string tokens_text(const domain::Usage& usage);

}  // namespace viltree::inspect
