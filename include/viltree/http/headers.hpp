#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace viltree::http {

/// Why a configuration may not give requests a header of this name; none where it may. Thread-safe.
[[nodiscard]] std::optional<std::string> why_not_header(std::string_view name);

}  // namespace viltree::http
