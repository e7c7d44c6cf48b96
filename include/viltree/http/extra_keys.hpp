#pragma once

#include <viltree/core/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The further keys that a configuration gives to requests (Endpoint::extra). All functions are thread-safe.
namespace viltree::http {

/// The keys that no configuration may add, sorted: those that viltree writes itself, for some server at
/// least, and the other names by which servers know them.
[[nodiscard]] const std::vector<std::string>& own_keys();

/// Why a configuration may not add this key, and what to do; none where it may.
[[nodiscard]] std::optional<std::string> why_not_extra(std::string_view key);

/// kInvalidInput unless the text is empty or a JSON object without any of own_keys().
[[nodiscard]] core::Status check_extra(const std::string& text);

}  // namespace viltree::http
