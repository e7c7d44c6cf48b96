#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace viltree::policy {

/// How completions are drawn; the same for a whole run.
struct SamplingOptions {
  double temperature = 1.0;
  double top_p = 1.0;
  std::vector<std::string> stop = {};
};

}  // namespace viltree::policy
