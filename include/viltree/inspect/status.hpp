#pragma once

#include <viltree/archive/status.hpp>

#include <string>

namespace viltree::inspect {

/// Where a run stands, in aligned lines for people. Pure. Without a status.json the numbers are those of the
/// manifest.
[[nodiscard]] std::string render_status(const archive::RunStatus& status);

}  // namespace viltree::inspect
