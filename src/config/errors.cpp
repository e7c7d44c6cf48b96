#include "errors.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <limits>

namespace viltree::config {

namespace {
constexpr std::size_t kErrorsShown = 20;
}

void Errors::add(const Place& place, const std::string& key, const std::string& message) {
  std::string text = place.source;
  if (place.line > 0) text += ":" + std::to_string(place.line);
  text += place.source == kOverride && !key.empty() ? " " : ": ";
  if (!key.empty()) text += key + ": ";
  const int order = place.line > 0 ? place.line : std::numeric_limits<int>::max();
  lines_.push_back({order, core::printable(text + message)});
}

core::Error Errors::error() const {
  std::vector<Line> lines = lines_;
  std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.line < b.line; });
  std::string message;
  for (std::size_t i = 0; i < std::min(lines.size(), kErrorsShown); ++i) {
    message += (i == 0 ? "" : "\n") + lines[i].text;
  }
  if (lines.size() > kErrorsShown) {
    message += "\n… and more";
  }
  return {core::ErrorKind::kInvalidInput, message};
}

}  // namespace viltree::config
