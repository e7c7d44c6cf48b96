#pragma once

#include <viltree/dataset/source.hpp>

#include <memory>

namespace viltree::dataset {

/// The built-in vision problems, from `options.seed`.
[[nodiscard]] std::unique_ptr<Source> make_demo(const SourceOptions& options);

}  // namespace viltree::dataset
