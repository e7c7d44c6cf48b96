#pragma once

#include <string>

namespace viltree::simulated {

/// Why a request is not served; a dialect gives it its form.
struct ApiError {
  int status = 400;
  std::string message;
  std::string type;   ///< empty: what the dialect says of this status
  std::string param;  ///< the key that is wrong; empty: not known
};

}  // namespace viltree::simulated
