#include <viltree/domain/completion.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace viltree::domain {

namespace {
constexpr std::array<std::string_view, 4> kFinishReasonNames = {"stop", "length", "filter", "lost"};
}  // namespace

std::string_view name(FinishReason reason) {
  return kFinishReasonNames[static_cast<std::size_t>(reason)];
}

std::optional<FinishReason> finish_reason_from(std::string_view name) {
  for (std::size_t i = 0; i < kFinishReasonNames.size(); ++i) {
    if (kFinishReasonNames[i] == name) return static_cast<FinishReason>(i);
  }
  return std::nullopt;
}

void add_decision(std::vector<Decision>& decisions, std::size_t offset, double logprob) {
  constexpr double kMost = std::numeric_limits<std::uint16_t>::max();
  const double centinats = std::min(-logprob * kCentinats, kMost);
  if (!(centinats >= 0) || offset > std::numeric_limits<std::uint32_t>::max()) return;
  const auto rounded = static_cast<std::uint16_t>(std::lround(centinats));
  if (rounded < kLeastDecision) return;
  if (decisions.empty() || decisions.back().offset != offset) {
    decisions.push_back({static_cast<std::uint32_t>(offset), rounded});
  } else {
    decisions.back().centinats = std::max(decisions.back().centinats, rounded);
  }
}

}  // namespace viltree::domain
