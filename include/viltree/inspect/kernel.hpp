#pragma once

#include <viltree/search/kernel_fit.hpp>

#include <string>
#include <string_view>

namespace viltree::inspect {

/// A run's kernel for people: where it comes from, the prior of a question's value, and each table's shares
/// by the distance to the solution's end. `why_built_in` says why it is not a fitted one; it is shown where
/// that is so. Pure and thread-safe.
[[nodiscard]] std::string render_kernel(const search::FittedKernel& fitted, std::string_view why_built_in);

}  // namespace viltree::inspect
