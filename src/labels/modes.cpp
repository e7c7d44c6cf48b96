#include <viltree/core/check.hpp>
#include <viltree/core/table.hpp>
#include <viltree/labels/modes.hpp>

#include <array>
#include <string>

namespace viltree::labels {

std::span<const ModeInfo* const> modes() {
  static const std::array kModes = {
      VILTREE_ROW(ModeInfo, soft),
      VILTREE_ROW(ModeInfo, hard),
      VILTREE_ROW(ModeInfo, threshold),
      VILTREE_ROW(ModeInfo, posterior),
      VILTREE_ROW(ModeInfo, advantage),
      VILTREE_ROW(ModeInfo, advantage_sign),
      VILTREE_ROW(ModeInfo, relative_progress),
      VILTREE_ROW(ModeInfo, first_error),
      VILTREE_ROW(ModeInfo, rest_value),
      VILTREE_ROW(ModeInfo, consensus),
  };
  return kModes;
}

core::Result<const ModeInfo*> find_mode(std::string_view name) {
  std::string known;
  for (const ModeInfo* mode : modes()) {
    if (mode->name == name) return mode;
    known += (known.empty() ? "" : ", ") + std::string(mode->name);
  }
  return core::fail(core::ErrorKind::kInvalidInput,
                    "there is no label mode \"" + std::string(name) + "\"; there are " + known);
}

bool is_good(double value, const Options& options) {
  switch (options.mode->good_side) {
    case GoodSide::kAboveZero:
      return value > 0;
    case GoodSide::kNotBelowZero:
      return value >= 0;
    case GoodSide::kThreshold:
      break;
  }
  return value >= options.threshold;
}

std::optional<double> value(const domain::Evidence& evidence, const Options& options) {
  VILTREE_CHECK(options.mode->of_evidence != nullptr);
  return options.mode->of_evidence(evidence, options);
}

std::optional<double> TreeView::change(search::NodeId id) const {
  if (posterior[id.value].from_prior) return std::nullopt;
  return mean(id) - mean(tree.node(id).parent);
}

}  // namespace viltree::labels
