#pragma once

#include <viltree/dataset/source.hpp>

#include <memory>

namespace viltree::dataset {

/// A JSONL file, plain or zstd. Errors as of open_source.
[[nodiscard]] core::Result<std::unique_ptr<Source>> open_jsonl(const SourceOptions& options);

}  // namespace viltree::dataset
