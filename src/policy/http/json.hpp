#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace viltree::http {

using Json = nlohmann::json;

/// The text as a DOM; none where it is no JSON, is no UTF-8, or is nested beyond core::limits::kJsonDepth (a
/// DOM of 100,000 brackets overflows the stack, so depth is looked at first).
[[nodiscard]] std::optional<Json> parse_json(std::string_view text);

/// The text as a JSON string with its quotes. It must be UTF-8.
[[nodiscard]] std::string json_string(std::string_view text);
/// The same without the quotes, so that pieces can be put together.
[[nodiscard]] std::string json_inside(std::string_view text);

/// The member of that name, or null (also where `object` is no object).
[[nodiscard]] const Json* find(const Json& object, const char* name);

/// The member where it is a string; else none.
[[nodiscard]] std::optional<std::string> find_string(const Json& object, const char* name);

/// The member where it is a whole number of at least 0; else none.
[[nodiscard]] std::optional<std::uint64_t> find_count(const Json& object, const char* name);

}  // namespace viltree::http
