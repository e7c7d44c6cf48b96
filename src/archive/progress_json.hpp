#pragma once

#include <viltree/archive/progress.hpp>
#include <viltree/json/value.hpp>

#include <string>

namespace viltree::archive {

/// The object of status.json.
[[nodiscard]] json::OrderedValue json_of(const Progress& progress, const std::string& written_at);

}  // namespace viltree::archive
