#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

/// JSON that comes from outside: from servers, people, and files that may be damaged. Who looks into a value
/// includes <nlohmann/json.hpp>. All functions are thread-safe, and none throws but std::bad_alloc.
namespace viltree::json {

using Value = nlohmann::json;
using OrderedValue = nlohmann::ordered_json;  ///< its members stand as they were written

/// The value of a text; none where it is no JSON, is not UTF-8, or nests deeper than
/// core::limits::kJsonDepth.
[[nodiscard]] std::optional<Value> parse(std::string_view text);
[[nodiscard]] std::optional<OrderedValue> parse_ordered(std::string_view text);

/// Why parse() has none for this text, in words for people. Slow: it parses once more.
[[nodiscard]] std::string defect_of(std::string_view text);

/// The member of that name; null also where `object` is no object.
[[nodiscard]] const Value* find(const Value& object, std::string_view name);
/// The same; null also where the member is null.
[[nodiscard]] const Value* find_not_null(const Value& object, std::string_view name);

/// The member where it is a string; else none.
[[nodiscard]] std::optional<std::string> find_string(const Value& object, std::string_view name);
/// The member where it is a whole number from 0 to 2^64 - 1; else none.
[[nodiscard]] std::optional<std::uint64_t> find_count(const Value& object, std::string_view name);

/// A string, or a number as it would be written; none of anything else.
[[nodiscard]] std::optional<std::string> text_of(const Value& value);

}  // namespace viltree::json
