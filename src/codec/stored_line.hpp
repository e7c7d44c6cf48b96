#pragma once

#include <viltree/core/result.hpp>
#include <viltree/json/fields.hpp>

#include <cstdint>
#include <string_view>

namespace viltree::codec {

using json::Complaint;
using json::Fields;

/// kCorruption: a line that should be a `record` is not.
[[nodiscard]] core::Error damaged(std::string_view record, std::string_view what);

/// The document of a stored line. kCorruption where the line is too long, nested too deeply or no JSON
/// object. `record` says what it should be, for the message.
[[nodiscard]] core::Result<json::Value> parse_line(std::string_view line, std::string_view record);

/// The same; its member "version" must be `version`.
[[nodiscard]] core::Result<json::Value> parse_line(std::string_view line, std::string_view record,
                                                   std::uint64_t version);

}  // namespace viltree::codec
