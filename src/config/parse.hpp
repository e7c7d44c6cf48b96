#pragma once

#include "reader.hpp"

#include <viltree/config/config.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace viltree::config {

struct Parsed {
  Config config;
  Leaves leaves;
};

/// parse(); with `is_run` the block `viltree:` may be there, as leaves.
[[nodiscard]] core::Result<Parsed> parse_any(std::string_view text, const std::string& file,
                                             const std::vector<std::string>& overrides, bool is_run);

}  // namespace viltree::config
