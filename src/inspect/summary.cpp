#include "summary.hpp"

#include <viltree/core/text.hpp>
#include <viltree/search/stored_tree.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace viltree::inspect {

using domain::Verdict;

TreeSummary summary_of(const search::StoredTree& stored) {
  const search::Tree& tree = stored.tree;
  TreeSummary summary;
  summary.nodes = tree.size();
  summary.rollouts = tree.rollout_count();
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    const domain::NodeId id{i};
    const search::Node& node = tree.node(id);
    summary.depth = std::max<std::uint32_t>(summary.depth, node.depth);
    if (id != domain::kRoot && node.labelled && tree.value(id)) ++summary.labelled;
  }
  for (const search::RolloutRecord& rollout : tree.rollouts()) summary.verdicts.add(rollout.verdict);
  return summary;
}

std::string verdict_list(const domain::Evidence& verdicts) {
  std::string text;
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    if (verdicts.counts[i] == 0) continue;
    if (!text.empty()) text += ", ";
    text += std::string(name(static_cast<Verdict>(i))) + ' ' + core::with_thousands(verdicts.counts[i]);
  }
  return text.empty() ? "none" : text;
}

std::string value_text(const std::optional<double>& value) {
  if (!value) return "–";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", *value);
  return text.data();
}

std::string counts_text(const domain::Evidence& evidence) {
  if (evidence.total() == 0) return {};
  std::string text =
      std::to_string(evidence.of(Verdict::kRight)) + '/' + std::to_string(evidence.of(Verdict::kWrong));
  const std::uint32_t other = evidence.total() - evidence.decided();
  return other == 0 ? text : text + '/' + std::to_string(other);
}

std::string tokens_text(const domain::Usage& usage) {
  const auto number = [](const std::optional<std::uint64_t>& count) {
    return count ? core::with_thousands(*count) : std::string("unknown");
  };
  std::string text = number(usage.completion_tokens) + " generated";
  if (usage.reasoning_tokens) text += " (" + number(usage.reasoning_tokens) + " of them reasoning)";
  text += ", " + number(usage.prompt_tokens) + " of prompts";
  if (usage.cached_tokens) text += " (" + number(usage.cached_tokens) + " of them cached)";
  return text;
}

}  // namespace viltree::inspect
