#include <viltree/labels/modes.hpp>

/// What a step's own rollouts say of it.
namespace viltree::labels {

namespace {

std::optional<double> any_right(const domain::Evidence& evidence, const Options& options) {
  const auto share = soft_value(evidence, options);
  if (!share) return std::nullopt;
  return *share > 0 ? 1.0 : 0.0;
}

std::optional<double> reaches_threshold(const domain::Evidence& evidence, const Options& options) {
  const auto share = soft_value(evidence, options);
  if (!share) return std::nullopt;
  return *share >= options.threshold ? 1.0 : 0.0;
}

}  // namespace

const ModeInfo& soft() {
  static constexpr ModeInfo kInfo{
      .name = "soft",
      .meaning = "the share of the rollouts from it that reach the right answer",
      .certainty = "with n rollouts its standard error is at most 0.5/√n",
      .good_where = "its estimate is at least %",
      .of_evidence = soft_value,
  };
  return kInfo;
}

const ModeInfo& hard() {
  static constexpr ModeInfo kInfo{
      .name = "hard",
      .meaning = "1 where at least one rollout from it reaches the right answer, else 0",
      .certainty =
          "with few rollouts a step from which the right answer is seldom reached often has the label 0",
      .good_side = GoodSide::kAboveZero,
      .good_where = "at least one rollout from it is right",
      .of_evidence = any_right,
  };
  return kInfo;
}

const ModeInfo& threshold() {
  static constexpr ModeInfo kInfo{
      .name = "threshold",
      .meaning =
          "1 where the share of the rollouts from it that reach the right answer is at least the threshold, "
          "else 0",
      .certainty =
          "with n rollouts the standard error of the share is at most 0.5/√n, and a label whose share "
          "is that near to the threshold may well be wrong",
      .good_side = GoodSide::kAboveZero,
      .good_where = "its estimate is at least %",
      .of_evidence = reaches_threshold,
  };
  return kInfo;
}

}  // namespace viltree::labels
