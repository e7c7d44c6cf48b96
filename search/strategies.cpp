#include <viltree/core/table.hpp>
#include <viltree/core/text.hpp>
#include <viltree/search/strategy.hpp>

#include <array>
#include <cmath>
#include <sstream>
#include <vector>

namespace viltree::search {

namespace {

template <class Range, class Name>
std::string joined(const Range& range, Name name) {
  std::string text;
  for (const auto& element : range) {
    if (!text.empty()) text += ", ";
    text += name(element);
  }
  return text;
}

const Constant* find_constant(const StrategyInfo& strategy, std::string_view name) {
  for (const Constant& constant : strategy.constants) {
    if (constant.name == name) return &constant;
  }
  return nullptr;
}

core::Status check_value(const Constant& constant, double value) {
  const bool fits = value >= constant.least && value <= constant.most;
  if (fits && (!constant.whole || std::floor(value) == value)) return {};
  std::ostringstream message;
  message << "search." << constant.name << ": " << value << " is not "
          << (constant.whole ? "a whole number " : "") << "between " << constant.least << " and "
          << constant.most;
  return core::fail(core::ErrorKind::kInvalidInput, message.str());
}

}  // namespace

std::span<const StrategyInfo* const> strategies() {
  static const std::array kStrategies = {
      VILTREE_ROW(StrategyInfo, adaptive),      VILTREE_ROW(StrategyInfo, epic),
      VILTREE_ROW(StrategyInfo, math_shepherd), VILTREE_ROW(StrategyInfo, mm_prm),
      VILTREE_ROW(StrategyInfo, omegaprm),      VILTREE_ROW(StrategyInfo, puct),
      VILTREE_ROW(StrategyInfo, uct),           VILTREE_ROW(StrategyInfo, visualprm),
  };
  return kStrategies;
}

core::Result<const StrategyInfo*> find_strategy(std::string_view name) {
  for (const StrategyInfo* strategy : strategies()) {
    if (strategy->name == name) return strategy;
  }
  const std::string names =
      joined(strategies(), [](const StrategyInfo* info) { return std::string(info->name); });
  return core::fail(core::ErrorKind::kInvalidInput,
                    "search.strategy: there is no '" + std::string(name) + "'; available: " + names);
}

core::Result<Constants> complete_constants(const StrategyInfo& strategy, const Constants& set) {
  Constants complete;
  for (const Constant& constant : strategy.constants) complete[std::string(constant.name)] = constant.value;
  for (const auto& [name, value] : set) {
    const Constant* constant = find_constant(strategy, name);
    if (constant == nullptr) {
      std::vector<std::string_view> names;
      for (const Constant& known : strategy.constants) names.push_back(known.name);
      const std::string near = core::nearest(name, names);
      return core::fail(core::ErrorKind::kInvalidInput,
                        "search." + name + ": strategy '" + std::string(strategy.name) +
                            "' has no such constant" +
                            (near.empty() ? "; it has " + joined(names, [](auto n) { return std::string(n); })
                                          : "; did you mean '" + near + "'?"));
    }
    if (auto checked = check_value(*constant, value); !checked) return core::fail(checked.error());
    complete[name] = value;
  }
  return complete;
}

}  // namespace viltree::search
