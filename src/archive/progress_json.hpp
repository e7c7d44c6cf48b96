#pragma once

#include <viltree/archive/progress.hpp>

#include <string>

#include <nlohmann/json.hpp>

namespace viltree::archive {

/// The object of status.json.
[[nodiscard]] nlohmann::ordered_json json_of(const Progress& progress, const std::string& written_at);

}  // namespace viltree::archive
