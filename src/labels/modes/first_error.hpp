#pragma once

#include <viltree/labels/modes.hpp>

#include <optional>

namespace viltree::labels {

/// 1 up to the step at which the solution is more probably broken than not, 0 there, none behind it.
[[nodiscard]] std::optional<double> before_first_error(const TreeView& view, search::NodeId id);

/// That of all labelled nodes.
[[nodiscard]] Values before_first_errors(const TreeView& view);

}  // namespace viltree::labels
