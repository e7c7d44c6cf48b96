#pragma once

#include <viltree/search/strategy.hpp>

namespace viltree::search {

extern const StrategyInfo kAdaptive;
extern const StrategyInfo kEpic;
extern const StrategyInfo kMathShepherd;
extern const StrategyInfo kMmPrm;
extern const StrategyInfo kOmegaPrm;
extern const StrategyInfo kPuct;
extern const StrategyInfo kUct;
extern const StrategyInfo kVisualPrm;

/// A constant as a count.
[[nodiscard]] inline std::uint32_t count_of(const Constants& constants, std::string_view name) {
  return static_cast<std::uint32_t>(constants.find(name)->second);
}

}  // namespace viltree::search
