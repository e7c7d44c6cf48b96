#pragma once

#include <viltree/core/result.hpp>
#include <viltree/dataset/source.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::dataset {

/// A line's problem, its images not yet read.
struct Record {
  domain::Problem problem;
  std::vector<std::string> images;  ///< paths or data URLs, as they are written
};

/// The problem that a line of JSON holds under the names of `options`. kInvalidInput with the reason where it
/// holds none: wrong UTF-8, no JSON, nested too deep, a field of a wrong type, no question, or no answer that
/// can be compared.
[[nodiscard]] core::Result<Record> read_record(std::string_view line, std::uint64_t line_number,
                                               const SourceOptions& options);

}  // namespace viltree::dataset
