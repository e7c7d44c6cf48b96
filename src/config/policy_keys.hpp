#pragma once

#include "keys.hpp"

#include <vector>

namespace viltree::config {

/// `policy.*`: what writes solutions, and how it is asked.
[[nodiscard]] std::vector<Key<Config>> policy_keys();

/// `judge.*`: what decides the answers of kind `judge`.
[[nodiscard]] std::vector<Key<Config>> judge_keys();

}  // namespace viltree::config
